import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import type { Loader } from '../../../runtime/ingest/loader';
import { LocalLanding } from '../../../runtime/local/landing-files';
import { LocalStaging } from '../../../runtime/local/staging-directory';
import { MANIFEST_NAME } from '../../../runtime/ingest/staging-names';
import type { LandingStore, StagingStore } from '../../../runtime/ingest/stores';
import {
  sweep,
  SweepError,
  type SweepOptions,
  type SweepPorts,
} from '../../../runtime/ingest/sweep';
import { FAULT_KINDS, FaultyWorld, type Fault } from '../../support/clouds/faults';
import { changesOf, DELIVERIES, EXPECTED, rejectionsOf } from '../../support/data/landing-fixture';
import { rowsOf } from '../../support/data/log';
import {
  contentIn,
  MemoryBucket,
  MemoryWarehouse,
  type Row,
} from '../../support/clouds/memory-cloud';

interface World {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  readonly loader: Loader;
  /** Rows of the log and of the rejects. */
  rows(): Promise<{ changes: readonly Row[]; rejections: readonly Row[] }>;
  close(): void;
}

/** Two attempts fail before one does, and a job runs for a while: every branch of loading is walked. */
function memoryWorld(): World & { readonly bucket: MemoryBucket; readonly stage: MemoryBucket } {
  const bucket = new MemoryBucket(64);
  for (const [name, content] of DELIVERIES) bucket.put(name, content);
  const stage = new MemoryBucket();
  const loader = new MemoryWarehouse(contentIn(stage), {
    runningAnswers: 2,
    failures: ['backendError'],
  });
  const { membership_changes: changes, rejected_changes: rejections } = loader.tables;
  return {
    bucket,
    stage,
    landing: bucket,
    staging: stage,
    loader,
    rows: () => Promise.resolve({ changes, rejections }),
    close: () => undefined,
  };
}

async function localWorld(): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), 'faults-'));
  mkdirSync(join(place, 'landing'));
  for (const [name, content] of DELIVERIES) writeFileSync(join(place, 'landing', name), content);
  const engine = await DuckDbWarehouse.open(':memory:');
  const files = DELIVERIES.map(([name]) => join(place, 'landing', name));
  return {
    landing: new LocalLanding(files, engine, { now: () => Date.now() * 1000 }),
    staging: new LocalStaging(join(place, 'staging')),
    loader: engine,
    rows: async () => ({
      changes: await rowsOf(engine, 'SELECT * FROM core.membership_changes'),
      rejections: await rowsOf(engine, 'SELECT * FROM core.rejected_changes'),
    }),
    close: () => {
      engine.close();
      rmSync(place, { recursive: true });
    },
  };
}

const SWEEP_MICROS = 1_500_000_000;

function sweepOf(world: World, clock: { micros: number }, faulty: FaultyWorld) {
  const ports: SweepPorts = {
    landing: faulty.landing(world.landing),
    staging: faulty.staging(world.staging),
    loader: faulty.loader(world.loader),
    now: () => clock.micros,
    sleep: () => Promise.resolve(),
  };
  const options: SweepOptions = {
    normalize: {},
    // Three batches for five objects.
    limits: { batchObjects: 2, batchBytes: 1 << 20, batches: 10 },
    until: clock.micros + SWEEP_MICROS,
  };
  return sweep(ports, options);
}

/** One sweep with faults, then sweeps without until nothing is under way. @returns the calls of the first one. */
async function runWith(world: World, schedule: readonly (readonly Fault[])[]): Promise<string[]> {
  const clock = { micros: Date.UTC(2026, 0, 1) * 1000 };
  let firstCalls: string[] = [];
  for (let run = 0; run < schedule.length + 20; run += 1) {
    const faulty = new FaultyWorld(schedule[run] ?? [], clock);
    const report = await sweepOf(world, clock, faulty).catch((error: unknown) => {
      if (error instanceof SweepError) return undefined;
      throw error;
    });
    if (run === 0) firstCalls = faulty.calls;
    const isOpen = (await world.staging.find(MANIFEST_NAME)) !== undefined;
    if (run >= schedule.length && report?.stopped === 'idle' && !isOpen) return firstCalls;
    clock.micros += 300_000_000;
  }
  throw new Error('the sweeps do not come to an end');
}

async function expectExactlyOnce(world: World): Promise<void> {
  const { changes, rejections } = await world.rows();
  expect({ changes: changesOf(changes), rejections: rejectionsOf(rejections) }).toEqual(EXPECTED);
  const unmarked: string[] = [];
  for await (const { name, marked } of world.landing.list()) if (!marked) unmarked.push(name);
  expect(unmarked).toEqual([]);
}

describe('every call of a sweep goes wrong once, in every way', () => {
  test('in memory: nothing is lost, nothing comes twice, nothing is left', async () => {
    const calm = memoryWorld();
    const calls = await runWith(calm, []);
    await expectExactlyOnce(calm);
    let tried = 0;
    for (let call = 0; call < calls.length; call += 1) {
      for (const kind of FAULT_KINDS) {
        const world = memoryWorld();
        try {
          await runWith(world, [[{ call, kind }]]);
          await expectExactlyOnce(world);
          for (const name of world.stage.objects.keys()) expect(name).toMatch(/^staged\//);
        } catch (error) {
          const place = `call ${call} (${calls[call] ?? ''}) ${kind}`;
          throw new Error(`${place}: ${String(error)}`, { cause: error });
        }
        tried += 1;
      }
    }
    // Fewer calls than this would mean that some are not seen.
    expect(calls.length).toBeGreaterThan(100);
    expect([...new Set(calls.map((name) => name.split(' ')[0]))].sort()).toEqual(
      'close find list mark read remove replace start stateOf statusOf write'.split(' '),
    );
    process.stdout.write(`faults: ${tried} tried at ${calls.length} calls, in memory\n`);
  });

  test('on this machine, with the embedded engine', async () => {
    const calm = await localWorld();
    const calls = await runWith(calm, []);
    await expectExactlyOnce(calm);
    calm.close();
    let tried = 0;
    for (let call = 0; call < calls.length; call += 1) {
      // The calls of a stream are alike; in memory each of them is tried.
      if (calls[call - 1] === calls[call] && calls[call + 1] === calls[call]) continue;
      const kind = call % 2 === 0 ? 'fails after it happened' : 'the process ends before it';
      const world = await localWorld();
      await runWith(world, [[{ call, kind }]]);
      await expectExactlyOnce(world);
      world.close();
      tried += 1;
    }
    process.stdout.write(`faults: ${tried} tried at ${calls.length} calls, on this machine\n`);
  });

  test('several at once, sweep after sweep', async () => {
    const fault = fc.record({ call: fc.nat(150), kind: fc.constantFrom(...FAULT_KINDS) });
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(
        // Fewer sweeps end unheard of than it takes to suspect an object.
        fc.array(fc.array(fault, { maxLength: 4 }), { maxLength: 3 }),
        async (schedule) => {
          const world = memoryWorld();
          await runWith(world, schedule);
          await expectExactlyOnce(world);
          tried += schedule.flat().length;
        },
      ),
      { numRuns: Number(process.env['FAULT_RUNS'] ?? 500) },
    );
    process.stdout.write(`faults: ${tried} tried in random schedules\n`);
  });
});

describe('two sweeps at once', () => {
  test('are harmless however their calls interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = memoryWorld();
        const clock = { micros: Date.UTC(2026, 0, 1) * 1000 };
        const interleaved: World = { ...world, ...interleavedWorld(world, scheduler) };
        const sweeps = [1, 2].map(() => sweepOf(interleaved, clock, new FaultyWorld([], clock)));
        await scheduler.waitFor(Promise.all(sweeps));
        await runWith(world, []);
        await expectExactlyOnce(world);
      }),
      { numRuns: Number(process.env['FAULT_RUNS'] ?? 500) / 5 },
    );
  });

  test('on this machine', async () => {
    const world = await localWorld();
    const clock = { micros: Date.now() * 1000 };
    await Promise.all([1, 2, 3].map(() => sweepOf(world, clock, new FaultyWorld([], clock))));
    await expectExactlyOnce(world);
    world.close();
  });
});

/** Every call waits for its turn, which fast-check gives in any order. */
function interleavedWorld(
  world: World,
  scheduler: fc.Scheduler,
): Pick<World, 'landing' | 'staging' | 'loader'> {
  const inTurn = <T extends object>(store: T): T =>
    new Proxy(store, {
      get: (object, property) => {
        const method = Reflect.get(object, property) as unknown;
        if (typeof method !== 'function') return method;
        const bound = method.bind(object) as (...args: unknown[]) => unknown;
        if (
          !['statusOf', 'mark', 'find', 'replace', 'remove', 'start', 'stateOf'].includes(
            String(property),
          )
        )
          return bound;
        return async (...args: unknown[]) => {
          await scheduler.schedule(Promise.resolve(), String(property));
          return bound(...args);
        };
      },
    });
  return {
    landing: inTurn(world.landing),
    staging: inTurn(world.staging),
    loader: inTurn(world.loader),
  };
}
