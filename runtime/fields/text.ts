/** Longest accepted audience id, audience name or identity value, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 1024;

/** Text that can be a key or a name: not blank, well-formed Unicode, no NUL, of bounded length. */
export function isCleanText(text: string): boolean {
  return (
    text.length <= MAX_TEXT_LENGTH &&
    text.trim() !== '' &&
    text.isWellFormed() &&
    !text.includes('\0')
  );
}
