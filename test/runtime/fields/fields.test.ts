import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { exactInteger } from '../../../runtime/fields/exact-json';
import { normalizeIdentity } from '../../../runtime/fields/identity';
import { parseMpId } from '../../../runtime/fields/mp-id';
import { formatTimestamp, parseTimestamp } from '../../../runtime/fields/timestamp';

describe('an mParticle ID', () => {
  test.each([
    ['-1327484737295091692', '-1327484737295091692'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['0', '0'],
    ['-0', '0'],
    ['000', '0'],
    ['-0042', '-42'],
  ])('%s is kept as %s', (text, mpId) => {
    expect(parseMpId(text)).toEqual({ mpId });
  });

  test.each([
    ['', 'mpid_missing'],
    [' 12', 'mpid_invalid'],
    ['12\n', 'mpid_invalid'],
    ['+1', 'mpid_invalid'],
    ['1.0', 'mpid_invalid'],
    ['1e3', 'mpid_invalid'],
    ['٣', 'mpid_invalid'],
    ['--1', 'mpid_invalid'],
    ['9223372036854775808', 'mpid_out_of_range'],
    ['-9223372036854775809', 'mpid_out_of_range'],
    ['18446744073709551615', 'mpid_out_of_range'],
  ])('%j is refused as %s', (text, fault) => {
    expect(parseMpId(text)).toEqual({ fault });
  });

  test('agrees with BigInt on every integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (id) => {
        const expected =
          BigInt.asIntN(64, id) === id ? { mpId: id.toString() } : { fault: 'mpid_out_of_range' };
        expect(parseMpId(id.toString())).toEqual(expected);
      }),
    );
  });
});

describe('a JSON integer beyond 2^53', () => {
  const exact = (text: string, path: [string] | [string, string] = ['mpId']) => {
    let value: unknown = JSON.parse(text);
    for (const key of path) value = (value as Record<string, unknown>)[key];
    return exactInteger(text, path, value as number);
  };

  test.each([
    ['{"mpId":-1327484737295091692}', '-1327484737295091692'],
    ['{"mpId" : 9080350317581165003 }', '9080350317581165003'],
    [
      '{"note":"\\"mpId\\": 1111111111111111111,","mpId":9080350317581165003}',
      '9080350317581165003',
    ],
    ['{"nested":{"mpId":1111111111111111111},"mpId":9080350317581165003}', '9080350317581165003'],
    ['{"mpId":1111111111111111111,"\\u006dpId":2222222222222222222}', '2222222222222222222'],
    ['{"mpId":1111111111111111111,"mpId":2222222222222222222}', '2222222222222222222'],
  ])('%s keeps its digits', (text, digits) => {
    expect(exact(text)).toBe(digits);
  });

  test('keeps its digits in a nested object', () => {
    expect(
      exact('{"IdentityValues":{"mpid":-1327484737295091692}}', ['IdentityValues', 'mpid']),
    ).toBe('-1327484737295091692');
  });

  test.each(['{"mpId":1e20}', '{"mpId":9007199254740993.0}', '{"mpId":90071992547409931e1}'])(
    '%s has no exact digits',
    (text) => {
      expect(exact(text)).toBeUndefined();
    },
  );
});

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
    expect(parseTimestamp(value)).toEqual({ micros: expected });
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
    expect(parseTimestamp(value)).toEqual(fault === 'never' ? { micros: 1e6 } : { fault });
  });

  test('comes back the same from its text form, to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_999_999_999_999_999 }), (value) => {
        const text = formatTimestamp(value);
        expect(text).toHaveLength(27);
        expect(parseTimestamp(text)).toEqual({ micros: value });
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
          const expected = { micros: date.getTime() * 1000 };
          expect(parseTimestamp(date.toISOString())).toEqual(expected);
          expect(parseTimestamp(date.getTime())).toEqual(expected);
          expect(parseTimestamp(String(date.getTime() * 1000))).toEqual(expected);
        },
      ),
    );
  });
});

describe('an additional identity', () => {
  const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

  test.each([
    ['jo@example.com', sha256('jo@example.com')],
    ['  Jo@Example.COM ', sha256('jo@example.com')],
    ['J.o@example.com', sha256('j.o@example.com')],
    ['zoe\u0308@example.com', sha256('zo\u00eb@example.com')],
    [sha256('jo@example.com').toUpperCase(), sha256('jo@example.com')],
  ])('e-mail %j is stored as a hash', (value, hash) => {
    expect(normalizeIdentity('email', value)).toEqual({ type: 'email_sha256', value: hash });
  });

  test.each<unknown>([
    'n/a',
    '@',
    'jo@',
    '@example.com',
    '   ',
    {},
    true,
    '\ud800@example.com',
    'jo\0@example.com',
    'x'.repeat(2000),
  ])('e-mail %j is unusable', (value) => {
    expect(normalizeIdentity('email', value)).toBeUndefined();
  });

  test('another type is kept as it is, trimmed', () => {
    expect(normalizeIdentity('customer_id', ' C-1 ')).toEqual({
      type: 'customer_id',
      value: 'C-1',
    });
    expect(normalizeIdentity('customer_id', 17)).toEqual({ type: 'customer_id', value: '17' });
  });
});
