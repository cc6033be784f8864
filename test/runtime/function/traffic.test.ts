import { recordTraffic } from '../../../runtime/function/traffic';
import { TRAFFIC_NAME } from '../../../runtime/ingest/staging-names';
import { ObjectChangedError, StoreError } from '../../../runtime/ingest/stores';
import { MemoryBucket } from '../../support/clouds/memory-cloud';

const YEAR_MICROS = 365 * 86_400 * 1e6;
const NOTHING = { objects: 0, adds: 0, deletes: 0 };

let staging: MemoryBucket;
beforeEach(() => {
  staging = new MemoryBucket();
});

test('the record begins with the first sweep, though it brings nothing', async () => {
  expect(await recordTraffic(staging, NOTHING, 10)).toEqual({ since: 10 });
  expect(await recordTraffic(staging, NOTHING, 20)).toEqual({ since: 10 });
});

test('objects, adds and deletes are noted apart, each when it came last', async () => {
  await recordTraffic(staging, { objects: 1, adds: 2, deletes: 3 }, 10);
  await recordTraffic(staging, { objects: 1, adds: 1, deletes: 0 }, 20);
  await recordTraffic(staging, { objects: 1, adds: 0, deletes: 0 }, 30);
  const expected = { since: 10, objectAt: 30, addAt: 20, deleteAt: 10 };
  expect(await recordTraffic(staging, NOTHING, 40)).toEqual(expected);
});

test('is kept for as long as nothing comes, and where nothing expires', async () => {
  await recordTraffic(staging, { objects: 1, adds: 1, deletes: 1 }, 10);
  const { generation } = (await staging.find(TRAFFIC_NAME)) ?? {};
  expect(await recordTraffic(staging, NOTHING, YEAR_MICROS)).toMatchObject({ deleteAt: 10 });
  // It is not even written: its age tells nothing.
  expect((await staging.find(TRAFFIC_NAME))?.generation).toBe(generation);
  expect(TRAFFIC_NAME).not.toContain('/');
});

test.each(['', 'null', '{}', '{"since":-1}', '{"since":1,"addAt":"2026"}', 'jane@example.com'])(
  'a record that cannot be read is begun anew: %j',
  async (text) => {
    staging.put(TRAFFIC_NAME, text);
    expect(await recordTraffic(staging, NOTHING, 10)).toEqual({ since: 10 });
    expect(await recordTraffic(staging, NOTHING, 20)).toEqual({ since: 10 });
  },
);

test('of two sweeps at once one is noted', async () => {
  await recordTraffic(staging, NOTHING, 1);
  await Promise.all([
    recordTraffic(staging, { objects: 1, adds: 1, deletes: 0 }, 10),
    recordTraffic(staging, { objects: 1, adds: 0, deletes: 1 }, 10),
  ]);
  expect(await recordTraffic(staging, NOTHING, 20)).toMatchObject({ since: 1, objectAt: 10 });
});

test('another fault of the store is told', async () => {
  const broken = Object.assign(staging, {
    replace: () => Promise.reject(new StoreError('no')),
  });
  await expect(recordTraffic(broken, NOTHING, 10)).rejects.toThrow(StoreError);
  const busy = Object.assign(staging, {
    replace: () => Promise.reject(new ObjectChangedError('busy')),
  });
  await expect(recordTraffic(busy, NOTHING, 10)).resolves.toEqual({ since: 10 });
});
