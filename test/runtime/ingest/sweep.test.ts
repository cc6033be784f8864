import type { Loader } from '../../../runtime/ingest/loader';
import { MANIFEST_NAME, STAGED_PREFIX } from '../../../runtime/ingest/staging-names';
import { StoreError, type LandingObject } from '../../../runtime/ingest/stores';
import { SweepError } from '../../../runtime/ingest/sweep';
import { FaultyWorld, ProcessEnd } from '../../support/clouds/faults';
import {
  addLine,
  changedLanding,
  IngestWorld,
  MINUTE,
  NOW,
} from '../../support/clouds/ingest-world';
import type { MemoryBucket } from '../../support/clouds/memory-cloud';

test('A calm sweep opens a batch, stages, loads and marks it, closes it, and finds nothing else', async () => {
  const world = new IngestWorld({ runningAnswers: 1 });
  world.landing.put('a', addLine(1));
  world.landing.put('b', `${addLine(2)}nonsense\n`);
  const calls = new FaultyWorld([], { micros: NOW });
  await world.sweep({
    landing: calls.landing(world.landing),
    staging: calls.staging(world.staging),
    loader: calls.loader(world.warehouse),
  });
  expect(calls.calls).toEqual([
    // No batch is under way; two objects wait.
    'find',
    'list next',
    'list next',
    'list next',
    // Open.
    'replace manifest.json',
    // Staged: each object is one chunk, and its end is seen before its rows are taken.
    'statusOf',
    'read next',
    'read next',
    'write',
    'read next',
    'read next',
    'write',
    'write',
    'close',
    'close',
    'replace manifest.json',
    // Loaded: the changes, then the rejections.
    'start',
    'stateOf',
    'start',
    'stateOf',
    // Marked.
    'mark',
    'replace manifest.json',
    // Closed.
    'remove',
    // Nothing else waits.
    'list next',
    'list next',
    'list next',
  ]);
});

describe('what a sweep takes', () => {
  test('The oldest objects are taken first, as many as a batch may have', async () => {
    const world = new IngestWorld();
    for (const [name, age] of [
      ['c', 1],
      ['a', 3],
      ['b', 2],
      ['d', 0],
    ] as const) {
      world.landing.put(name, addLine(age), NOW - age * MINUTE);
    }
    const report = await world.sweep({
      limits: { batchObjects: 2, batchBytes: 1 << 20, batches: 1 },
    });
    expect(report).toMatchObject({
      stopped: 'batches',
      objects: 2,
      waitingObjects: 2,
      oldestWaitingAt: NOW - MINUTE,
    });
    expect(world.changes()).toEqual(['a:1', 'b:1']);
  });

  test('An object that is larger than a batch may be is a batch alone', async () => {
    const world = new IngestWorld();
    for (const name of ['a', 'b', 'c']) world.landing.put(name, addLine(1));
    const limits = { batchObjects: 100, batchBytes: 2 * addLine(1).length, batches: 10 };
    expect(await world.sweep({ limits })).toMatchObject({ objects: 3, batches: 2 });
    world.landing.put('large', addLine(1).repeat(5));
    expect(await world.sweep({ limits })).toMatchObject({ objects: 1, accepted: 5 });
  });

  test('Where nothing waits, a sweep lists once and writes no manifest', async () => {
    const world = new IngestWorld();
    expect(await world.sweep()).toMatchObject({ stopped: 'idle', batches: 0 });
    expect(world.staging.objects.size).toBe(0);
  });

  test('An object that is overwritten after it was ingested is ingested again', async () => {
    const world = new IngestWorld();
    world.landing.put('a', addLine(1));
    await world.sweep();
    world.landing.put('a', addLine(2) + addLine(3));
    expect(await world.sweep()).toMatchObject({ objects: 1, accepted: 2 });
    expect(world.changes()).toEqual(['a:1', 'a:1', 'a:2']);
  });
});

describe('what happens meanwhile', () => {
  test('An object that another sweep ingests after it was listed is not ingested again', async () => {
    const world = new IngestWorld();
    world.landing.put('a', addLine(1));
    world.landing.put('b', addLine(2));
    let listed = false;
    const landing = changedLanding(world.landing, {
      list: async function* () {
        const stale: (LandingObject & { marked: boolean })[] = [];
        for await (const object of world.landing.list()) stale.push(object);
        if (!listed) {
          listed = true;
          // A whole sweep comes and goes between this one's listing and its manifest.
          await world.sweep();
        }
        yield* stale;
      },
    });
    await world.sweep({ landing });
    expect(world.changes()).toEqual(['a:1', 'b:1']);
  });

  test('A sweep that comes late with its manifest finishes the batch that is open', async () => {
    const world = new IngestWorld();
    world.landing.put('a', addLine(1));
    let listed = false;
    const landing = changedLanding(world.landing, {
      list: async function* () {
        yield* world.landing.list();
        if (listed) return;
        listed = true;
        // Another sweep opens a batch and loads it, and ends before it has marked anything.
        const dying = changedLanding(world.landing, {
          mark: () => Promise.reject(new StoreError('the end')),
        });
        await expect(world.sweep({ landing: dying })).rejects.toMatchObject({ step: 'mark' });
      },
    });
    expect(await world.sweep({ landing })).toMatchObject({ stopped: 'idle', objects: 1 });
    expect(world.changes()).toEqual(['a:1']);
  });
});

describe('time', () => {
  test('A sweep stops between two objects, and the next sweep goes on', async () => {
    const world = new IngestWorld();
    for (const name of ['a', 'b', 'c']) world.landing.put(name, addLine(1));
    const landing = changedLanding(world.landing, {
      read: (object) => {
        world.now += 20 * MINUTE;
        return world.landing.read(object);
      },
    });
    expect(await world.sweep({ landing })).toMatchObject({ stopped: 'time', objects: 0 });
    expect(world.changes()).toEqual([]);
    expect(await world.sweep()).toMatchObject({ stopped: 'idle', objects: 3 });
    expect(world.changes()).toEqual(['a:1', 'b:1', 'c:1']);
    expect(world.loadJobs()).toEqual([
      'audience_import_ID_1_changes_0',
      'audience_import_ID_2_changes_0',
    ]);
  });

  test('A load that outlasts a sweep is asked for by the next sweeps under the same id', async () => {
    const world = new IngestWorld({ runningAnswers: 100 });
    world.landing.put('a', addLine(1));
    const stopped = [];
    for (let run = 0; run < 6; run += 1) stopped.push((await world.sweep()).stopped);
    expect(stopped).toEqual(['time', 'time', 'time', 'idle', 'idle', 'idle']);
    expect(world.loadJobs()).toEqual(['audience_import_ID_1_changes_0']);
    expect(world.changes()).toEqual(['a:1']);
  });
});

describe('a load that fails', () => {
  test('It is attempted again, under another id, within the same sweep', async () => {
    const world = new IngestWorld({ failures: ['backendError', 'internalError'] });
    world.landing.put('a', addLine(1));
    expect(await world.sweep()).toMatchObject({ objects: 1 });
    expect(world.loadJobs()).toEqual([0, 1, 2].map((n) => `audience_import_ID_1_changes_${n}`));
    expect(world.changes()).toEqual(['a:1']);
  });

  test('Three failures end the sweep, and the next sweep makes the fourth attempt', async () => {
    const world = new IngestWorld({ failures: Array<string>(4).fill('quotaExceeded') });
    world.landing.put('a', addLine(1));
    await expect(world.sweep()).rejects.toThrow(/_changes_2 failed: quotaExceeded$/);
    expect(await world.sweep()).toMatchObject({ objects: 1 });
    expect(world.loadJobs()).toHaveLength(5);
    expect(world.changes()).toEqual(['a:1']);
  });

  test('A load of other rows than were staged fails every sweep, and is not repeated', async () => {
    const world = new IngestWorld();
    world.landing.put('a', addLine(1));
    const loader: Loader = {
      start: async (job) => ({ ...(await world.warehouse.start(job)), rows: 7 }) as never,
      stateOf: (job) => world.warehouse.stateOf(job),
    };
    for (let run = 0; run < 2; run += 1) {
      const error: unknown = await world.sweep({ loader }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SweepError);
      expect(error).toMatchObject({ step: 'load' });
      expect(String(error)).toMatch(/7 rows of 1/);
    }
    expect(world.changes()).toEqual(['a:1']);
    expect(world.marks()).toEqual({ a: undefined });
  });

  test.each(['membership_changes', 'rejected_changes'] as const)(
    'Staged rows that expired while %s refused them are staged again; loaded changes are not loaded again',
    async (held) => {
      const refusesAll = [held as string];
      const world = new IngestWorld({ refusesAll });
      world.landing.put('a', `${addLine(1)}nonsense\n`);
      world.landing.put('b', addLine(2));
      await expect(world.sweep()).rejects.toThrow(/refuses/);
      for (const name of world.staging.objects.keys()) {
        if (name.startsWith(STAGED_PREFIX)) world.staging.objects.delete(name);
      }
      refusesAll.pop();
      await expect(world.sweep()).rejects.toThrow(/failed: notFound/);
      expect(await world.sweep()).toMatchObject({ stopped: 'idle', objects: 2 });
      expect(world.changes()).toEqual(['a:1', 'b:1']);
      expect(world.rejections()).toEqual(['a:2 not_json']);
    },
  );
});

describe('an object that stops its batch', () => {
  const refusesBad = { refuses: (row: object) => 'mp_id' in row && row.mp_id === '666' };

  test('An object whose rows are refused is found by halves and parked; the others are ingested', async () => {
    const world = new IngestWorld(refusesBad);
    for (let n = 0; n < 20; n += 1) world.landing.put(`good-${n}`, addLine(n + 1));
    world.landing.put('bad', addLine(1) + addLine(666));
    const report = await world.sweep();
    expect(report).toMatchObject({ stopped: 'idle', objects: 20, parked: 1, accepted: 20 });
    expect(world.parked).toEqual(['bad load_refused']);
    expect(world.changes()).toHaveLength(20);
    expect(world.rejections()).toEqual(['bad:1 object_parked']);
    expect(world.marks()).toMatchObject({ bad: 'parked', 'good-7': 'ingested' });
    // Halving 21 objects takes five steps; each failing step asks for a control load.
    expect(world.loadJobs().length).toBeLessThan(25);
  });

  test('No object is suspected when the table refuses everything', async () => {
    const refusesAll = ['membership_changes'];
    const world = new IngestWorld({ refusesAll });
    world.landing.put('a', addLine(1));
    for (let run = 0; run < 3; run += 1) {
      await expect(world.sweep()).rejects.toThrow(/refuses a load of no rows: invalid/);
    }
    expect(world.marks()).toEqual({ a: undefined });
    expect(world.parked).toEqual([]);
    // The table has been repaired.
    refusesAll.pop();
    expect(await world.sweep()).toMatchObject({ stopped: 'idle', objects: 1 });
    expect(world.changes()).toEqual(['a:1']);
  });

  test('An object whose content breaks this program is parked', async () => {
    const world = new IngestWorld();
    world.landing.put('bad', addLine(1).repeat(1000));
    world.landing.put('good', addLine(2));
    let chunks = 0;
    const landing = changedLanding(world.landing, {
      read: async function* (object) {
        // A defect shows at reading; parking copies the bytes and does not read them.
        for await (const chunk of world.landing.read(object)) {
          yield chunk;
          if (object.name === 'bad' && chunks++ === 0) throw new TypeError('a defect');
        }
      },
    });
    expect(await world.sweep({ landing })).toMatchObject({ objects: 1, parked: 1 });
    expect(world.parked).toEqual(['bad unreadable_content']);
    expect(world.changes()).toEqual(['good:1']);
  });

  test('An object that ends the process again and again is parked; the others are ingested', async () => {
    const world = new IngestWorld();
    for (let n = 0; n < 8; n += 1) world.landing.put(`good-${n}`, addLine(n + 1));
    world.landing.put('deadly', addLine(9));
    let sweeps = 0;
    for (; sweeps < 40; sweeps += 1) {
      let ended = false;
      const alive = <T>(work: () => T): T => {
        if (ended) throw new ProcessEnd();
        return work();
      };
      const landing = changedLanding(world.landing, {
        read: async function* (object) {
          const manifest = await world.staging.find(MANIFEST_NAME);
          const isBeingParked = manifest?.text.includes('"park":') ?? false;
          if (object.name === 'deadly' && !isBeingParked) ended = true;
          alive(() => undefined);
          yield* world.landing.read(object);
        },
      });
      const staging: MemoryBucket = new Proxy(world.staging, {
        get: (store, property) => {
          const method = Reflect.get(store, property) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => alive(() => method.apply(store, args));
        },
      });
      const report = await world.sweep({ landing, staging }).catch(() => undefined);
      if (report?.stopped === 'idle') break;
      world.now += 5 * MINUTE;
    }
    expect(sweeps).toBeLessThan(20);
    expect(world.parked).toEqual(['deadly ends_the_sweep']);
    expect(world.changes()).toHaveLength(8);
    expect(world.rejections()).toEqual(['deadly:1 object_parked']);
  });
});

describe('a store that fails', () => {
  test('An object that cannot be read goes on waiting, and does not hold up the others', async () => {
    const world = new IngestWorld();
    world.landing.put('bad', addLine(1));
    const landing = changedLanding(world.landing, {
      read: async function* (object) {
        if (object.name === 'bad') throw new StoreError(`${object.name}: cannot be read`);
        yield* world.landing.read(object);
      },
    });
    for (let run = 0; run < 3; run += 1) {
      world.landing.put(`good-${run}`, addLine(2));
      const report = await world.sweep({ landing });
      expect(report).toMatchObject({ objects: 1, unreadable: 1, waitingObjects: 1 });
      expect(world.staging.objects.has(MANIFEST_NAME)).toBe(false);
    }
    expect(world.marks()).toMatchObject({ bad: undefined, 'good-2': 'ingested' });
    expect(await world.sweep()).toMatchObject({ objects: 1, unreadable: 0 });
  });

  test('Sweeps that fail because a store does put no object under suspicion', async () => {
    const world = new IngestWorld();
    world.landing.put('a', addLine(1));
    const noRoom = () => Promise.reject(new StoreError('no room'));
    const full: MemoryBucket = new Proxy(world.staging, {
      get: (stage, property) =>
        property === 'create'
          ? () => ({ write: noRoom, close: noRoom, abort: () => undefined })
          : (Reflect.get(stage, property) as (...args: unknown[]) => unknown).bind(stage),
    });
    for (let run = 0; run < 10; run += 1) {
      await expect(world.sweep({ staging: full })).rejects.toThrow('no room');
    }
    expect(await world.sweep()).toMatchObject({ objects: 1, parked: 0 });
  });

  test('A step that fails and cannot be recorded fails with its own error', async () => {
    const world = new IngestWorld({ failures: Array<string>(3).fill('quotaExceeded') });
    world.landing.put('a', addLine(1));
    let written = 0;
    const staging: MemoryBucket = new Proxy(world.staging, {
      get: (stage, property) =>
        // Opened, staged, and two attempts written down; the third one is not.
        property === 'replace' && ++written > 4
          ? () => Promise.reject(new StoreError('no room'))
          : (Reflect.get(stage, property) as (...args: unknown[]) => unknown).bind(stage),
    });
    await expect(world.sweep({ staging })).rejects.toThrow(/_changes_2 failed: quotaExceeded$/);
  });
});
