import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { WarehouseError, type LoadJob } from '../../../runtime/ingest/loader';
import type { FunctionPorts } from '../../../runtime/function/handler';
import { MAX_WAITING_SECONDS } from '../../../runtime/function/health';
import { LOG_FIELDS, type LogEntry } from '../../../runtime/function/log';
import { StoreError, type LandingObject } from '../../../runtime/ingest/stores';
import { FAULT_KINDS, FaultyWorld } from '../../support/clouds/faults';
import {
  DELIVERED_AT,
  FunctionWorld,
  SWEEP_SECONDS,
  WORKSPACE,
} from '../../support/clouds/function-world';
import { changesOf, DELIVERIES, EXPECTED, rejectionsOf } from '../../support/data/landing-fixture';

let open: FunctionWorld | undefined;
afterEach(() => open?.close());

async function started(
  world: FunctionWorld,
  parts: Partial<FunctionPorts> = {},
): Promise<FunctionWorld> {
  open = world;
  return world.start(parts);
}

/** Every entry has all fields of its kind and no others, whatever happened. */
function expectDocumented(entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    const fields = ['severity', 'event', 'message', 'workspace', ...LOG_FIELDS[entry.event]];
    expect(Object.keys(entry).sort()).toEqual(fields.sort());
  }
}

describe('a sweep', () => {
  test('answers, and logs in one line, exactly these fields', async () => {
    const world = await started(new FunctionWorld().deliver(DELIVERIES));
    expect(await world.answer('POST', '/')).toEqual({
      http: 200,
      severity: 'WARNING',
      event: 'sweep',
      message: '5 objects, 12 records: 5 accepted, 6 rejected',
      workspace: WORKSPACE,
      objects: 5,
      records: 12,
      lines: 12,
      accepted: 5,
      adds: 3,
      deletes: 2,
      rejected: 6,
      rejectedByReason: {
        action_unknown: 1,
        mpid_invalid: 1,
        mpid_missing: 2,
        not_json: 1,
        not_object: 1,
      },
      rejectedShare: 0.5,
      ignored: 1,
      omittedIdentities: 0,
      omittedNames: 0,
      brokenObjects: 0,
      customTimeObjects: 0,
      bytes: DELIVERIES.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0),
      vanished: 0,
      parked: 0,
      unreadable: 0,
      batches: 1,
      stopped: 'idle',
      waitingObjects: 0,
      oldestWaitingSeconds: 0,
      secondsSinceObject: 0,
      secondsSinceAdd: 0,
      secondsSinceDelete: 0,
      durationMs: 0,
    });
    expect(world.log).toHaveLength(1);
    expectDocumented(world.log);
  });

  test('that has nothing to do is no cause for alarm, and counts the time since there was', async () => {
    const world = await started(new FunctionWorld().deliver(DELIVERIES));
    await world.answer('POST', '/');
    world.clock += 3_600e6;
    expect(await world.answer('POST', '/')).toMatchObject({
      http: 200,
      severity: 'INFO',
      objects: 0,
      lines: 0,
      rejected: 0,
      rejectedByReason: {},
      rejectedShare: 0,
      batches: 0,
      secondsSinceObject: 3_600,
      secondsSinceAdd: 3_600,
      secondsSinceDelete: 3_600,
    });
  });

  test('counts the time without deletes from the first sweep, while there was none', async () => {
    const add = '{"mpId":1,"audience_id":"a","membership_action":"add","timestamp":1594167376}';
    const world = await started(new FunctionWorld());
    await world.answer('POST', '/');
    world.clock += 100e6;
    world.deliver([['add.jsonl', add]]);
    expect(await world.answer('POST', '/')).toMatchObject({
      severity: 'INFO',
      adds: 1,
      secondsSinceAdd: 0,
      secondsSinceDelete: 100,
    });
  });

  test('keeps the identities that the workspace is configured for, and no others', async () => {
    const line =
      '{"mpId":1,"audience_id":"a","membership_action":"add","timestamp":1594167376,"email":"a@example.com","customer_id":"7"}';
    const world = await started(new FunctionWorld().deliver([['add.jsonl', line]]));
    await world.answer('POST', '/');
    const [row] = world.warehouse.tables.membership_changes;
    expect(row?.['identities']).toEqual([
      { type: 'email_sha256', value: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
  });

  test('whose time is up says so, and how old the oldest waiting object is', async () => {
    const world = new FunctionWorld({ runningAnswers: Infinity }).deliver(DELIVERIES);
    const began = world.clock;
    await started(world);
    const { durationMs, ...answer } = await world.answer('POST', '/');
    expect(answer).toMatchObject({
      http: 200,
      severity: 'INFO',
      stopped: 'time',
      objects: 0,
      waitingObjects: DELIVERIES.length,
      oldestWaitingSeconds: Math.round((world.clock - DELIVERED_AT) / 1e6),
    });
    expect(durationMs).toBe((world.clock - began) / 1000);
    expect(durationMs).toBeGreaterThanOrEqual(SWEEP_SECONDS * 1000);
  });

  test('tells of each object that it parks, as an error', async () => {
    const refuses = (row: Readonly<Record<string, unknown>>) =>
      row['source_object'] === 'changes.csv' && 'mp_id' in row;
    const world = await started(new FunctionWorld({ refuses }).deliver(DELIVERIES));
    const generation = world.landing.objects.get('changes.csv')?.generation;
    expect(await world.answer('POST', '/')).toMatchObject({
      severity: 'WARNING',
      parked: 1,
      rejectedByReason: { object_parked: 1 },
    });
    expect(world.log.slice(0, -1)).toEqual([
      {
        severity: 'ERROR',
        event: 'object_parked',
        message: expect.stringContaining('changes.csv') as string,
        workspace: WORKSPACE,
        object: 'changes.csv',
        generation,
        reason: 'load_refused',
      },
    ]);
  });

  test('that leaves an object behind because it cannot be read is an error', async () => {
    const world = new FunctionWorld().deliver(DELIVERIES);
    const { landing } = world;
    const read = landing.read.bind(landing);
    await started(world, {
      landing: Object.assign(landing, {
        async *read(object: LandingObject) {
          if (object.name === 'changes.csv') throw new StoreError('changes.csv: no');
          yield* read(object);
        },
      }),
    });
    expect(await world.answer('POST', '/')).toMatchObject({
      http: 200,
      severity: 'ERROR',
      unreadable: 1,
      objects: DELIVERIES.length - 1,
      waitingObjects: 1,
    });
  });
});

describe('a failure', () => {
  const failing = (error: unknown) => () => {
    throw error;
  };

  test('of a store names the step and the cause', async () => {
    const world = new FunctionWorld();
    const list = failing(new StoreError('landing: Cloud Storage answers 503'));
    await started(world, { landing: Object.assign(world.landing, { list }) });
    expect(await world.answer('POST', '/')).toEqual({
      http: 500,
      severity: 'ERROR',
      event: 'sweep_failed',
      message: 'landing: Cloud Storage answers 503',
      workspace: WORKSPACE,
      step: 'list',
      code: 'StoreError',
    });
    expect(await world.answer('GET', '/health')).toMatchObject({
      http: 500,
      event: 'health_failed',
      code: 'StoreError',
    });
  });

  test('of the warehouse does, too', async () => {
    const world = new FunctionWorld().deliver(DELIVERIES);
    const start = failing(new WarehouseError('load job x: BigQuery answers 403 (accessDenied)'));
    await started(world, { warehouse: Object.assign(world.warehouse, { start }) });
    expect(await world.answer('POST', '/')).toMatchObject({
      http: 500,
      message: 'load job x: BigQuery answers 403 (accessDenied)',
      step: 'load',
      code: 'WarehouseError',
    });
  });

  test('of this program tells its place, without what the error says', async () => {
    const world = new FunctionWorld();
    const find = failing(new TypeError('jane@example.com\n    at jane@example.com:1:2'));
    await started(world, { staging: Object.assign(world.staging, { find }) });
    const { message, ...answer } = await world.answer('POST', '/');
    expect(answer).toMatchObject({ http: 500, step: 'open', code: 'TypeError' });
    expect(message).toMatch(/^a defect: TypeError at .*handler\.test\.ts:\d+:\d+\)?$/);
  });
});

describe('health', () => {
  test('before the first run is ok', async () => {
    const world = await started(new FunctionWorld());
    expect(await world.answer('GET', '/health')).toEqual({
      http: 200,
      severity: 'INFO',
      event: 'health',
      message: 'the import is ok',
      workspace: WORKSPACE,
      status: 'ok',
      minutesSinceApply: null,
      hoursSincePurge: null,
      oldestWaitingSeconds: 0,
      waitingObjects: 0,
      rowsWithoutIngestedAt: 0,
    });
    expectDocumented(world.log);
  });

  test('A MERGE and a purge that never ran count from the first sweep', async () => {
    const world = await started(new FunctionWorld());
    await world.answer('POST', '/');
    world.clock += 48 * 3_600e6;
    expect(await world.answer('GET', '/health')).toMatchObject({
      status: 'late',
      minutesSinceApply: 48 * 60,
      hoursSincePurge: 48,
    });
  });

  test('Rows that no run sees are an error', async () => {
    const world = await started(new FunctionWorld());
    world.state = { rowsWithoutIngestedAt: 3 };
    expect(await world.answer('GET', '/health')).toMatchObject({
      severity: 'ERROR',
      status: 'late',
      rowsWithoutIngestedAt: 3,
    });
  });

  test('It is answered while a sweep runs', async () => {
    const world = new FunctionWorld().deliver(DELIVERIES);
    let release: (() => void) | undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    const { warehouse } = world;
    await world.start({
      warehouse: Object.assign(Object.create(warehouse) as typeof warehouse, {
        start: async (job: LoadJob) => {
          await held;
          return warehouse.start(job);
        },
      }),
    });
    const sweep = world.ask('POST', '/');
    expect(await world.answer('GET', '/health')).toMatchObject({ http: 200, event: 'health' });
    release?.();
    expect((await sweep).status).toBe(200);
    expect(world.log.map(({ event }) => event)).toEqual(['health', 'sweep']);
    await world.close();
  });

  test('is late when an object waits for too long, which still is an answer', async () => {
    const world = await started(new FunctionWorld().deliver(DELIVERIES));
    world.state = { applyAt: DELIVERED_AT, purgeAt: DELIVERED_AT, rowsWithoutIngestedAt: 0 };
    world.clock = DELIVERED_AT + (MAX_WAITING_SECONDS + 60) * 1e6;
    expect(await world.answer('GET', '/health')).toMatchObject({
      http: 200,
      severity: 'WARNING',
      status: 'late',
      minutesSinceApply: 61,
      hoursSincePurge: 1,
      oldestWaitingSeconds: MAX_WAITING_SECONDS + 60,
      waitingObjects: DELIVERIES.length,
    });
    expectDocumented(world.log);
  });

  test('changes nothing', async () => {
    const world = await started(new FunctionWorld().deliver(DELIVERIES));
    await world.answer('GET', '/health');
    expect([...world.staging.objects]).toEqual([]);
    for (const { mark } of world.landing.objects.values()) expect(mark).toBeUndefined();
  });
});

describe('another request', () => {
  test.each([
    ['GET', '/'],
    ['PUT', '/'],
    ['POST', '/health'],
    ['GET', '/health/'],
    ['POST', '//'],
    ['POST', '/POST /'],
    ['GET', '/constructor'],
  ])('%s %s is told what is allowed, and does nothing', async (method, path) => {
    const world = await started(new FunctionWorld().deliver(DELIVERIES));
    const { status, text } = await world.ask(method, path);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({ message: 'allowed: POST /, GET /health' });
    expect(world.log).toEqual([]);
    for (const { mark } of world.landing.objects.values()) expect(mark).toBeUndefined();
  });

  test('a query makes no difference', async () => {
    const world = await started(new FunctionWorld());
    expect(await world.answer('POST', '/?from=scheduler')).toMatchObject({ event: 'sweep' });
    expect(await world.answer('GET', '/health?x')).toMatchObject({ event: 'health' });
  });
});

test('two requests at once bring in everything once, and count it once', async () => {
  const world = await started(new FunctionWorld({ runningAnswers: 2 }).deliver(DELIVERIES));
  const answers = await Promise.all([world.ask('POST', '/'), world.ask('POST', '/')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const { membership_changes: changes, rejected_changes: rejections } = world.warehouse.tables;
  expect({ changes: changesOf(changes), rejections: rejectionsOf(rejections) }).toEqual(EXPECTED);
  const counts = answers.map(({ text }) => JSON.parse(text) as Readonly<Record<string, number>>);
  const sum = (field: string) => counts.reduce((total, count) => total + (count[field] ?? 0), 0);
  expect(sum('accepted')).toBe(EXPECTED.changes.length);
  expect(sum('rejected')).toBe(EXPECTED.rejections.length);
});

describe('whatever is delivered and whatever goes wrong', () => {
  const E_MAIL = 'Jane.Secret@Example.com';
  const SECRETS = [
    E_MAIL,
    E_MAIL.toLowerCase(),
    'secret',
    createHash('sha256').update(E_MAIL.toLowerCase()).digest('hex'),
    '1327484737295091692',
    'customer-4711',
  ];
  const user = `"mpid":"1327484737295091692","email":"${E_MAIL}","customer_id":"customer-4711"`;
  const accepted = fc.constant(
    `{"mpId":1327484737295091692,"email":"${E_MAIL}","audience_id":"a","membership_action":"add","timestamp":1594167376}`,
  );
  const otherLine = fc.constantFrom(
    `{"IsAddRequest":true,"IdentityValues":{${user}},"MembershipChangedTimestamp":1594167374230}`,
    `{"IsAddRequest":"${E_MAIL}","IdentityValues":{${user}},"MembershipChangedTimestamp":1}`,
    `{"IsAddRequest":true,"IdentityValues":{${user}},"MembershipChangedTimestamp":"${E_MAIL}"}`,
    `{"IsAddRequest":true,"IdentityValues":{"mpid":"${E_MAIL}"}}`,
    `{"mpId":"customer-4711","audience_id":"a","membership_action":"${E_MAIL}","timestamp":1}`,
    `{"${E_MAIL}":1327484737295091692}`,
    `1327484737295091692,a,add,${E_MAIL}`,
    `mpId,${E_MAIL}`,
    `"${E_MAIL}`,
    `${E_MAIL}\0`,
    E_MAIL,
  );
  const line = fc.oneof(accepted, otherLine);
  const name = fc.constantFrom(
    'Sports_1_2020-01-01_00-00-00_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'changes.jsonl',
    'changes.csv',
  );
  const object = fc.tuple(
    name,
    fc.oneof(
      fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n')),
      fc.array(line, { maxLength: 4 }).map((lines) => gzipSync(lines.join('\n'))),
    ),
  );
  /** Faults of services, and errors of any kind that repeat what was read. */
  const fault = fc.record({
    call: fc.nat(30),
    kind: fc.constantFrom(...FAULT_KINDS.filter((kind) => !kind.includes('process'))),
  });
  const defect = fc.option(
    fc.record({
      part: fc.constantFrom('landing' as const, 'staging' as const, 'warehouse' as const),
      method: fc.constantFrom('list', 'statusOf', 'read', 'mark', 'find', 'replace', 'start'),
      error: fc.constantFrom<unknown>(
        new Error(E_MAIL),
        new TypeError(`${user}\n    at ${E_MAIL} (${E_MAIL}:1:2)`),
        Object.assign(new Error(E_MAIL), { message: '', name: 'Other' }),
        E_MAIL,
      ),
    }),
  );

  test('no log line and no answer tells of a person, or has a stack', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(object, { maxLength: 4 }),
        fc.array(fault, { maxLength: 3 }),
        defect,
        async (objects, faults, broken) => {
          const world = new FunctionWorld({
            refuses: (row) => row['source_object'] === 'changes.jsonl' && 'mp_id' in row,
          }).deliver(objects);
          const clock = { micros: world.clock };
          const faulty = new FaultyWorld(faults, clock);
          const parts = {
            landing: faulty.landing(world.landing),
            staging: faulty.staging(world.staging),
            warehouse: {
              ...faulty.loader(world.warehouse),
              readState: () => Promise.resolve(world.state),
            },
          };
          if (broken) {
            const throws = () => {
              throw broken.error;
            };
            Object.assign(parts[broken.part], { [broken.method]: throws });
          }
          await world.start(parts);
          const answers = [];
          for (const path of ['/', '/', '/health', `/${encodeURIComponent(E_MAIL)}`]) {
            answers.push(await world.ask(path === '/' ? 'POST' : 'GET', path));
          }
          await world.close();
          for (const { event } of world.log) seen.add(event);
          expectDocumented(world.log);
          const texts = [
            ...world.log.map((entry) => JSON.stringify(entry)),
            ...answers.map(({ text }) => text),
          ];
          for (const text of texts) {
            for (const secret of SECRETS) expect(text).not.toContain(secret);
            expect(text).not.toMatch(/\\n\s+at /);
          }
        },
      ),
      { numRuns: 300 },
    );
    // Otherwise nothing is shown.
    for (const event of [
      'sweep',
      'sweep_failed',
      'object_parked',
      'health',
      'health_failed',
    ] as const) {
      expect(seen.has(event)).toBe(true);
    }
  });
});
