import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULT_THRESHOLDS, resolveThresholds } from '../../../lib/props/alert-thresholds';

const INTERVALS = { mergeIntervalMinutes: 20, sweepIntervalMinutes: 5 };

test('The documented default of each threshold is the real one', () => {
  const source = readFileSync(join(__dirname, '../../../lib/props/alert-thresholds.ts'), 'utf8');
  const documented = [...source.matchAll(/@default (.*)\n\s*\*\/\n\s*readonly (\w+):/g)].map(
    ([, value = '', name = '']): [string, string] => [name, value],
  );
  const resolved: Partial<Record<string, number>> = { ...resolveThresholds({}, INTERVALS) };
  expect(documented.map(([name]) => name).sort()).toEqual(Object.keys(resolved).sort());
  for (const [name, value] of documented) {
    const derived = !(name in DEFAULT_THRESHOLDS);
    expect([name, value.startsWith('- ')]).toEqual([name, derived]);
    if (!derived) expect([name, value]).toEqual([name, String(resolved[name])]);
  }
});

test.each([
  [1, 35, 3],
  [5, 40, 3],
  [10, 50, 2],
  [15, 55, 1],
  [20, 55, 1],
  [30, 55, 0],
])(
  'With a sweep every %i minutes, sweeps have stopped after %i minutes, and %i failed calls an hour are no alarm',
  (sweepIntervalMinutes, sweepsStoppedMinutes, failedCallsPerHour) => {
    const intervals = { ...INTERVALS, sweepIntervalMinutes };
    expect(resolveThresholds({}, intervals)).toMatchObject({
      sweepsStoppedMinutes,
      failedCallsPerHour,
    });
  },
);

test('A threshold that is given replaces its default, and no other', () => {
  const defaults = resolveThresholds({}, INTERVALS);
  expect(resolveThresholds({ mergeLateMinutes: 200 }, INTERVALS)).toEqual({
    ...defaults,
    mergeLateMinutes: 200,
  });
});
