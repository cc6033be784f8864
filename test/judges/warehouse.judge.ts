import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DuckDbWarehouse } from '../../runtime/local/duckdb';
import { ingestFiles } from '../../runtime/local/ingest-files';
import { LocalLanding } from '../../runtime/local/landing-files';
import { findFiles } from '../../runtime/local/find-files';
import type { SweepReport } from '../../runtime/ingest/sweep-report';
import { duckDbDialect } from '../../runtime/local/duckdb-dialect';
import { rowsOf } from '../support/data/log';
import { all, type SynthesizedStack } from '../support/stacks/stacks';
import { contentOf, type Row } from './harness/content';
import { deliver, type Delivery } from './harness/deliveries';
import { EmulatedWarehouse } from './harness/emulated-warehouse';
import { judges } from './harness/judges';
import { RunningFunction } from './harness/running-function';

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const SAMPLES = join(__dirname, '../../examples/data');
const LOADED = ['membership_changes', 'rejected_changes'] as const;

/** Users by audience, after examples/data. */
const SAMPLE_MEMBERS: Record<string, string[]> = {
  '10021': [
    '-1327484737295091692',
    '-5550123412341234123',
    '314159265358979323',
    '4120938475610293847',
    '6022140857747474747',
    '7196104703087826113',
    '9080350317581165003',
  ],
  '10022': ['-1327484737295091692', '6022140760000000001'],
  '10024': ['1618033988749894848'],
  'churn-risk': ['-5550123412341234123', '6022140760000000001'],
  newsletter: ['-1327484737295091692', '4120938475610293847', '9080350317581165003'],
};

/** After the samples: every rule of the order, at both ends of the range of ids. Audience vip has no name. */
const LATER_CHANGES = lines(
  // Late, and a millisecond older than what is known: both lose.
  ['10022', '314159265358979323', 'add', '2025-11-20T12:11:02.899Z'],
  ['10021', '9080350317581165003', 'delete', '2025-11-20T08:14:53.249Z'],
  // The last memberships of a user, whose e-mail hash is stored.
  ['10021', '4120938475610293847', 'delete', '2025-11-22T05:00:00Z'],
  ['newsletter', '4120938475610293847', 'delete', '2025-11-22T05:00:00Z'],
  // A delete of somebody unknown; an old name; a new name.
  ['newsletter', '-9223372036854775808', 'delete', '2025-11-22T05:00:00Z'],
  ['newsletter', '77', 'add', '2025-11-19T05:00:00Z', { audience_name: 'Old newsletter' }],
  [
    'newsletter',
    '9223372036854775807',
    'add',
    '2025-11-22T05:00:00.000001Z',
    { audience_name: 'New newsletter', customer_id: 'C-9' },
  ],
  // An audience that nobody is in.
  ['left', '-1', 'delete', '2025-11-22T05:00:00Z'],
  // Ties of time: the delete wins, wherever it stands.
  ['vip', '-1', 'add', '2025-11-22T05:00:00Z'],
  ['vip', '-1', 'delete', '2025-11-22T05:00:00Z'],
  ['vip', '-2', 'delete', '2025-11-22T05:00:00Z'],
  ['vip', '-2', 'add', '2025-11-22T05:00:00Z'],
);

/** After a purge, which raised the floor of 10021 and newsletter to 2025-11-22, of 10022 to 2025-11-20. */
const CHANGES_AFTER_PURGE = lines(
  // Below the floor.
  ['10021', '4120938475610293847', 'add', '2025-11-21T00:00:00Z'],
  ['newsletter', '-3', 'delete', '2025-11-21T00:00:00Z'],
  // Above it.
  ['10022', '314159265358979323', 'add', '2025-11-21T00:00:00Z'],
  ['10021', '7196104703087826113', 'delete', '2025-11-23T05:00:00Z'],
);

judges('bigquery-emulator and DuckDB hold the same in every table and view', (judge, cloud) => {
  let place: string;
  let duckDb: DuckDbWarehouse;
  let emulator: EmulatedWarehouse;
  let deployed: RunningFunction;
  /** Near the real clock, which the views read. */
  let clock = Date.now() * 1000 - 10 * HOUR;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'judges-'));
    mkdirSync(join(place, 'landing'));
    duckDb = await DuckDbWarehouse.open(':memory:');
    // As on the emulator: both sides are given the same time of loading.
    for (const table of LOADED) {
      const reference = duckDbDialect.table(table);
      await rowsOf(duckDb, `ALTER TABLE ${reference} ALTER ingested_at DROP DEFAULT`);
    }
    emulator = new EmulatedWarehouse(cloud());
    deployed = await RunningFunction.start(cloud());
  });
  afterAll(() => {
    duckDb.close();
    rmSync(place, { recursive: true, force: true });
  });

  /** Delivers the same objects on both sides: the function brings them in on one, the local sweep on the other. */
  async function ingest(...deliveries: readonly Delivery[]): Promise<void> {
    clock += HOUR;
    for (const [name, bytes] of deliveries) {
      const { createdAt } = await deliver(cloud(), name, bytes);
      const file = join(place, 'landing', name);
      writeFileSync(file, bytes);
      await firstSeen(file, createdAt * 1000);
    }
    const { entry } = await deployed.tick();
    const report = await ingestFiles(duckDb, (await findFiles([join(place, 'landing')])).files, {
      stagingDirectory: join(place, 'staging'),
      normalize: { identityTypes: cloud().configuration.identityTypes },
    });
    expect(entry.objects).toBe(deliveries.length);
    expect(entry).toMatchObject(countsOf(report));

    await emulator.finishLoads(clock);
    for (const table of LOADED) {
      await rowsOf(
        duckDb,
        `UPDATE ${duckDbDialect.table(table)} SET ingested_at = TIMESTAMP_MICROS(${clock})
         WHERE ingested_at IS NULL`,
      );
    }
  }

  /** The local store takes an object to have arrived when it first lists it: `at`, in microseconds since 1970. */
  async function firstSeen(file: string, at: number): Promise<void> {
    const landing = new LocalLanding([file], duckDb, { now: () => at });
    for await (const { createdAt } of landing.list()) expect(createdAt).toBe(at);
  }

  /** Runs the MERGE on both sides. @returns the statements, in their order. */
  async function apply(): Promise<readonly string[]> {
    clock += HOUR / 2;
    await duckDb.apply(clock);
    return emulator.apply(clock);
  }

  async function purge(): Promise<readonly string[]> {
    clock += HOUR / 2;
    await duckDb.purge(undefined, clock);
    return emulator.purge(clock);
  }

  /** @returns what both sides hold. */
  async function agreed(): Promise<Record<string, Row[]>> {
    const onDuckDb = await contentOf((sql) => rowsOf(duckDb, sql), duckDbDialect);
    const onEmulator = await contentOf((sql) => emulator.rows(sql), emulator.dialect);
    expect(onEmulator).toEqual(onDuckDb);
    return onEmulator;
  }

  judge('before anything is delivered', async () => {
    const content = await agreed();
    expect(content['view import_health']).toMatchObject([{ members: '0', last_apply_at: null }]);
  });

  judge('once the function has ingested the sample deliveries', async () => {
    const files = (await findFiles([SAMPLES])).files;
    await ingest(...files.map((file): Delivery => [basename(file), readFileSync(file)]));
    const content = await agreed();
    expect(content['table membership_changes']).toHaveLength(30);
    expect(content['table rejected_changes']).toHaveLength(6);
    expect(members(content)).toEqual(SAMPLE_MEMBERS);
  });

  judge('after a run', async () => {
    await apply();
    expect(members(await agreed())).toEqual(SAMPLE_MEMBERS);
  });

  judge(
    'once it has ingested late changes and a delivery that came before, and after a run',
    async () => {
      const [again = ''] = (await findFiles([SAMPLES])).files.filter((file) =>
        file.includes('_08-15-00_5b'),
      );
      await ingest(
        // A directory takes the same bytes under the same name for the same object: a blank line makes it another.
        [basename(again), `${readFileSync(again, 'utf8')}\n\n`],
        ['later_2025-11-22_06-00-00.jsonl', LATER_CHANGES],
      );
      await agreed();
      expectScheduled(cloud().stack, 'merge', await apply());
      const content = await agreed();
      expect(members(content)).toEqual({
        '10021': without(SAMPLE_MEMBERS['10021'], '4120938475610293847'),
        '10022': SAMPLE_MEMBERS['10022'],
        '10024': SAMPLE_MEMBERS['10024'],
        'churn-risk': SAMPLE_MEMBERS['churn-risk'],
        newsletter: ['-1327484737295091692', '77', '9080350317581165003', '9223372036854775807'],
      });
      expect(content['view import_health']).toMatchObject([{ tombstones: '11' }]);
      expect(content['view audiences']).toContainEqual(
        expect.objectContaining({ audience_id: 'newsletter', audience_name: 'New newsletter' }),
      );
    },
  );

  judge('after a purge', async () => {
    const before = await agreed();
    // Longer than deletes are kept after they were loaded.
    clock += 70 * HOUR;
    expectScheduled(cloud().stack, 'purge', await purge());
    const content = await agreed();
    expect(content['view import_health']).toMatchObject([{ tombstones: '0' }]);
    expect(before['table rejected_changes']).not.toEqual([]);
    expect(content['table rejected_changes']).toEqual([]);
    expect(members(content)).toEqual(members(before));
  });

  judge('once it has ingested changes below and above the floor, and after a run', async () => {
    const before = members(await agreed());
    // Beyond the window of the next run, which sees the new changes alone.
    clock += 2 * HOUR;
    await ingest(['after_2025-11-23_06-00-00.jsonl', CHANGES_AFTER_PURGE]);
    const expected = {
      ...before,
      '10021': without(before['10021'], '7196104703087826113'),
      '10022': [...(before['10022'] ?? []), '314159265358979323'].sort(),
    };
    expect(members(await agreed())).toEqual(expected);
    await apply();
    const content = await agreed();
    expect(members(content)).toEqual(expected);
    // What is not newer than the floor counts as a delete at the floor.
    for (const key of [
      { audience_id: '10021', mp_id: '4120938475610293847' },
      { audience_id: 'newsletter', mp_id: '-3' },
    ]) {
      expect(content['table membership_state']).toContainEqual(
        expect.objectContaining({
          ...key,
          is_member: false,
          changed_at: '2025-11-22T05:00:00.000000Z',
        }),
      );
    }
  });

  judge('after a purge so late that the log and old runs go', async () => {
    const before = await agreed();
    clock += 91 * DAY;
    await purge();
    const content = await agreed();
    for (const table of ['membership_changes', 'merge_runs']) {
      expect(before[`table ${table}`]).not.toEqual([]);
      expect(content[`table ${table}`]).toEqual([]);
    }
    expect(members(content)).toEqual(members(before));
    expect(content['view audiences']).toContainEqual(
      expect.objectContaining({ audience_id: 'left', members: '0' }),
    );
  });
});

/** What a sweep counts in the lines that it reads, wherever they lie. */
function countsOf(report: SweepReport) {
  const { objects, bytes, lines, adds, deletes, rejectedByReason, ignored, omittedIdentities } =
    report;
  return { objects, bytes, lines, adds, deletes, rejectedByReason, ignored, omittedIdentities };
}

/** Sorted users by audience. */
function members(content: Record<string, Row[]>): Record<string, string[]> {
  const byAudience: Record<string, string[]> = {};
  for (const { audience_id, mp_id } of content['view memberships'] ?? []) {
    (byAudience[String(audience_id)] ??= []).push(String(mp_id));
  }
  for (const users of Object.values(byAudience)) users.sort();
  return byAudience;
}

function without(users: readonly string[] | undefined, user: string): string[] {
  return (users ?? []).filter((other) => other !== user);
}

/** Lines in the canonical format: audience, user, action, time, and whatever else. */
function lines(...changes: readonly [string, string, string, string, object?][]): string {
  return changes
    .map(([audience_id, mpId, membership_action, timestamp, others]) =>
      JSON.stringify({ mpId, audience_id, membership_action, timestamp, ...others }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** The statements are those of the scheduled query that the stack provisions, in its order, all of them. */
function expectScheduled(
  stack: SynthesizedStack,
  query: 'merge' | 'purge',
  statements: readonly string[],
): void {
  const config = all(stack, 'google_bigquery_data_transfer_config').find((transfer) =>
    String(transfer['display_name']).endsWith(` ${query}`),
  );
  let rest = onOneLine((config?.['params'] as { query: string }).query);
  let left = '';
  for (const statement of statements.map(onOneLine)) {
    const start = rest.indexOf(statement);
    expect(start < 0 ? statement : '').toBe('');
    left += rest.slice(0, start);
    rest = rest.slice(start + statement.length);
  }
  expect(left + rest).not.toMatch(/\b(CREATE|SELECT|INSERT|UPDATE|MERGE|DELETE)\b/);
}

/** Without comments; run parameters as the script's variables. */
function onOneLine(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '').replaceAll('@v_', 'v_').replaceAll(/\s+/g, ' ').trim();
}
