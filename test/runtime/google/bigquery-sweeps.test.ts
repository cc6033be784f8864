import { MANIFEST_NAME } from '../../../runtime/ingest/staging-names';
import { DEFAULT_SWEEP_LIMITS, sweep, SweepError } from '../../../runtime/ingest/sweep';
import type { SweepReport } from '../../../runtime/ingest/sweep-report';
import { FakeBigQuery } from '../../support/clouds/fake-bigquery';
import { changesOf, DELIVERIES, EXPECTED, rejectionsOf } from '../../support/data/landing-fixture';
import { contentIn, MemoryBucket } from '../../support/clouds/memory-cloud';

const SWEEP_MICROS = 60_000_000;

let landing: MemoryBucket;
let staging: MemoryBucket;
let fake: FakeBigQuery;
let clock: number;
beforeEach(async () => {
  landing = new MemoryBucket();
  for (const [name, content] of DELIVERIES) landing.put(name, content);
  staging = new MemoryBucket();
  fake = await FakeBigQuery.start(contentIn(staging));
  clock = Date.UTC(2026, 0, 1) * 1000;
});
afterEach(() => fake.close());

function sweepOnce(): Promise<SweepReport> {
  return sweep(
    {
      landing,
      staging,
      loader: fake.engine(),
      now: () => clock,
      sleep: (millis) => {
        clock += millis * 1000;
        return Promise.resolve();
      },
    },
    {
      normalize: {},
      limits: DEFAULT_SWEEP_LIMITS,
      until: clock + SWEEP_MICROS,
    },
  );
}

/** Every job that was made, without the manifest's part of its id, and how it ended. */
function jobs(): string[] {
  return [...fake.jobs].map(([id, { error, rows }]) => {
    const place = id.replace(/^audience_import_[0-9a-f]{32}_/, '');
    return `${place}: ${error?.reason ?? String(rows)}`;
  });
}

async function expectExactly(expected: typeof EXPECTED): Promise<void> {
  const { membership_changes: changes, rejected_changes: rejections } = fake.tables;
  expect({ changes: changesOf(changes), rejections: rejectionsOf(rejections) }).toEqual(expected);
  for (const { mark } of landing.objects.values()) expect(mark).toBeDefined();
  expect(await staging.find(MANIFEST_NAME)).toBeUndefined();
}

test('a job that outlives sweeps is asked for until it is done, and is not made again', async () => {
  fake.fates.push({ runningAnswers: 25 });
  expect((await sweepOnce()).stopped).toBe('time');
  expect((await sweepOnce()).stopped).toBe('time');
  expect(fake.tables.membership_changes).toHaveLength(EXPECTED.changes.length);
  for (const { mark } of landing.objects.values()) expect(mark).toBeUndefined();
  expect((await sweepOnce()).stopped).toBe('idle');
  expect(jobs()).toEqual(['1_changes_0: 5', '1_rejections_0: 6']);
  await expectExactly(EXPECTED);
});

test('a job whose making is not answered is not made again', async () => {
  fake.fates.push({ answerIsLost: true });
  expect((await sweepOnce()).stopped).toBe('idle');
  expect(jobs()).toEqual(['1_changes_0: 5', '1_rejections_0: 6']);
  await expectExactly(EXPECTED);
});

test('a job that failed for no fault of the rows is followed by the next attempt', async () => {
  fake.fates.push({ reason: 'backendError' }, {}, { reason: 'quotaExceeded', endsAtOnce: true });
  expect((await sweepOnce()).stopped).toBe('idle');
  expect(jobs()).toEqual([
    '1_changes_0: backendError',
    '1_changes_1: 5',
    '1_rejections_0: quotaExceeded',
    '1_rejections_1: 6',
  ]);
  await expectExactly(EXPECTED);
});

test('attempts come to an end in a sweep, and go on in the next one', async () => {
  fake.fates.push(...Array<{ reason: string }>(4).fill({ reason: 'backendError' }));
  await expect(sweepOnce()).rejects.toThrow(/^load job \w+_changes_2 failed: backendError$/);
  expect((await sweepOnce()).stopped).toBe('idle');
  expect(jobs().slice(2)).toEqual([
    '1_changes_2: backendError',
    '1_changes_3: backendError',
    '1_changes_4: 5',
    '1_rejections_0: 6',
  ]);
  await expectExactly(EXPECTED);
});

test('rows that are refused are narrowed down to their object, which is parked', async () => {
  fake.refuses = (row) => row['source_object'] === 'changes.csv' && 'mp_id' in row;
  const { stopped, parked, objects } = await sweepOnce();
  expect({ stopped, parked, objects }).toEqual({ stopped: 'idle', parked: 1, objects: 4 });
  // A load of no rows shows each time that the table is not to blame.
  const controls = jobs().filter((job) => job.includes('control'));
  expect(controls.length).toBeGreaterThan(1);
  for (const control of controls) expect(control).toMatch(/_changes_0_control: 0$/);
  const isOther = (place: string) => !place.startsWith('changes.csv:');
  await expectExactly({
    changes: EXPECTED.changes.filter(isOther),
    rejections: [...EXPECTED.rejections.filter(isOther), 'changes.csv:1 object_parked'].sort(),
  });
  expect([...staging.objects.keys()].filter((name) => name.startsWith('parked/'))).toHaveLength(1);
});

test.each(['membership_changes', 'rejected_changes'])(
  'when %s refuses everything nothing is parked, and once it is mended everything is taken',
  async (table) => {
    fake.refusing.add(table);
    for (let run = 0; run < 3; run += 1) {
      const error: unknown = await sweepOnce().catch((reason: unknown) => reason);
      if (!(error instanceof SweepError)) throw new Error('no error of a sweep');
      expect(error.step).toBe('load');
      expect(error.message).toContain(`${table} refuses`);
    }
    for (const { mark } of landing.objects.values()) expect(mark).toBeUndefined();
    fake.refusing.clear();
    expect(await sweepOnce()).toMatchObject({ stopped: 'idle', parked: 0 });
    await expectExactly(EXPECTED);
  },
);

test('a load of no rows that fails for another reason blames neither, and is tried again', async () => {
  fake.refuses = () => true;
  fake.fates.push({}, { reason: 'backendError' });
  await expect(sweepOnce()).rejects.toThrow(
    /_control: .* refuses a load of no rows: backendError$/,
  );
  fake.refuses = () => false;
  expect(await sweepOnce()).toMatchObject({ stopped: 'idle', parked: 0 });
  await expectExactly(EXPECTED);
});

test('a load of other rows than were staged is for a person to look at', async () => {
  fake.fates.push({ outputRows: 4 });
  for (let run = 0; run < 2; run += 1) {
    await expect(sweepOnce()).rejects.toThrow(/_changes_0 loaded 4 rows of 5 staged/);
  }
  for (const { mark } of landing.objects.values()) expect(mark).toBeUndefined();
  expect(fake.jobs.size).toBe(1);
});
