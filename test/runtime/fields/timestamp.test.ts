import fc from 'fast-check';

import { formatTimestamp, parseTimestamp } from '../../../runtime/fields/timestamp';

describe('a time of change', () => {
  const micros = Date.UTC(2020, 6, 8, 0, 16, 14, 230) * 1000;
  test.each<[unknown, number]>([
    [1594167374, Date.UTC(2020, 6, 8, 0, 16, 14) * 1000],
    [1594167374230, micros],
    [1594167374230001, micros + 1],
    ['1594167374230', micros],
    ['2020-07-08T00:16:14.230Z', micros],
    ['2020-07-08 00:16:14.230 UTC', micros],
    ['2020-07-08T02:16:14.23+02:00', micros],
    ['2020-07-07T18:46:14.230-0530', micros],
    ['2020-07-08T00:16:14.230000999Z', micros],
    ['2020-07-08T00:16Z', Date.UTC(2020, 6, 8, 0, 16) * 1000],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) * 1000],
    [0, 0],
  ])('%j is read exactly', (value, expected) => {
    expect(parseTimestamp(value)).toBe(expected);
  });

  test.each<[unknown, string]>([
    [undefined, 'timestamp_missing'],
    [null, 'timestamp_missing'],
    ['', 'timestamp_missing'],
    ['2025-02-30T00:00:00Z', 'timestamp_invalid'],
    ['2025-02-29T00:00:00Z', 'timestamp_invalid'],
    ['2025-01-01T24:00:00Z', 'timestamp_invalid'],
    ['2025-01-01T23:59:60Z', 'timestamp_invalid'],
    ['2025-13-01T00:00:00Z', 'timestamp_invalid'],
    ['2025-01-01T00:00:00', 'timestamp_invalid'],
    ['2025-01-01', 'timestamp_invalid'],
    ['2025-01-01T00:00:00+24:00', 'timestamp_invalid'],
    ['1', 'never'],
    ['yesterday', 'timestamp_invalid'],
    [1594167374.5, 'timestamp_invalid'],
    [true, 'timestamp_invalid'],
    [-1, 'timestamp_out_of_range'],
    [9e15, 'timestamp_out_of_range'],
    [Infinity, 'timestamp_out_of_range'],
    ['1969-12-31T23:59:59Z', 'timestamp_out_of_range'],
    ['9999-12-31T23:59:59Z', 'timestamp_out_of_range'],
  ])('%j is refused as %s', (value, fault) => {
    // A bare digit string is epoch seconds, not the year that Date.parse would make of it.
    expect(parseTimestamp(value)).toEqual(fault === 'never' ? 1e6 : { reason: fault });
  });

  test('comes back the same from its text form, to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_999_999_999_999_999 }), (value) => {
        const text = formatTimestamp(value);
        expect(text).toHaveLength(27);
        expect(parseTimestamp(text)).toBe(value);
        expect(text.slice(0, 23)).toBe(
          new Date(Math.floor(value / 1000)).toISOString().slice(0, 23),
        );
      }),
    );
  });

  test('agrees with Date on every form of a real date', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(1e12), max: new Date(4e12), noInvalidDate: true }),
        (date) => {
          const expected = date.getTime() * 1000;
          expect(parseTimestamp(date.toISOString())).toBe(expected);
          expect(parseTimestamp(date.getTime())).toBe(expected);
          expect(parseTimestamp(String(date.getTime() * 1000))).toBe(expected);
        },
      ),
    );
  });
});
