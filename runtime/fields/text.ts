/** Longest accepted audience id, audience name or identity value, in UTF-16 code units. */
const MAX_TEXT_LENGTH = 1024;

/** Printable ASCII, without spaces at its ends: what nearly every id is. */
const PLAIN_ASCII = /^[!-~](?:[ -~]*[!-~])?$/;

/** Characters that show nothing, or nothing of their own: control, format and variation characters, odd spaces. */
const UNSEEN = /(?! )[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Text that people read, such as a name: trimmed; `undefined` for text that is blank, too long, not well-formed
 * Unicode, or holds a NUL.
 *
 * @example parseText('  Lapsed ') // 'Lapsed'
 */
export function parseText(value: string): string | undefined {
  if (value.length > MAX_TEXT_LENGTH) return undefined;
  const text = value.trim();
  return text !== '' && text.isWellFormed() && !text.includes('\0') ? text : undefined;
}

/**
 * Text that is compared, such as an id: as {@link parseText}, in NFC, so that the two ways of writing `é` are
 * one. Letters of other alphabets that look alike stay different.
 *
 * @returns `'ambiguous'` in an object for text that reads like another: it holds invisible characters, or
 *   compatibility forms such as full-width digits.
 * @example parseKey(' 10 ') // '10'
 */
export function parseKey(value: string): string | { readonly unusable: 'invalid' | 'ambiguous' } {
  if (PLAIN_ASCII.test(value) && value.length <= MAX_TEXT_LENGTH) return value;
  const text = parseText(value)?.normalize('NFC');
  if (text === undefined || text.length > MAX_TEXT_LENGTH) return { unusable: 'invalid' };
  return UNSEEN.test(text) || text.normalize('NFKC') !== text ? { unusable: 'ambiguous' } : text;
}
