import {
  acceptedOf,
  addCounts,
  COUNT_NAMES,
  countsOf,
  rejectedOf,
  zeroCounts,
} from '../../../runtime/ingest/counts';

test('Counts add up name by name and reason by reason', () => {
  const total = zeroCounts();
  addCounts(total, { adds: 2, rejectedByReason: { not_json: 1 } });
  addCounts(total, { adds: 1, deletes: 4, rejectedByReason: { not_json: 1, not_utf8: 3 } });
  expect(total).toEqual({
    ...zeroCounts(),
    adds: 3,
    deletes: 4,
    rejectedByReason: { not_json: 2, not_utf8: 3 },
  });
  expect(acceptedOf(total)).toBe(7);
  expect(rejectedOf(total)).toBe(5);
});

test('Every count is in the zeros, and is added', () => {
  const total = zeroCounts();
  expect(Object.keys(total).sort()).toEqual([...COUNT_NAMES, 'rejectedByReason'].sort());
  const each = { ...countsOf((name) => COUNT_NAMES.indexOf(name) + 1), rejectedByReason: {} };
  addCounts(total, each);
  expect(total).toEqual(each);
});
