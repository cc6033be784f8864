import { hash } from 'node:crypto';

import type { Identity } from '../change';
import { isCleanText } from './text';

/** The identity types that are kept unless a workspace says otherwise, named as delivered. */
export const DEFAULT_IDENTITY_TYPES: readonly string[] = ['email', 'customer_id'];

/** The consumer's identity graph takes at most five identifier types. */
export const MAX_IDENTITY_TYPES = 5;

/** The delivered type whose values are personal data: they are stored as a hash, under another type. */
const EMAIL = 'email';
const EMAIL_HASH_TYPE = 'email_sha256';

/**
 * One additional identity as it is stored; `undefined` where the value is unusable.
 *
 * An e-mail is hashed after trimming, NFC and lower-casing; inner spaces and dots stay, since removing them
 * changes whose address it is. 64 hexadecimal digits are taken for a hash already made.
 *
 * @param value text, or the exact digits of a number.
 * @example parseIdentity('customer_id', ' C-1 ') // { type: 'customer_id', value: 'C-1' }
 */
export function parseIdentity(deliveredType: string, value: unknown): Identity | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return parseIdentity(deliveredType, String(value));
  }
  if (typeof value !== 'string' || !isCleanText(value)) return undefined;
  const text = value.trim();
  if (deliveredType !== EMAIL) return { type: deliveredType, value: text };
  const emailHash = hashedEmail(text);
  return emailHash === undefined ? undefined : { type: EMAIL_HASH_TYPE, value: emailHash };
}

function hashedEmail(text: string): string | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  const at = text.indexOf('@');
  if (at < 1 || at === text.length - 1) return undefined;
  return hash('sha256', text.normalize('NFC').toLowerCase(), 'hex');
}
