import { newBatch, withStaged } from '../../../runtime/ingest/batch';
import { zeroCounts } from '../../../runtime/ingest/counts';
import { ManifestFile } from '../../../runtime/ingest/manifest';
import { MANIFEST_NAME } from '../../../runtime/ingest/staging-names';
import { ObjectChangedError } from '../../../runtime/ingest/stores';
import { MemoryBucket } from '../../support/clouds/memory-cloud';

const ID = '0123456789abcdef';
const OBJECT = { name: 'a', generation: '7', createdAt: 1_600_000_000_000_000, size: 12 };

function stagedBatch() {
  return withStaged(newBatch(ID, [OBJECT]), {
    objects: [OBJECT],
    broken: [{ object: OBJECT, reason: 'is_zip' }],
    park: 'load_refused',
    changes: { rows: 0, attempt: 0 },
    rejections: { object: 'staged/x', rows: 1, attempt: 2 },
    counts: { ...zeroCounts(), parked: 1, rejectedByReason: { object_parked: 1 } },
  });
}

test('A batch is read as it was written', async () => {
  const file = new ManifestFile(new MemoryBucket());
  expect(await file.read()).toBeUndefined();
  const created = await file.create(newBatch(ID, [OBJECT]));
  const replaced = await file.replace(created, stagedBatch());
  expect(await file.read()).toEqual(replaced);
  expect(replaced.batch).toEqual(stagedBatch());
  await file.remove(replaced);
  expect(await file.read()).toBeUndefined();
});

test('Of two sweeps that write one is first, and the other is refused', async () => {
  const bucket = new MemoryBucket();
  const [first, second] = [new ManifestFile(bucket), new ManifestFile(bucket)];
  const created = await first.create(newBatch(ID, [OBJECT]));
  await expect(second.create(newBatch(ID, []))).rejects.toThrow(ObjectChangedError);
  await second.replace(created, stagedBatch());
  await expect(first.replace(created, newBatch(ID, []))).rejects.toThrow(ObjectChangedError);
  await expect(first.remove(created)).rejects.toThrow(ObjectChangedError);
  expect((await first.read())?.batch).toEqual(stagedBatch());
});

test('A manifest that lacks a count of a later version is read, and the count is 0', async () => {
  const bucket = new MemoryBucket();
  const file = new ManifestFile(bucket);
  await file.create(stagedBatch());
  const written = bucket.objects.get(MANIFEST_NAME)?.bytes.toString() ?? '';
  bucket.put(MANIFEST_NAME, written.replace('"omittedIdentities":0,', ''));
  expect((await file.read())?.batch).toEqual(stagedBatch());
});

test('A batch that version 0.1.0 left open is read, and can be finished', async () => {
  const bucket = new MemoryBucket();
  const counts = {
    ...{ objects: 1, lines: 3, adds: 1, deletes: 1, ignored: 0, omittedIdentities: 0, bytes: 12 },
    ...{ vanished: 0, parked: 0, rejectedByReason: { not_json: 1 } },
  };
  const tables = { changes: { object: 'staged/c', rows: 2, attempt: 1 } };
  const staged = { objects: [OBJECT], ...tables, rejections: { rows: 0, attempt: 0 }, counts };
  const waiting = [{ objects: [OBJECT], begun: 2, park: 'load_refused' }];
  bucket.put(MANIFEST_NAME, JSON.stringify({ id: ID, stagings: 4, waiting, staged }));
  expect((await new ManifestFile(bucket).read())?.batch).toEqual({
    id: ID,
    stagedGroups: 4,
    waiting: [{ objects: [OBJECT], lostSweeps: 2, park: 'load_refused' }],
    staged: { ...staged, broken: [], counts: { ...zeroCounts(), ...counts } },
  });
});

test.each([
  '',
  '{',
  '[]',
  '{"id":"x"}',
  '{"id":"0123456789abcdef","waiting":[]}',
  '{"stagings":1,"waiting":[7]}',
  'null',
])('A manifest that something else has written (%j) is named and left alone', async (text) => {
  const bucket = new MemoryBucket();
  bucket.put(MANIFEST_NAME, text);
  const file = new ManifestFile(bucket);
  await expect(file.read()).rejects.toThrow(/^manifest\.json: no manifest of this program; see/);
  expect(bucket.objects.get(MANIFEST_NAME)?.bytes.toString()).toBe(text);
});
