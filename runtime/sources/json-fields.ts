import type { Fault, Identity, MembershipAction, Micros } from '../change';
import { readExactInteger, readNumberText, type JsonPath } from '../fields/exact-json';
import { parseIdentity } from '../fields/identity';
import { parseMpId } from '../fields/mp-id';
import { parseKey, parseText } from '../fields/text';
import { parseTimestamp } from '../fields/timestamp';

/** The fields of a record: of a JSON object, or of a CSV record by the names of its columns. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a parser gave a fault instead of text or a number. */
export function isFault(value: string | number | Fault): value is Fault {
  return typeof value === 'object';
}

/**
 * A line as a JSON object.
 *
 * @example parseJsonObject('[]') // { reason: 'not_object' }
 */
export function parseJsonObject(text: string): { readonly fields: Fields } | Fault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: text.includes('\0') ? 'not_text' : 'not_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not_object' };
  }
  return { fields: value as Fields };
}

/** Whether a line is a JSON object. */
export function isJsonObject(line: string): boolean {
  const text = withoutMark(line).trimStart();
  return text.startsWith('{') && !('reason' in parseJsonObject(text));
}

/**
 * Whether these may be JSON lines, of which each may be broken. Data that was compressed or encrypted has braces, too,
 * but most of it is no text.
 */
export function mayBeJsonLines(lines: readonly string[]): boolean {
  if (lines.some(isJsonObject)) return true;
  const text = lines.join('');
  const unprintable = text.match(NOT_TEXT)?.length ?? 0;
  return text.includes('{') && unprintable * 10 < text.length;
}

/** Characters that no text has: most control characters, and what stands for bytes that are no character. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for.
const NOT_TEXT = /[\0-\x08\x0e-\x1f\ufffd]/g;

/** Files that are joined have byte order marks in the middle. */
export function withoutMark(text: string): string {
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? withoutMark(text.slice(1)) : text;
}

const BYTE_ORDER_MARK = 0xfeff;

/** An mParticle ID that came as text or as a JSON number. `text` is the whole record. */
export function readMpId(value: unknown, text: string, path: JsonPath): string | Fault {
  const mpId = readId(value, text, path);
  return isFault(mpId) ? { ...mpId, field: path.join('.') } : mpId;
}

function readId(value: unknown, text: string, path: JsonPath): string | Fault {
  if (typeof value === 'string') return parseMpId(value);
  if (isAbsent(value)) return { reason: 'mpid_missing' };
  if (typeof value !== 'number') return { reason: 'mpid_invalid' };
  const digits = readExactInteger(text, path, value);
  return digits === undefined ? { reason: 'mpid_not_exact' } : parseMpId(digits);
}

/** An audience id that came as text or as a JSON integer. */
export function readAudienceId(value: unknown, text: string, field: string): string | Fault {
  if (isAbsent(value)) return { reason: 'audience_id_missing', field };
  const id = typeof value === 'number' ? readExactInteger(text, [field], value) : value;
  if (typeof id !== 'string') return { reason: 'audience_id_invalid', field };
  const key = parseKey(id);
  if (typeof key === 'string') return key;
  if (id.trim() === '') return { reason: 'audience_id_missing', field };
  return { reason: `audience_id_${key.unusable}`, field };
}

/**
 * The name of an audience is an attribute: an unusable one never costs the membership change.
 *
 * @returns `undefined` where there is none, and where it is unusable; `omitted` counts the latter.
 */
export function readAudienceName(value: unknown): {
  readonly audienceName: string | undefined;
  readonly omittedNames: number;
} {
  if (isAbsent(value) || value === '') return NO_NAME;
  const audienceName = typeof value === 'string' ? parseText(value) : undefined;
  return { audienceName, omittedNames: audienceName === undefined ? 1 : 0 };
}

const NO_NAME = { audienceName: undefined, omittedNames: 0 } as const;

export function readAction(value: unknown, field: string): MembershipAction | Fault {
  const action = typeof value === 'string' ? value.trim() : value;
  if (action === 'add' || action === 'delete') return action;
  const isMissing = isAbsent(action) || action === '';
  return { reason: isMissing ? 'action_missing' : 'action_unknown', field };
}

/** A time of change that is not later than `latest`. `text` is the whole record. */
export function readTimestamp(
  value: unknown,
  text: string,
  field: string,
  latest: Micros,
): Micros | Fault {
  const isRounded = typeof value === 'number' && !Number.isSafeInteger(value);
  const micros = parseTimestamp(isRounded ? readNumberText(text, [field], value) : value);
  if (isFault(micros)) return { ...micros, field };
  return micros <= latest ? micros : { reason: 'timestamp_in_future', field };
}

/**
 * The additional identities that the workspace keeps. An unusable one never costs the membership change, a
 * delete least of all: it is left out and counted.
 */
export function readIdentities(
  values: Fields,
  identityTypes: readonly string[],
): { readonly identities: readonly Identity[]; readonly omittedIdentities: number } {
  const identities: Identity[] = [];
  let omittedIdentities = 0;
  for (const type of identityTypes) {
    const value = values[type];
    if (isAbsent(value) || value === '') continue;
    const identity = parseIdentity(type, value);
    if (identity) identities.push(identity);
    else omittedIdentities += 1;
  }
  return { identities, omittedIdentities };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
