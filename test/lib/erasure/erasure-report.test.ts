import { DEFAULT_ERASURE_SETTINGS } from '../../../lib/props/resolved-props';
import { erasureBudget } from '../../../lib/erasure/erasure-budget';
import { erasureOutput } from '../../../lib/erasure/erasure-report';

test('The output has one line per place, and names what no setting changes', () => {
  const output = erasureOutput(erasureBudget(DEFAULT_ERASURE_SETTINGS));
  expect(output['tombstone']).toBe(
    '164 h = 2 until ingested + 66 tombstoneRetentionHours + 24 until the next purge + 24 a missed purge + 48 time travel',
  );
  expect(output['fail-safe']).toMatch(/^168 h more/);
  expect(Object.values(output).join('')).not.toContain('\n');
});
