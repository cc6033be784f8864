import type { Fault, Identity, Micros } from '../change';
import { readExactInteger, type JsonPath } from '../fields/exact-json';
import { parseIdentity } from '../fields/identity';
import { parseMpId } from '../fields/mp-id';
import { isCleanText } from '../fields/text';
import { parseTimestamp } from '../fields/timestamp';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parser gave a fault instead of text or a number. */
export function isFault(value: string | number | undefined | Fault): value is Fault {
  return typeof value === 'object';
}

/**
 * A line as a JSON object.
 *
 * @example parseJsonObject('[]') // { reason: 'not_object' }
 */
export function parseJsonObject(text: string): { readonly object: JsonObject } | Fault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'not_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not_object' };
  }
  return { object: value as JsonObject };
}

/** An mParticle ID that came as text or as a JSON number. `text` is the whole record. */
export function readMpId(value: unknown, text: string, path: JsonPath): string | Fault {
  if (typeof value === 'string') {
    const parsed = parseMpId(value);
    return typeof parsed === 'string' ? parsed : { ...parsed, field: path.join('.') };
  }
  const field = path.join('.');
  if (value === undefined || value === null) return { reason: 'mpid_missing', field };
  if (typeof value !== 'number') return { reason: 'mpid_invalid', field };
  const digits = readExactInteger(text, path, value);
  if (digits === undefined) return { reason: 'mpid_not_exact', field };
  const parsed = parseMpId(digits);
  return typeof parsed === 'string' ? parsed : { ...parsed, field };
}

/** An audience id that came as text or as a JSON integer. */
export function readAudienceId(value: unknown, text: string, field: string): string | Fault {
  if (value === undefined || value === null || value === '') {
    return { reason: 'audience_id_missing', field };
  }
  const id = typeof value === 'number' ? readExactInteger(text, [field], value) : value;
  return typeof id === 'string' && isCleanText(id) ? id : { reason: 'audience_id_invalid', field };
}

export function readAudienceName(value: unknown, field: string): string | undefined | Fault {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' && isCleanText(value)
    ? value
    : { reason: 'audience_name_invalid', field };
}

/** A time of change that is not later than `latest`. */
export function readTimestamp(value: unknown, field: string, latest: Micros): Micros | Fault {
  const micros = parseTimestamp(value);
  if (typeof micros !== 'number') return { ...micros, field };
  return micros <= latest ? micros : { reason: 'timestamp_in_future', field };
}

/**
 * The additional identities that the workspace keeps. An unusable one never costs the membership change, a
 * delete least of all: it is left out and counted.
 */
export function readIdentities(
  values: JsonObject,
  identityTypes: readonly string[],
): { readonly identities: readonly Identity[]; readonly omittedIdentities: number } {
  const identities: Identity[] = [];
  let omittedIdentities = 0;
  for (const type of identityTypes) {
    const value = values[type];
    if (value === undefined || value === null || value === '') continue;
    const identity = parseIdentity(type, value);
    if (identity) identities.push(identity);
    else omittedIdentities += 1;
  }
  return { identities, omittedIdentities };
}
