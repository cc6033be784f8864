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

/** Where the copy of a parked object lies: the generation first, because one name may be parked many times. */
export function parkedName(object: { readonly name: string; readonly generation: string }): string {
  return `${PARKED_PREFIX}${object.generation}/${object.name}`;
}

/** @param hash of the archive: the platform builds the function again when this name changes. */
export function sourceName(hash: string): string {
  return `${SOURCE_PREFIX}ingest-${hash}.zip`;
}
