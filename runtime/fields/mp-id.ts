import type { Fault } from '../change';

/** Digits of 2^63 − 1 and 2^63: the bounds of a signed 64-bit integer. */
const MAX_DIGITS = '9223372036854775807';
const MIN_DIGITS = '9223372036854775808';

/**
 * An mParticle ID in canonical decimal form: no leading zeros, no `-0`.
 *
 * @param text decimal digits with an optional minus sign; nothing else is accepted.
 * @example parseMpId('-1327484737295091692') // '-1327484737295091692'
 */
export function parseMpId(text: string): string | Fault {
  if (text === '') return { reason: 'mpid_missing' };
  const parts = /^(-?)0*(\d+)$/.exec(text);
  const digits = parts?.[2];
  if (digits === undefined) return { reason: 'mpid_invalid' };
  if (digits === '0') return '0';
  const negative = parts?.[1] === '-';
  if (!isWithin(digits, negative ? MIN_DIGITS : MAX_DIGITS)) return { reason: 'mpid_out_of_range' };
  return negative ? `-${digits}` : digits;
}

/** Compares decimal digits without ever making a number of them. */
function isWithin(digits: string, bound: string): boolean {
  return digits.length < bound.length || (digits.length === bound.length && digits <= bound);
}
