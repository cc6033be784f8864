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

test('A threshold that is given replaces its default, and no other', () => {
  const defaults = resolveThresholds({}, INTERVALS);
  expect(resolveThresholds({ mergeLateMinutes: 200 }, INTERVALS)).toEqual({
    ...defaults,
    mergeLateMinutes: 200,
  });
});
