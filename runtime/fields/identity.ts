import { hash } from 'node:crypto';

import type { Identity } from '../change';
import { MAX_TEXT_LENGTH } from '../normalize/limits';

/** The delivered type whose values are personal data: they are stored as a hash, under another type. */
const EMAIL = 'email';
export const EMAIL_HASH_TYPE = 'email_sha256';

/**
 * One additional identity as it is stored; `undefined` where the value is unusable.
 *
 * An e-mail is hashed after trimming, NFC and lower-casing; inner spaces and dots stay, since removing them
 * changes whose address it is. 64 hexadecimal digits are taken for a hash already made.
 *
 * @param value text, or the exact digits of a number.
 */
export function normalizeIdentity(deliveredType: string, value: unknown): Identity | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return normalizeIdentity(deliveredType, String(value));
  }
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return undefined;
  const text = value.trim();
  if (text === '' || !text.isWellFormed() || text.includes('\0')) return undefined;
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
