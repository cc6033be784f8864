import { hash } from 'node:crypto';

/*
 * The names in the staging bucket. Lifecycle rules and a grant match their prefixes, and the erasure budget counts on
 * those rules: a name that is made up elsewhere would never expire.
 */

/** The manifest of the batch under way. It must never expire. */
export const MANIFEST_NAME = 'manifest.json';

/** When the workspace last received something. It must never expire. */
export const TRAFFIC_NAME = 'traffic.json';

/** Rows on their way into the tables; expires. */
export const STAGED_PREFIX = 'staged/';

/** Copies of landing objects that cannot be ingested; expires. */
export const PARKED_PREFIX = 'parked/';

/** The archives that the function is built from. They must never expire. */
export const SOURCE_PREFIX = 'source/';

/** Begins the names of the objects that one attempt at staging a group writes. */
export function stagedName(batchId: string, attemptId: string): string {
  return `${STAGED_PREFIX}${batchId}/${attemptId}`;
}

/** An object without rows: a load of it shows whether a table takes anything at all. */
export function emptyObjectName(batchId: string): string {
  return `${STAGED_PREFIX}${batchId}/no-rows.ndjson`;
}

/** Longest name of an object, in bytes of UTF-8: https://cloud.google.com/storage/docs/objects#naming */
const MAX_NAME_BYTES = 1024;

/**
 * Where the copy of a parked object lies: the generation first, because one name may be parked many times. A name that
 * would be too long is cut, and ends with a hash of the whole name.
 */
export function parkedName(object: { readonly name: string; readonly generation: string }): string {
  const whole = `${PARKED_PREFIX}${object.generation}/${object.name}`;
  if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return whole;
  const end = `-${hash('sha256', object.name, 'hex')}`;
  return `${cutToBytes(whole, MAX_NAME_BYTES - end.length)}${end}`;
}

/** The longest beginning of a text within these bytes of UTF-8 that does not split a character. */
function cutToBytes(text: string, bytes: number): string {
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

/** @param hash of the archive: the platform builds the function again when this name changes. */
export function sourceName(hash: string): string {
  return `${SOURCE_PREFIX}ingest-${hash}.zip`;
}
