import fc from 'fast-check';

import {
  ERASURE_LIMIT_HOURS,
  erasureBudget,
  type ErasurePlace,
  type ErasureSettings,
} from '../../../lib/erasure/erasure-budget';
import { erasureFaults, erasureOutput } from '../../../lib/erasure/erasure-report';
import { DEFAULT_ERASURE_SETTINGS } from '../../../docs/tools/default-erasure-settings';

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

test('the default settings keep the promise, with a missed purge', () => {
  const budget = erasureBudget(DEFAULT_ERASURE_SETTINGS);
  expect(budget.withinLimit).toBe(true);
  expect(erasureFaults(DEFAULT_ERASURE_SETTINGS)).toEqual([]);
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
    tombstone: [115, 163],
    'member-row': [27, 75],
    identities: [27, 75],
    'temporary-tables': [56, 56],
  });
});

test('every sum is the sum of its lines', () => {
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

test('no setting shortens any place when it grows', () => {
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

test('waiting for a sweep counts everywhere but for the tombstone, whose clock is the sender’s', () => {
  for (const { place, hours } of erasureBudget(DEFAULT_ERASURE_SETTINGS).places) {
    const change = hoursIn(place, { oldestWaitingMinutes: 120 }) - hours;
    expect([place, change]).toEqual([place, place === 'tombstone' ? 0 : 1]);
  }
});

test('a slow MERGE keeps the row of the member, and is made up for one that is missed', () => {
  expect(hoursIn('member-row', { mergeIntervalMinutes: 24 * 60 })).toBe(2 + 24 + 24 + 48);
  expect(hoursIn('temporary-tables', { mergeIntervalMinutes: 24 * 60 })).toBe(2 + 49 + 24);
});

test.each<[keyof ErasureSettings, ErasurePlace, number]>([
  ['landingRetentionDays', 'landing-object', 5],
  ['stagedRetentionDays', 'staged-object', 5],
  ['parkedRetentionDays', 'parked-object', 5],
  ['logRetentionHours', 'log', 69],
  ['rejectionRetentionHours', 'rejected-line', 69],
  ['tombstoneRetentionHours', 'tombstone', 71],
  ['softDeleteHours', 'landing-object', 70],
])('%s: %s is refused beyond %i', (name, place, most) => {
  const settings = (value: number) => ({ ...DEFAULT_ERASURE_SETTINGS, [name]: value });
  expect(erasureFaults(settings(most))).toEqual([]);
  expect(erasureFaults(settings(most + 1)).join()).toContain(`erasure of ${place}: got `);
});

test('168 hours are allowed, and 169 are not', () => {
  expect(hoursIn('log', { logRetentionHours: 69 })).toBe(168);
  expect(erasureFaults({ ...DEFAULT_ERASURE_SETTINGS, logRetentionHours: 70 })).toEqual([
    [
      'erasure of log: got 169 h; allowed: at most 168 h after a delete was delivered',
      '          2 h  until ingested',
      '         70 h  logRetentionHours',
      '          1 h  rest of the partition',
      '         24 h  until the next purge',
      '         24 h  a missed purge',
      '         48 h  time travel',
      '        169 h  in all',
    ].join('\n'),
  ]);
});

test.each([NaN, Infinity, -1, 1.5, -1.8881545897087503e289])('%d is no setting', (value) => {
  expect(() => erasureBudget({ ...DEFAULT_ERASURE_SETTINGS, logRetentionHours: value })).toThrow(
    'logRetentionHours: got',
  );
});

test('the output has one line per place, and names what no setting changes', () => {
  const output = erasureOutput(erasureBudget(DEFAULT_ERASURE_SETTINGS));
  expect(output['tombstone']).toBe(
    '163 h = 1 dated ahead + 66 tombstoneRetentionHours + 24 until the next purge + 24 a missed purge + 48 time travel',
  );
  expect(output['fail-safe']).toMatch(/^168 h more/);
  expect(Object.values(output).join('')).not.toContain('\n');
});
