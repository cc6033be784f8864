import fc from 'fast-check';

import { formatTimestamp, parseTimestamp } from '../../../runtime/fields/timestamp';

describe('a time of change', () => {
  const micros = Date.UTC(2020, 6, 8, 0, 16, 14, 230) * 1000;
  test.each<[unknown, unknown]>([
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
    ['  1594167374230 ', micros],
    [1594167374.23, micros],
    ['1594167374.230000999', micros],
    ['1594167374230.5', micros + 500],
    ['1594167374230001.9', micros + 1],
    ['1594167374230001999', micros + 1],
    ['2020-07-08 00:16:14.23+00', micros],
    ['2020-07-08 00:16:14.23 +00', micros],
    ['2020-07-08T00:16:14.230+0000', micros],
    ['2020-07-08t00:16:14.230z', micros],
    ['2020-07-08 00:16:14,230Z', micros],
    ['2020-07-08T02:16:14.23+02', micros],
    ['2020-07-08T00:16:14.230001999999Z', micros + 1],
    ['2000-01-01T00:00:00Z', 946684800000000],
    ['1999-12-31T23:00:00-01:00', 946684800000000],
    ['9007199254740993', { reason: 'timestamp_out_of_range' }],
  ])('%j is read exactly', (value, expected) => {
    expect(parseTimestamp(value)).toEqual(expected);
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
    ['2025-01-01T00:00:00', 'timestamp_without_zone'],
    ['2025-01-01 00:00', 'timestamp_without_zone'],
    ['  ', 'timestamp_missing'],
    ['2025-01-01T00:00:00 Europe/Paris', 'timestamp_invalid'],
    ['2025-01-01', 'timestamp_date_only'],
    ['2025-01-01T00:00:00+24:00', 'timestamp_invalid'],
    ['1', 'timestamp_before_2000'],
    [0, 'timestamp_before_2000'],
    ['0', 'timestamp_before_2000'],
    ['1999-12-31T23:59:59.999999Z', 'timestamp_before_2000'],
    ['0001-01-01T00:00:00Z', 'timestamp_before_2000'],
    [946684799, 'timestamp_before_2000'],
    ['1.7636E+12', 'timestamp_invalid'],
    ['1594167374.', 'timestamp_invalid'],
    ['123456789012345678901', 'timestamp_out_of_range'],
    ['yesterday', 'timestamp_invalid'],
    [true, 'timestamp_invalid'],
    [-1, 'timestamp_before_2000'],
    [0.5, 'timestamp_before_2000'],
    [9e15, 'timestamp_out_of_range'],
    [Infinity, 'timestamp_out_of_range'],
    ['1969-12-31T23:59:59Z', 'timestamp_before_2000'],
    ['9999-12-31T23:59:59Z', 'timestamp_out_of_range'],
  ])('%j is refused as %s', (value, fault) => {
    expect(parseTimestamp(value)).toEqual({ reason: fault });
  });

  test('comes back the same from its text form, to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 946_684_800_000_000, max: 8_999_999_999_999_999 }), (value) => {
        const text = formatTimestamp(value);
        expect(text).toHaveLength(27);
        expect(parseTimestamp(text)).toBe(value);
        expect(text.slice(0, 23)).toBe(
          new Date(Math.floor(value / 1000)).toISOString().slice(0, 23),
        );
      }),
    );
  });

  test('Every unit of epoch time, with any fraction, is read without an error of floating point', () => {
    const time = fc.bigInt({ min: 946_684_800_000_000n, max: 8_999_999_999_999_999n });
    const finer = fc.stringMatching(/^\d{0,6}$/);
    fc.assert(
      fc.property(time, finer, (exact, digits) => {
        for (const places of [6, 3, 0]) {
          const whole = exact.toString().slice(0, -places || undefined);
          const fraction = exact.toString().slice(whole.length) + digits;
          const unit = 16 - places;
          fc.pre(whole.length > unit - 6 && (places > 0 || whole.length > 14));
          fc.pre(places !== 3 || whole.length > 11);
          expect(parseTimestamp(fraction === '' ? whole : `${whole}.${fraction}`)).toBe(
            Number(exact),
          );
        }
        expect(parseTimestamp(`${exact}${digits.padEnd(3, '0').slice(0, 3)}`)).toBe(Number(exact));
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
