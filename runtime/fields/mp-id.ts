import type { Fault } from '../change';

/** Digits of 2^63 − 1 and 2^63: the bounds of a signed 64-bit integer. */
const MAX_DIGITS = '9223372036854775807';
const MIN_DIGITS = '9223372036854775808';

/** Integers of so few digits that they are within the bounds. */
const SHORT_INTEGER = /^-?[1-9]\d{0,17}$/;

/**
 * An mParticle ID in canonical decimal form. Two ids that read as the same number are never two users: spaces
 * around the digits are left out, leading zeros are rejected. 0 is rejected, too: mParticle's SDKs give it for
 * "no user yet".
 *
 * @example parseMpId('-1327484737295091692') // '-1327484737295091692'
 */
export function parseMpId(value: string): string | Fault {
  if (SHORT_INTEGER.test(value)) return value;
  const text = value.trim();
  if (text === '') return { reason: 'mpid_missing' };
  const digits = /^-?(\d+)$/.exec(text)?.[1];
  if (digits === undefined) return { reason: 'mpid_invalid' };
  if (/^0+$/.test(digits)) return { reason: 'mpid_zero' };
  if (digits.startsWith('0')) return { reason: 'mpid_leading_zeros' };
  const bound = text.startsWith('-') ? MIN_DIGITS : MAX_DIGITS;
  return isWithin(digits, bound) ? text : { reason: 'mpid_out_of_range' };
}

/** Compares decimal digits without ever making a number of them. */
function isWithin(digits: string, bound: string): boolean {
  return digits.length < bound.length || (digits.length === bound.length && digits <= bound);
}
