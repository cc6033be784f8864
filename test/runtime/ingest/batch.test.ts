import {
  clearSuspicion,
  countLostSweep,
  halveRefused,
  newBatch,
  parkCulprit,
  putFirst,
  stageAgain,
  withNextAttempt,
  withoutStaged,
  withStaged,
  type Batch,
  type Group,
  type StagedGroup,
} from '../../../runtime/ingest/batch';
import { zeroCounts } from '../../../runtime/ingest/counts';
import type { LandingObject } from '../../../runtime/ingest/stores';

const object = (name: string): LandingObject => ({
  name,
  generation: '1',
  createdAt: 0,
  size: 1,
});
const objects = (names: string) => names.split(' ').map(object);

/** Groups as text: the names of their objects, the lost sweeps, and what else is to be known. */
function shown(groups: readonly Group[]): string {
  return groups
    .map(({ objects: members, lostSweeps, park, changesLoaded }) => {
      const names = members.map(({ name }) => name).join('');
      const suspected = lostSweeps > 0 ? ` lost ${lostSweeps}` : '';
      const parked = park === undefined ? '' : ` ${park}`;
      return `${names}${suspected}${parked}${changesLoaded ? ' changes loaded' : ''}`;
    })
    .join(' | ');
}

const group = (names: string, lostSweeps = 0): Group => ({ objects: objects(names), lostSweeps });
const open = (...waiting: Group[]): Batch => ({ id: 'id', stagedGroups: 3, waiting });
const stagedGroup = (names: string): StagedGroup => ({
  objects: objects(names),
  broken: [],
  changes: { object: 'changes', rows: 5, attempt: 0 },
  rejections: { object: 'rejections', rows: 2, attempt: 1 },
  counts: zeroCounts(),
});
const staged = (names: string, ...waiting: Group[]): Batch => ({
  ...open(...waiting),
  staged: stagedGroup(names),
});

test('A new batch is one group, whose staging has begun', () => {
  expect(newBatch('id', objects('a b'))).toEqual({
    id: 'id',
    stagedGroups: 0,
    waiting: [{ objects: objects('a b'), lostSweeps: 1 }],
  });
});

test.each([
  ['A group may cost three sweeps', open(group('a b c', 2), group('d')), 'abc lost 3 | d'],
  ['Then it is halved', open(group('a b c', 3), group('d')), 'ab lost 3 | c lost 2 | d'],
  ['A half is halved after one more lost sweep', open(group('a b', 3)), 'a lost 2 | b lost 2'],
  ['A single object has one more chance', open(group('a', 2), group('b')), 'a lost 3 | b'],
  ['Then it is parked', open(group('a', 3), group('b')), 'a ends_the_sweep | b'],
  ['A batch without groups has lost nothing', open(), ''],
])('%s', (_, batch, expected) => {
  expect(shown(countLostSweep(batch).waiting)).toBe(expected);
});

test('A lost sweep that had staged a group is not counted against the next group', () => {
  const batch = staged('a', group('b', 1));
  expect(countLostSweep(batch)).toBe(batch);
});

test.each([
  [
    'A sweep that failed is not counted as lost',
    open(group('a', 2), group('b', 1)),
    'a lost 1 | b lost 1',
  ],
  ['A group that nothing is held against stays so', open(group('a')), 'a'],
  ['A batch without groups stays as it is', open(), ''],
])('%s', (_, batch, expected) => {
  expect(shown(clearSuspicion(batch).waiting)).toBe(expected);
});

test('A staged group leaves the queue, and another number tells its load jobs apart', () => {
  const next = withStaged(open(group('a b', 1), group('c')), stagedGroup('a b'));
  expect(next).toEqual({
    id: 'id',
    stagedGroups: 4,
    waiting: [group('c')],
    staged: stagedGroup('a b'),
  });
});

test('Objects that there was no time for are the next group, under no suspicion', () => {
  const next = withStaged(open(group('a b c', 1), group('d')), stagedGroup('a'), objects('b c'));
  expect(shown(next.waiting)).toBe('bc | d');
});

test('A group whose changes are loaded is staged for its rejections only', () => {
  const again: Group = { ...group('a'), changesLoaded: true };
  expect(withStaged(open(again), stagedGroup('a')).staged).toMatchObject({
    changes: { rows: 0, attempt: 0 },
    rejections: { object: 'rejections', rows: 2 },
  });
  expect(withStaged(open(again), stagedGroup('a')).staged?.changes.object).toBeUndefined();
});

test('An object that breaks the program is parked before the others are staged', () => {
  const batch = open(group('a b c', 2), group('d'));
  const [, culprit] = batch.waiting[0]?.objects ?? [];
  expect(shown(parkCulprit(batch, culprit ?? object(''), 'unreadable_content').waiting)).toBe(
    'b unreadable_content | ac | d',
  );
  const [alone] = open(group('a')).waiting[0]?.objects ?? [];
  const single = { ...open({ objects: [alone ?? object('')], lostSweeps: 1 }) };
  expect(shown(parkCulprit(single, alone ?? object(''), 'unreadable_content').waiting)).toBe(
    'a unreadable_content',
  );
});

test('The next attempt at a load is counted for its own table', () => {
  const next = withNextAttempt(staged('a', group('b')), 'rejections');
  expect(next.staged).toMatchObject({ changes: { attempt: 0 }, rejections: { attempt: 2 } });
  expect(shown(next.waiting)).toBe('b');
  expect(withNextAttempt(open(group('a')), 'changes')).toEqual(open(group('a')));
});

test.each([
  ['A refused group is staged again in halves', staged('a b c', group('d')), 'ab | c | d'],
  ['A refused object that stands alone is parked', staged('a', group('d')), 'a load_refused | d'],
])('%s', (_, batch, expected) => {
  const next = halveRefused(batch);
  expect(shown(next.waiting)).toBe(expected);
  expect(next.staged).toBeUndefined();
});

test('A group whose staged rows are gone is staged again, and keeps what is known of it', () => {
  expect(shown(stageAgain(staged('a b', group('c')), false).waiting)).toBe('ab | c');
  expect(shown(stageAgain(staged('a b', group('c')), true).waiting)).toBe('ab changes loaded | c');
  const parked: Batch = { ...open(), staged: { ...stagedGroup('a'), park: 'load_refused' } };
  expect(shown(stageAgain(parked, false).waiting)).toBe('a load_refused');
});

test('A marked group is gone, and the number of staged groups stays', () => {
  expect(withoutStaged(staged('a', group('b')))).toEqual(open(group('b')));
});

test('An object that was too slow comes first and alone', () => {
  const batch = open(group('a b c'), group('d'));
  const slow = batch.waiting[0]?.objects[1] ?? object('');
  expect(shown(putFirst(batch, slow).waiting)).toBe('b | ac | d');
});

test('A group with broken objects is halved, and staged again, with all of its objects', () => {
  const batch: Batch = {
    ...open(),
    staged: { ...stagedGroup('a'), broken: [{ object: object('b'), reason: 'is_zip' }] },
  };
  expect(shown(halveRefused(batch).waiting)).toBe('a | b');
  expect(shown(stageAgain(batch, false).waiting)).toBe('ab');
});
