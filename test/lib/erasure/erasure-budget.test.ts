import fc from 'fast-check';

import {
  ERASURE_LIMIT_HOURS,
  erasureBudget,
  type ErasurePlace,
  type ErasureSettings,
} from '../../../lib/erasure/erasure-budget';
import { DEFAULT_ERASURE_SETTINGS } from '../../../lib/props/resolved-props';

const SETTINGS = Object.keys(DEFAULT_ERASURE_SETTINGS) as (keyof ErasureSettings)[];

const anySettings = fc.record(
  Object.fromEntries(SETTINGS.map((name) => [name, fc.nat(500)])) as Record<
    keyof ErasureSettings,
    fc.Arbitrary<number>
  >,
);

function hoursIn(place: ErasurePlace, settings: Partial<ErasureSettings> = {}): number {
  const { places } = erasureBudget({ ...DEFAULT_ERASURE_SETTINGS, ...settings });
  return places.find((each) => each.place === place)?.hours ?? NaN;
}

test('The default settings keep the promise, with a missed purge', () => {
  const budget = erasureBudget(DEFAULT_ERASURE_SETTINGS);
  expect(budget.withinLimit).toBe(true);
  expect(
    Object.fromEntries(
      budget.places.map(({ place, presentHours, hours }) => [place, [presentHours, hours]]),
    ),
  ).toEqual({
    'landing-object': [98, 98],
    'staged-object': [74, 74],
    'parked-object': [98, 98],
    log: [117, 165],
    'rejected-line': [117, 165],
    tombstone: [116, 164],
    'member-row': [27, 75],
    identities: [27, 75],
    'temporary-tables': [56, 56],
  });
});

test('Every sum is the sum of its lines', () => {
  fc.assert(
    fc.property(anySettings, (settings) => {
      const { places, longest, withinLimit } = erasureBudget(settings);
      for (const { lines, hours, presentHours } of places) {
        expect(lines.reduce((sum, line) => sum + line.hours, 0)).toBe(hours);
        expect(presentHours).toBeLessThanOrEqual(hours);
      }
      expect(longest.hours).toBe(Math.max(...places.map(({ hours }) => hours)));
      expect(withinLimit).toBe(longest.hours <= ERASURE_LIMIT_HOURS);
    }),
  );
});

test('No setting shortens any place when it grows', () => {
  fc.assert(
    fc.property(
      anySettings,
      fc.constantFrom(...SETTINGS),
      fc.integer({ min: 1, max: 500 }),
      (settings, name, more) => {
        const before = erasureBudget(settings).places;
        const after = erasureBudget({ ...settings, [name]: settings[name] + more }).places;
        for (const [index, { hours }] of before.entries()) {
          expect(after[index]?.hours).toBeGreaterThanOrEqual(hours);
        }
      },
    ),
  );
});

/** By how many hours a place stays longer when the setting grows by 24 hours. */
test.each<[keyof ErasureSettings, number, Partial<Record<ErasurePlace, number>>]>([
  ['landingRetentionDays', 1, { 'landing-object': 24 }],
  ['stagedRetentionDays', 1, { 'staged-object': 24 }],
  ['parkedRetentionDays', 1, { 'parked-object': 24 }],
  ['logRetentionHours', 24, { log: 24 }],
  ['rejectionRetentionHours', 24, { 'rejected-line': 24 }],
  ['tombstoneRetentionHours', 24, { tombstone: 24 }],
  ['softDeleteHours', 24, { 'landing-object': 24, 'staged-object': 24, 'parked-object': 24 }],
  ['purgeIntervalHours', 24, { log: 48, 'rejected-line': 48, tombstone: 48 }],
  [
    'timeTravelHours',
    24,
    { log: 24, 'rejected-line': 24, tombstone: 24, 'member-row': 24, identities: 24 },
  ],
])('%s counts in its places and in no other', (name, more, expected) => {
  const grown = { [name]: DEFAULT_ERASURE_SETTINGS[name] + more };
  const changes = erasureBudget(DEFAULT_ERASURE_SETTINGS)
    .places.map(({ place, hours }) => [place, hoursIn(place, grown) - hours] as const)
    .filter(([, change]) => change !== 0);
  expect(Object.fromEntries(changes)).toEqual(expected);
});

test('The wait for a sweep counts in every place', () => {
  for (const { place, hours } of erasureBudget(DEFAULT_ERASURE_SETTINGS).places) {
    const change = hoursIn(place, { oldestWaitingMinutes: 120 }) - hours;
    expect([place, change]).toEqual([place, 1]);
  }
});

test('A slow MERGE keeps the row of the member for two intervals', () => {
  expect(hoursIn('member-row', { mergeIntervalMinutes: 24 * 60 })).toBe(2 + 24 + 24 + 48);
  expect(hoursIn('temporary-tables', { mergeIntervalMinutes: 24 * 60 })).toBe(2 + 49 + 24);
});

test('168 hours are within the limit, and 169 are not', () => {
  const withLog = (logRetentionHours: number) =>
    erasureBudget({ ...DEFAULT_ERASURE_SETTINGS, logRetentionHours });
  expect(withLog(69).longest).toMatchObject({ place: 'log', hours: 168 });
  expect(withLog(69).withinLimit).toBe(true);
  expect(withLog(70).longest).toMatchObject({ place: 'log', hours: 169 });
  expect(withLog(70).withinLimit).toBe(false);
});

test('A line names every setting that changes it, and no other', () => {
  const linesOf = (settings: Partial<ErasureSettings>) =>
    erasureBudget({ ...DEFAULT_ERASURE_SETTINGS, ...settings }).places.flatMap(
      ({ lines }) => lines,
    );
  const before = linesOf({});
  for (const setting of SETTINGS) {
    // Beyond every floor: a missed purge takes 24 h at least.
    const after = linesOf({ [setting]: DEFAULT_ERASURE_SETTINGS[setting] + 100 * 60 });
    for (const [index, line] of before.entries()) {
      const isChanged = after[index]?.hours !== line.hours;
      expect([setting, line.name, line.settings.includes(setting)]).toEqual([
        setting,
        line.name,
        isChanged,
      ]);
    }
  }
});

test.each([NaN, Infinity, -1, 1.5, -1.8881545897087503e289])(
  '%d is refused as a setting',
  (value) => {
    expect(() => erasureBudget({ ...DEFAULT_ERASURE_SETTINGS, logRetentionHours: value })).toThrow(
      'logRetentionHours: got',
    );
  },
);
