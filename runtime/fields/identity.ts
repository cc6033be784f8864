import { hash } from 'node:crypto';

import type { Identity } from '../change';
import { parseKey } from './text';

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
 * Values are trimmed and in NFC; one that holds invisible characters or compatibility forms is unusable, since
 * it would look like another. An e-mail is lower-cased and hashed; inner spaces and dots stay, since removing
 * them changes whose address it is. 64 hexadecimal digits are taken for a hash already made.
 *
 * @param value text, or a number whose digits are exact.
 * @example parseIdentity('customer_id', ' C-1 ') // { type: 'customer_id', value: 'C-1' }
 */
export function parseIdentity(deliveredType: string, value: unknown): Identity | undefined {
  const given = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const text = typeof given === 'string' ? parseKey(given) : undefined;
  if (typeof text !== 'string') return undefined;
  if (deliveredType !== EMAIL) return { type: deliveredType, value: text };
  const emailHash = hashEmail(text);
  return emailHash === undefined ? undefined : { type: EMAIL_HASH_TYPE, value: emailHash };
}

function hashEmail(address: string): string | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(address)) return address.toLowerCase();
  const at = address.indexOf('@');
  if (at < 1 || at === address.length - 1) return undefined;
  return hash('sha256', address.toLowerCase(), 'hex');
}
