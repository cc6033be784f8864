import fc from 'fast-check';

import { DEFAULT_ERASURE_SETTINGS } from '../../../lib/props/resolved-props';
import type { ErasurePlace, ErasureSettings } from '../../../lib/erasure/erasure-budget';
import {
  erasureFaults,
  largestWithinLimit,
  type SettingInSum,
} from '../../../lib/erasure/erasure-faults';
import { SMALLEST_SETTINGS } from '../../../lib/props/erasure-props';

const faultsOf = (settings: Partial<ErasureSettings>) =>
  erasureFaults({ ...DEFAULT_ERASURE_SETTINGS, ...settings }, SMALLEST_SETTINGS);

test('The default settings have no fault', () => {
  expect(faultsOf({})).toEqual([]);
});

test.each<[keyof ErasureSettings, ErasurePlace, number]>([
  ['landingRetentionDays', 'landing-object', 5],
  ['stagedRetentionDays', 'staged-object', 5],
  ['parkedRetentionDays', 'parked-object', 5],
  ['logRetentionHours', 'log', 69],
  ['rejectionRetentionHours', 'rejected-line', 69],
  ['tombstoneRetentionHours', 'tombstone', 70],
  ['softDeleteHours', 'landing-object', 70],
])('%s is refused for the %s beyond %i', (name, place, most) => {
  expect(faultsOf({ [name]: most })).toEqual([]);
  expect(faultsOf({ [name]: most + 1 }).map(({ prop }) => prop)).toContain(`erasure of ${place}`);
});

test('A fault holds the sum, the limit and the steps', () => {
  const [fault, ...others] = faultsOf({ logRetentionHours: 72 });
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

test('A fault names every setting that takes part, with its value and the largest that would do', () => {
  const [log, rejected, tombstone, ...others] = faultsOf({ oldestWaitingMinutes: 1440 });
  expect(others).toEqual([]);
  expect(log?.settings).toEqual([
    { name: 'oldestWaitingMinutes', got: 1440, atMost: 295 },
    { name: 'sweepIntervalMinutes', got: 5 },
    { name: 'logRetentionHours', got: 66, atMost: 46 },
  ]);
  expect(rejected?.settings.map(({ name }) => name)).toContain('rejectionRetentionHours');
  expect(tombstone?.settings.map(({ name }) => name)).toContain('tombstoneRetentionHours');
});

test('What a fault proposes for one setting is enough, and one more is not', () => {
  fc.assert(
    fc.property(
      fc.record({
        oldestWaitingMinutes: fc.integer({ min: 10, max: 1440 }),
        logRetentionHours: fc.integer({ min: 36, max: 100 }),
        tombstoneRetentionHours: fc.integer({ min: 24, max: 100 }),
        landingRetentionDays: fc.integer({ min: 1, max: 8 }),
        mergeIntervalMinutes: fc.constantFrom(5, 60, 1440),
      }),
      (settings) => {
        for (const fault of faultsOf(settings)) {
          const isMended = ({ name }: SettingInSum, value: number) =>
            faultsOf({ ...settings, [name]: value }).every(({ prop }) => prop !== fault.prop);
          for (const setting of fault.settings) {
            const { name, got, atMost } = setting;
            const least = SMALLEST_SETTINGS[name] ?? 0;
            if (atMost === undefined) {
              expect([name, isMended(setting, least)]).toEqual([name, false]);
              continue;
            }
            expect(atMost).toBeLessThan(got);
            expect(atMost).toBeGreaterThanOrEqual(least);
            expect([name, isMended(setting, atMost)]).toEqual([name, true]);
            expect([name, isMended(setting, atMost + 1)]).toEqual([name, false]);
          }
        }
      },
    ),
  );
});

test('There is no largest value if the other settings alone are beyond the limit', () => {
  const settings = { ...DEFAULT_ERASURE_SETTINGS, timeTravelHours: 168 };
  expect(largestWithinLimit(settings, 'logRetentionHours')).toBeUndefined();
  expect(largestWithinLimit(settings, 'landingRetentionDays', ['landing-object'])).toBe(5);
});
