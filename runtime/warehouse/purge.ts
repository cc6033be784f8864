import type { Dialect } from './dialect';

/*
 * The statements of the daily purge; `run.ts` has their order.
 *
 * A tombstone is purged by the time at which the delete was loaded, not by the time of the delete: a delete that
 * arrives late stays in the feed as long as any other.
 *
 * Why no deleted member comes back. Let d be a purged tombstone of a key. In the transaction that purged d, the
 * floor of its audience became at least the time of d, and floors only rise. From then on the key has no row, until a
 * change creates one. If the change is newer than the floor, the row is newer than d. If it is not, the row is a
 * tombstone at the floor with the last of all sequences, so that it is not older than d, and only a change newer
 * than d replaces it. An update only raises the time of a row. So every member is newer than every tombstone ever
 * purged for its key. It does not matter for this which tombstones are purged first, or that younger ones stay below
 * the floor of their audience: they are rows, and changes of their keys are compared with them and not with the
 * floor.
 *
 * Why a change below the floor makes a tombstone and is not left out. It may be a delete, which readers of the
 * feed shall see. It may be an add that they saw, because it was loaded while the purge that raised the floor was
 * running: the tombstone takes it back.
 *
 * The price: a first add that is not newer than the floor makes no member. Purged tombstones were loaded longer ago
 * than their retention, so such an add is later than that.
 */

/** Raises the floor of every audience that loses tombstones to the newest of them. */
export function raiseFloors(sql: Dialect<'v_tombstones_before'>): string {
  return `
MERGE INTO ${sql.table('audiences')} AS T
USING (
  SELECT audience_id, MAX(changed_at) AS purge_floor
  FROM ${sql.table('membership_state')}
  WHERE NOT is_member AND ingested_at < ${sql.parameter('v_tombstones_before')}
  GROUP BY audience_id
) AS S
ON T.audience_id = S.audience_id
WHEN MATCHED AND (T.purge_floor IS NULL OR S.purge_floor > T.purge_floor) THEN
  UPDATE SET purge_floor = S.purge_floor
WHEN NOT MATCHED THEN
  INSERT (audience_id, purge_floor)
  VALUES (S.audience_id, S.purge_floor)`;
}

export function deleteTombstones(sql: Dialect<'v_tombstones_before'>): string {
  return `
DELETE FROM ${sql.table('membership_state')}
WHERE NOT is_member AND ingested_at < ${sql.parameter('v_tombstones_before')}`;
}

/** Whole hours only: BigQuery drops whole partitions without reading them. */
export function deleteOldChanges(sql: Dialect<'v_log_before'>): string {
  return `
DELETE FROM ${sql.table('membership_changes')}
WHERE ingested_at < ${sql.parameter('v_log_before')}`;
}

export function deleteOldRejections(sql: Dialect<'v_rejects_before'>): string {
  return `
DELETE FROM ${sql.table('rejected_changes')}
WHERE ingested_at < ${sql.parameter('v_rejects_before')}`;
}

export function deleteOldRuns(sql: Dialect<'v_runs_before'>): string {
  return `
DELETE FROM ${sql.table('merge_runs')}
WHERE committed_at < ${sql.parameter('v_runs_before')}`;
}
