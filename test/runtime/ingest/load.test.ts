import { newBatch, withNextAttempt, withStaged, type Batch } from '../../../runtime/ingest/batch';
import { zeroCounts } from '../../../runtime/ingest/counts';
import { loadStaged, type LoadPorts } from '../../../runtime/ingest/load';
import { emptyObjectName } from '../../../runtime/ingest/staging-names';
import {
  contentIn,
  MemoryBucket,
  MemoryWarehouse,
  type MemoryWarehouseOptions,
} from '../../support/clouds/memory-cloud';

const ID = 'abc';
const CHANGES = 'staged/abc/1-changes.ndjson';
const REJECTIONS = 'staged/abc/1-rejections.ndjson';

function stagedBatch({ changes = 2, rejections = 1 } = {}): Batch {
  return withStaged(newBatch(ID, []), {
    objects: [],
    broken: [],
    changes: { object: CHANGES, rows: changes, attempt: 0 },
    rejections: { object: REJECTIONS, rows: rejections, attempt: 0 },
    counts: zeroCounts(),
  });
}

function world(options: MemoryWarehouseOptions = {}) {
  const staging = new MemoryBucket();
  staging.put(CHANGES, '{"a":1}\n{"a":2}\n');
  staging.put(REJECTIONS, '{"b":1}\n');
  const warehouse = new MemoryWarehouse(contentIn(staging), options);
  const pauses: number[] = [];
  const ports: LoadPorts = {
    loader: warehouse,
    staging,
    hasTime: () => pauses.length < 100,
    sleep: (millis) => {
      pauses.push(millis);
      return Promise.resolve();
    },
  };
  return { staging, warehouse, pauses, ports };
}

test('Each table is loaded once, the changes first, under an id of the batch, the group and the attempt', async () => {
  const { warehouse, ports } = world();
  for (let run = 0; run < 2; run += 1) {
    expect(await loadStaged(stagedBatch(), ports)).toEqual({ outcome: 'loaded' });
  }
  expect([...warehouse.jobs.keys()]).toEqual([
    'audience_import_abc_1_changes_0',
    'audience_import_abc_1_rejections_0',
  ]);
  expect(warehouse.tables.membership_changes).toHaveLength(2);
  expect(warehouse.tables.rejected_changes).toHaveLength(1);
});

test('A running job is looked at again after longer and longer pauses of at most ten seconds', async () => {
  const { pauses, ports } = world({ runningAnswers: 7 });
  expect(await loadStaged(stagedBatch(), ports)).toEqual({ outcome: 'loaded' });
  expect(pauses.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('A job that runs when the time is up is left to the next sweep', async () => {
  const { ports } = world({ runningAnswers: 1_000 });
  expect(await loadStaged(stagedBatch(), ports)).toEqual({ outcome: 'running' });
});

test('A failed attempt is reported, and the recorded next one loads', async () => {
  const { ports } = world({ failures: ['backendError'] });
  const first = stagedBatch();
  expect(await loadStaged(first, ports)).toMatchObject({
    outcome: 'failed',
    part: 'changes',
    isTableAtFault: false,
    error: { message: 'load job audience_import_abc_1_changes_0 failed: backendError' },
  });
  // The same attempt is the same job.
  expect(await loadStaged(first, ports)).toMatchObject({ outcome: 'failed' });
  const second = withNextAttempt(first, 'changes');
  expect(await loadStaged(second, ports)).toMatchObject({ outcome: 'failed', part: 'rejections' });
  expect(await loadStaged(withNextAttempt(second, 'rejections'), ports)).toEqual({
    outcome: 'loaded',
  });
});

test('Refused rows are the fault of an object if the table takes a load of no rows', async () => {
  const { staging, ports } = world({ refuses: (row) => row['a'] === 2 });
  expect(await loadStaged(stagedBatch(), ports)).toEqual({ outcome: 'refused' });
  expect(staging.objects.get(emptyObjectName(ID))?.bytes).toHaveLength(0);
  // The empty object of the first time is taken again.
  expect(await loadStaged(stagedBatch(), ports)).toEqual({ outcome: 'refused' });
});

test('A table that refuses a load of no rows is at fault itself', async () => {
  const { ports } = world({ refusesAll: ['membership_changes'] });
  expect(await loadStaged(stagedBatch(), ports)).toMatchObject({
    outcome: 'failed',
    part: 'changes',
    isTableAtFault: true,
    error: {
      message:
        'load job audience_import_abc_1_changes_0_control: membership_changes refuses a load of no rows: invalid',
    },
  });
});

test('Refused rejections are the fault of their table, because this program writes their rows', async () => {
  const { ports } = world({ refuses: (row) => 'b' in row });
  expect(await loadStaged(stagedBatch(), ports)).toMatchObject({
    outcome: 'failed',
    part: 'rejections',
    isTableAtFault: true,
  });
});

test.each([
  ['changes', CHANGES, false],
  ['rejections', REJECTIONS, true],
])('Staged %s that are gone are reported, with what is loaded already', async (_, name, loaded) => {
  const { staging, ports } = world();
  staging.objects.delete(name);
  expect(await loadStaged(stagedBatch(), ports)).toMatchObject({
    outcome: 'missing',
    changesLoaded: loaded,
  });
});

test('A load of other rows than were staged is an error that says where to look', async () => {
  const { ports } = world();
  await expect(loadStaged(stagedBatch({ changes: 3 }), ports)).rejects.toThrow(
    'load job audience_import_abc_1_changes_0 loaded 2 rows of 3 staged; see "rows differ" in docs/ingest.md',
  );
});
