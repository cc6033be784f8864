import fc from 'fast-check';

import { parseMpId } from '../../../runtime/fields/mp-id';

describe('an mParticle ID', () => {
  test.each([
    ['-1327484737295091692', '-1327484737295091692'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    [' 12', '12'],
    ['\u00a012\t', '12'],
  ])('%s is kept as %s', (text, mpId) => {
    expect(parseMpId(text)).toBe(mpId);
  });

  test.each([
    ['', 'mpid_missing'],
    ['  ', 'mpid_missing'],
    ['0', 'mpid_zero'],
    ['-0', 'mpid_zero'],
    ['000', 'mpid_zero'],
    ['-0042', 'mpid_leading_zeros'],
    ['007', 'mpid_leading_zeros'],
    ['1 2', 'mpid_invalid'],
    ['- 1', 'mpid_invalid'],
    ['1\u200b', 'mpid_invalid'],
    ['\uff11', 'mpid_invalid'],
    ['1.32748E+18', 'mpid_invalid'],
    ['+1', 'mpid_invalid'],
    ['1.0', 'mpid_invalid'],
    ['1e3', 'mpid_invalid'],
    ['٣', 'mpid_invalid'],
    ['--1', 'mpid_invalid'],
    ['9223372036854775808', 'mpid_out_of_range'],
    ['-9223372036854775809', 'mpid_out_of_range'],
    ['18446744073709551615', 'mpid_out_of_range'],
  ])('%j is refused as %s', (text, fault) => {
    expect(parseMpId(text)).toEqual({ reason: fault });
  });

  test('agrees with BigInt on every integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (id) => {
        fc.pre(id !== 0n);
        const expected =
          BigInt.asIntN(64, id) === id ? id.toString() : { reason: 'mpid_out_of_range' };
        expect(parseMpId(id.toString())).toEqual(expected);
        expect(parseMpId(` ${id} `)).toEqual(expected);
      }),
    );
  });
});
