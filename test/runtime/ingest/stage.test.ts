import { gzipSync } from 'node:zlib';

import type { Group } from '../../../runtime/ingest/batch';
import { stageGroup, type StageOutcome, type StagePorts } from '../../../runtime/ingest/stage';
import { StoreError, type LandingObject } from '../../../runtime/ingest/stores';
import { findWaiting } from '../../../runtime/ingest/waiting';
import { addLine, changedLanding } from '../../support/clouds/ingest-world';
import { MemoryBucket, type Row } from '../../support/clouds/memory-cloud';

let landing: MemoryBucket;
let staging: MemoryBucket;
let lines: number;
beforeEach(() => {
  landing = new MemoryBucket();
  staging = new MemoryBucket();
  lines = 0;
});

async function stageAll(ports: Partial<StagePorts> = {}): Promise<StageOutcome> {
  return stageThese(await waitingObjects(), ports);
}

async function waitingObjects(): Promise<readonly LandingObject[]> {
  return (await findWaiting(landing, { maxObjects: 100, maxBytes: Infinity })).oldest;
}

function stageThese(objects: readonly LandingObject[], ports: Partial<StagePorts> = {}) {
  const group: Group = { objects, lostSweeps: 1 };
  let attempts = 0;
  return stageGroup(
    group,
    {
      landing,
      staging,
      nameAttempt: () => `staged/attempt-${++attempts}`,
      hasTime: () => true,
      isOverdue: () => false,
      now: () => 0,
      onLines: (count) => {
        lines += count;
      },
      ...ports,
    },
    {},
  );
}

function requireStaged(outcome: StageOutcome) {
  if ('culprit' in outcome) throw new Error(`${outcome.culprit.name} is suspected`);
  if ('slow' in outcome) throw new Error(`${outcome.slow.name} takes too long`);
  return outcome;
}

/** Where the staged rows of one object come from. */
function rowsIn(object: string | undefined): string[] {
  const text = staging.objects.get(object ?? '')?.bytes.toString() ?? '';
  const rows = text.split('\n').filter((line) => line !== '');
  return rows.map((line) => {
    const row = JSON.parse(line) as Row;
    return `${String(row['source_object'])}:${String(row['source_line'])}`;
  });
}

const namesOf = (objects: readonly LandingObject[]) => objects.map(({ name }) => name);

test('All objects of a group are one staged object per table, in their order', async () => {
  landing.put('a', `${addLine(1)}nonsense\n`);
  landing.put('b', addLine(2));
  const { staged, left, unreadable } = requireStaged(await stageAll());
  expect(rowsIn(staged.changes.object)).toEqual(['a:1', 'b:1']);
  expect(rowsIn(staged.rejections.object)).toEqual(['a:2']);
  expect(staged).toMatchObject({
    changes: { rows: 2, attempt: 0 },
    rejections: { rows: 1, attempt: 0 },
    counts: { objects: 2, lines: 3, adds: 2, rejectedByReason: { not_json: 1 } },
  });
  expect({ left, unreadable, lines }).toEqual({ left: [], unreadable: [], lines: 3 });
});

test('A table that gets no rows has no staged object', async () => {
  landing.put('empty', '');
  const { staged } = requireStaged(await stageAll());
  expect(staged.changes).toEqual({ rows: 0, attempt: 0 });
  expect(staged.rejections).toEqual({ rows: 0, attempt: 0 });
  expect(staging.objects.size).toBe(0);
});

test('Objects that have a mark by now are not staged, and are in no group', async () => {
  landing.put('a', addLine(1));
  landing.put('b', addLine(2));
  const [a, b] = await waitingObjects();
  if (!a || !b) throw new Error('no objects');
  await landing.mark([b], 'ingested');
  const { staged } = requireStaged(await stageThese([a, b]));
  expect(namesOf(staged.objects)).toEqual(['a']);
  expect(rowsIn(staged.changes.object)).toEqual(['a:1']);
});

test('An object that vanished, or was replaced, is one rejection', async () => {
  landing.put('a', addLine(1));
  landing.put('b', addLine(2));
  const listed = await waitingObjects();
  landing.objects.delete('a');
  landing.put('b', addLine(3) + addLine(4));
  const { staged } = requireStaged(await stageThese(listed));
  expect(staged.counts).toMatchObject({
    objects: 0,
    vanished: 2,
    rejectedByReason: { object_vanished: 2 },
  });
  expect(rowsIn(staged.rejections.object)).toEqual(['a:1', 'b:1']);
  expect(namesOf(staged.objects)).toEqual(['a', 'b']);
});

test('An object that vanishes while it is read leaves no rows behind', async () => {
  landing.put('cut', addLine(1).repeat(2000));
  landing.put('whole', addLine(2));
  const { staged } = requireStaged(
    await stageAll({
      landing: changedLanding(landing, {
        read: async function* (object) {
          for await (const chunk of landing.read(object)) {
            yield chunk;
            if (object.name === 'cut') landing.objects.delete('cut');
            if (!landing.objects.has(object.name)) yield* landing.read(object);
          }
        },
      }),
    }),
  );
  expect(rowsIn(staged.changes.object)).toEqual(['whole:1']);
  expect(rowsIn(staged.rejections.object)).toEqual(['cut:1']);
  expect(staged.counts).toMatchObject({ objects: 1, vanished: 1, records: 2 });
});

test('When the time is up, the objects that are left are the next group', async () => {
  for (const name of ['a', 'b', 'c']) landing.put(name, addLine(1));
  const { staged, left } = requireStaged(await stageAll({ hasTime: () => false }));
  expect(namesOf(staged.objects)).toEqual(['a']);
  expect(namesOf(left)).toEqual(['b', 'c']);
});

describe('objects that the store does not give', () => {
  const failing = (isBad: (name: string) => boolean) =>
    changedLanding(landing, {
      read: async function* (object) {
        if (isBad(object.name)) throw new StoreError(`${object.name}: cannot be read`);
        yield* landing.read(object);
      },
    });

  test('They are named, and the others are staged', async () => {
    landing.put('bad', addLine(1));
    landing.put('good', addLine(2));
    const outcome = await stageAll({ landing: failing((name) => name === 'bad') });
    const { staged, unreadable } = requireStaged(outcome);
    expect(namesOf(unreadable)).toEqual(['bad']);
    expect(namesOf(staged.objects)).toEqual(['good']);
  });

  test('More than ten before the first that can be read are an outage', async () => {
    for (let n = 0; n < 20; n += 1) landing.put(`object-${n}`, addLine(n));
    await expect(stageAll({ landing: failing(() => true) })).rejects.toThrow(
      'object-10: cannot be read',
    );
  });
});

test('An object whose content breaks this program is named, and nothing is staged', async () => {
  landing.put('good', addLine(2));
  landing.put('bad', addLine(1).repeat(1000));
  const outcome = await stageAll({
    landing: changedLanding(landing, {
      read: async function* (object) {
        yield* landing.read(object);
        if (object.name === 'bad') throw new TypeError('a defect');
      },
    }),
  });
  expect(outcome).toMatchObject({ culprit: { name: 'bad' } });
  expect(staging.objects.size).toBe(0);
});

describe('objects that cannot be read as a whole', () => {
  const GOOD = addLine(1).repeat(3000);
  /** A gzip whose checksum fails at its very end, after rows of it have been read. */
  const cut = (content: string) => gzipSync(content).subarray(0, -4);

  test('Nothing of a broken object is staged but one rejection, and the others are staged whole', async () => {
    landing.put('a', addLine(1));
    landing.put('b.gz', cut(GOOD));
    landing.put('c', addLine(2));
    const { staged } = requireStaged(await stageAll());
    expect(rowsIn(staged.changes.object)).toEqual(['a:1', 'c:1']);
    expect(staged.rejections.rows).toBe(1);
    expect(namesOf(staged.objects)).toEqual(['a', 'c']);
    expect(staged.broken).toMatchObject([{ object: { name: 'b.gz' }, reason: 'gzip_broken' }]);
    expect(staged.counts).toMatchObject({
      objects: 2,
      brokenObjects: 1,
      records: 3,
      adds: 2,
      rejectedByReason: { gzip_broken: 1 },
    });
  });

  test('Many broken objects in one group are read three times at most', async () => {
    for (let index = 0; index < 20; index += 1) landing.put(`${index}.gz`, cut(GOOD));
    let reads = 0;
    const { staged } = requireStaged(
      await stageAll({
        landing: changedLanding(landing, {
          read: (object) => {
            reads += 1;
            return landing.read(object);
          },
        }),
      }),
    );
    expect(staged.broken).toHaveLength(20);
    expect(reads).toBeLessThanOrEqual(3 * 20);
  });

  test('An object that is not text at all is broken without a second reading of the others', async () => {
    landing.put('a', addLine(1));
    landing.put('b', 'PK\u0003\u0004zip');
    const { staged } = requireStaged(await stageAll());
    expect(staged.broken).toMatchObject([{ reason: 'is_zip' }]);
    expect(staged.changes.rows).toBe(1);
  });
});

describe('objects that there is no time for', () => {
  const LONG = addLine(1).repeat(200_000);

  test('An object that is read far beyond the time of a sweep is given up, and is not to blame', async () => {
    landing.put('a', LONG);
    expect(await stageAll({ isOverdue: () => true })).toMatchObject({
      slow: { name: 'a' },
      isTooLong: false,
    });
  });

  test('An object that keeps a sweep busy for too long is to blame', async () => {
    landing.put('a', LONG);
    let micros = 0;
    const now = () => (micros += 5e6);
    expect(await stageAll({ now })).toMatchObject({ slow: { name: 'a' }, isTooLong: true });
  });

  test('The time of a store that stalls is not held against the object', async () => {
    landing.put('a', addLine(1).repeat(3000));
    let micros = 0;
    const now = () => (micros += 3600e6);
    expect(requireStaged(await stageAll({ now })).staged.counts.objects).toBe(1);
  });
});
