import type { Identity, RejectionReason } from '../change';
import { exactInteger } from '../fields/exact-json';
import { MAX_TEXT_LENGTH } from '../normalize/limits';
import { normalizeIdentity } from '../fields/identity';
import { parseMpId } from '../fields/mp-id';

/** Why a row is not a change, and the field at fault as the delivered format names it. */
export interface RowFault {
  readonly reason: RejectionReason;
  readonly field?: string;
}

export function isFault(value: object): value is RowFault {
  return 'reason' in value;
}

/** What a source makes of one line: a row, a fault, or `undefined` for a documented no-op. */
export interface Row {
  readonly mpId: string;
  readonly audienceId: string;
  readonly audienceName: string | undefined;
  readonly action: 'add' | 'delete';
  /** As delivered; {@link parseTimestamp} reads it. */
  readonly timestamp: unknown;
  readonly timestampField: string;
  readonly identities: readonly Identity[];
  readonly omittedIdentities: number;
}

/** One delivered format, reading one object. */
export interface RowReader {
  read(text: string): Row | RowFault | undefined;
}

type JsonPath = readonly [string] | readonly [string, string];

/** A JSON object, or why the text is none. */
export function parseJsonObject(text: string): { object: Record<string, unknown> } | RowFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'not_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not_object' };
  }
  return { object: value as Record<string, unknown> };
}

/** An mParticle ID that came as text or as a JSON number. `text` is the whole line. */
export function readMpId(
  value: unknown,
  text: string,
  path: JsonPath,
): { mpId: string } | RowFault {
  const field = path.join('.');
  if (value === undefined || value === null) return { reason: 'mpid_missing', field };
  const digits = typeof value === 'number' ? exactInteger(text, path, value) : value;
  if (digits === undefined) return { reason: 'mpid_not_exact', field };
  if (typeof digits !== 'string') return { reason: 'mpid_invalid', field };
  const parsed = parseMpId(digits);
  return 'fault' in parsed ? { reason: parsed.fault, field } : parsed;
}

/** An audience id that came as text or as a JSON integer. */
export function readAudienceId(
  value: unknown,
  text: string,
  field: string,
): { audienceId: string } | RowFault {
  if (value === undefined || value === null || value === '') {
    return { reason: 'audience_id_missing', field };
  }
  const id = typeof value === 'number' ? exactInteger(text, [field], value) : value;
  return typeof id === 'string' && isCleanText(id)
    ? { audienceId: id }
    : { reason: 'audience_id_invalid', field };
}

export function readAudienceName(
  value: unknown,
  field: string,
): { audienceName: string | undefined } | RowFault {
  if (value === undefined || value === null || value === '') return { audienceName: undefined };
  return typeof value === 'string' && isCleanText(value)
    ? { audienceName: value }
    : { reason: 'audience_name_invalid', field };
}

/**
 * The additional identities that the workspace keeps. An unusable one never costs the membership change, a
 * delete least of all: it is left out and counted.
 */
export function readIdentities(
  values: Readonly<Record<string, unknown>>,
  identityTypes: readonly string[],
): { identities: readonly Identity[]; omittedIdentities: number } {
  const identities: Identity[] = [];
  let omittedIdentities = 0;
  for (const type of identityTypes) {
    const value = values[type];
    if (value === undefined || value === null || value === '') continue;
    const identity = normalizeIdentity(type, value);
    if (identity) identities.push(identity);
    else omittedIdentities += 1;
  }
  return { identities, omittedIdentities };
}

/** Text that can be a key or a name: not blank, well-formed Unicode, no NUL, of bounded length. */
function isCleanText(text: string): boolean {
  return (
    text.length <= MAX_TEXT_LENGTH &&
    text.trim() !== '' &&
    text.isWellFormed() &&
    !text.includes('\0')
  );
}
