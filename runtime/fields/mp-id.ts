import type { RejectionReason } from '../change';

/** Digits of 2^63 − 1 and 2^63: the bounds of a signed 64-bit integer. */
const MAX_DIGITS = '9223372036854775807';
const MIN_DIGITS = '9223372036854775808';

export type MpIdFault = Extract<
  RejectionReason,
  'mpid_missing' | 'mpid_invalid' | 'mpid_not_exact' | 'mpid_out_of_range'
>;

/**
 * An mParticle ID in canonical decimal form: no leading zeros, no `-0`.
 *
 * @param text decimal digits with an optional minus sign; nothing else is accepted.
 */
export function parseMpId(text: string): { mpId: string } | { fault: MpIdFault } {
  if (text === '') return { fault: 'mpid_missing' };
  const parts = /^(-?)0*(\d+)$/.exec(text);
  const digits = parts?.[2];
  if (digits === undefined) return { fault: 'mpid_invalid' };
  if (digits === '0') return { mpId: '0' };
  const negative = parts?.[1] === '-';
  return isWithin(digits, negative ? MIN_DIGITS : MAX_DIGITS)
    ? { mpId: negative ? `-${digits}` : digits }
    : { fault: 'mpid_out_of_range' };
}

/** Compares decimal digits without ever making a number of them. */
function isWithin(digits: string, bound: string): boolean {
  return digits.length < bound.length || (digits.length === bound.length && digits <= bound);
}
