import { DEFAULT_ERASURE_SETTINGS } from '../../../docs/tools/default-erasure-settings';
import type { ErasurePlace, ErasureSettings } from '../../../lib/erasure/erasure-budget';
import { erasureFaults } from '../../../lib/erasure/erasure-faults';

test('The default settings have no fault', () => {
  expect(erasureFaults(DEFAULT_ERASURE_SETTINGS)).toEqual([]);
});

test.each<[keyof ErasureSettings, ErasurePlace, number]>([
  ['landingRetentionDays', 'landing-object', 5],
  ['stagedRetentionDays', 'staged-object', 5],
  ['parkedRetentionDays', 'parked-object', 5],
  ['logRetentionHours', 'log', 69],
  ['rejectionRetentionHours', 'rejected-line', 69],
  ['tombstoneRetentionHours', 'tombstone', 71],
  ['softDeleteHours', 'landing-object', 70],
])('%s is refused for the %s beyond %i', (name, place, most) => {
  const settings = (value: number) => ({ ...DEFAULT_ERASURE_SETTINGS, [name]: value });
  expect(erasureFaults(settings(most))).toEqual([]);
  expect(erasureFaults(settings(most + 1)).map(({ prop }) => prop)).toContain(
    `erasure of ${place}`,
  );
});

test('A fault holds the sum, the limit and the steps', () => {
  const [fault, ...others] = erasureFaults({ ...DEFAULT_ERASURE_SETTINGS, logRetentionHours: 72 });
  expect(others).toEqual([]);
  expect(fault).toMatchObject({
    code: 'kept_too_long',
    prop: 'erasure of log',
    got: 171,
    allowed: 'at most 168 h after a delete was delivered',
  });
  expect(fault?.lines.map(({ name, hours }) => [name, hours])).toEqual([
    ['until ingested', 2],
    ['logRetentionHours', 72],
    ['rest of the partition', 1],
    ['until the next purge', 24],
    ['a missed purge', 24],
    ['time travel', 48],
  ]);
});
