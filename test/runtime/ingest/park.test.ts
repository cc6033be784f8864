import { stageParked } from '../../../runtime/ingest/park';
import { parkedName } from '../../../runtime/ingest/staging-names';
import { StoreError } from '../../../runtime/ingest/stores';
import { addLine, changedLanding, IngestWorld } from '../../support/clouds/ingest-world';

const CONTENT = addLine(1) + addLine(2);

async function parkableWorld() {
  const world = new IngestWorld();
  world.landing.put('folder/bad.jsonl', CONTENT);
  const object = await world.objectNamed('folder/bad.jsonl');
  const group = { objects: [object], lostSweeps: 0, park: 'load_refused' } as const;
  return { world, object, group };
}

test('A parked object is copied, and one rejection stands for it', async () => {
  const { world, object, group } = await parkableWorld();
  const staged = await stageParked(group, 'staged/x', world);
  const copy = world.staging.objects.get(parkedName(object));
  expect(copy?.bytes.toString()).toBe(CONTENT);
  expect(staged).toMatchObject({
    objects: [object],
    park: 'load_refused',
    changes: { rows: 0 },
    rejections: { rows: 1 },
    counts: { objects: 0, parked: 1, records: 1, rejectedByReason: { object_parked: 1 } },
  });
});

test('A copy that an earlier attempt has written is enough', async () => {
  const { world, group } = await parkableWorld();
  await stageParked(group, 'staged/x', world);
  expect(await stageParked(group, 'staged/y', world)).toMatchObject({ counts: { parked: 1 } });
});

test('An object that is gone cannot be parked, and is recorded as vanished', async () => {
  const { world, object, group } = await parkableWorld();
  world.landing.objects.delete(object.name);
  const staged = await stageParked(group, 'staged/x', world);
  expect(staged.counts).toMatchObject({ parked: 0, vanished: 1 });
  expect(world.staging.objects.has(parkedName(object))).toBe(false);
});

test('A half-written copy is given up, and the object is broken', async () => {
  const { world, object, group } = await parkableWorld();
  const landing = changedLanding(world.landing, {
    read: async function* (read) {
      yield* world.landing.read(read);
      throw new StoreError('cut off');
    },
  });
  const staged = await stageParked(group, 'staged/x', { staging: world.staging, landing });
  expect(staged.broken).toMatchObject([{ reason: 'object_parked' }]);
  expect(world.staging.objects.has(parkedName(object))).toBe(false);
});

test('An object that cannot be copied is broken, and its record says so', async () => {
  const { world, object, group } = await parkableWorld();
  const staging = Object.create(world.staging) as typeof world.staging;
  staging.create = (name) => {
    const writer = world.staging.create(name);
    if (!name.startsWith('parked/')) return writer;
    return { ...writer, close: () => Promise.reject(new StoreError(`${name}: refused`)) };
  };
  const staged = await stageParked(group, 'staged/x', { staging, landing: world.landing });
  expect(staged).toMatchObject({
    objects: [],
    broken: [{ object, reason: 'object_parked' }],
    rejections: { rows: 1 },
    counts: { parked: 0, brokenObjects: 1, records: 1 },
  });
});

test('The longest name of a landing object has a place among the parked ones', () => {
  for (const name of ['é'.repeat(512), 'x'.repeat(1024), '😀'.repeat(256)]) {
    const parked = parkedName({ name, generation: '1700000000000000' });
    expect(Buffer.byteLength(parked)).toBeLessThanOrEqual(1024);
    expect(parked).not.toContain('\ufffd');
    expect(parkedName({ name: `${name.slice(0, -1)}y`, generation: '1700000000000000' })).not.toBe(
      parked,
    );
  }
});
