/**
 * Longest accepted line, in bytes. mParticle's records are a few hundred bytes; a line that is far longer
 * is not one of them, and must not fill the memory.
 */
export const MAX_LINE_BYTES = 1 << 20;

/**
 * Largest accepted object after inflation, in bytes. mParticle splits its files at 512 MB; the limit leaves
 * room for compressed objects of that size, and stops a gzip bomb.
 */
export const MAX_OBJECT_BYTES = 8 * 2 ** 30;

/** Most lines an object may have: the line number is the last nine digits of a change's sequence. */
export const MAX_LINES = 999_999_999;

/** How far a change may lie ahead of its arrival. One far-future change would pin its key for ever. */
export const MAX_FUTURE_SKEW_MICROS = 10 * 60 * 1_000_000;

/** The identity types that are kept unless a workspace says otherwise, named as delivered. */
export const DEFAULT_IDENTITY_TYPES: readonly string[] = ['email', 'customer_id'];

/** The consumer's identity graph takes at most five identifier types. */
export const MAX_IDENTITY_TYPES = 5;

/** Longest accepted audience id, audience name or identity value, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 1024;
