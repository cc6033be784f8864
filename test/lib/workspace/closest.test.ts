import fc from 'fast-check';

import { closestName } from '../../../lib/workspace/closest';

test.each([
  ['mergeShedule', 'mergeSchedule'],
  ['MERGESCHEDULE', 'mergeSchedule'],
  ['regoin', 'region'],
])('%s is taken for %s', (given, meant) => {
  expect(closestName(given, ['mergeSchedule', 'region'])).toBe(meant);
});

test.each(['', 'x', 'something else', 'x'.repeat(100_000)])('%j is close to nothing', (given) => {
  expect(closestName(given, ['mergeSchedule', 'region'])).toBeUndefined();
});

test('Whatever is given, the answer is one of the names or none', () => {
  const names = ['EU', 'US', 'europe-west1'];
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      expect([...names, undefined]).toContain(closestName(given, names));
    }),
  );
});
