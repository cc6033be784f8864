import type { Dialect } from './dialect';

/*
 * The statements of the daily purge; `run.ts` has their order.
 *
 * Why nothing comes back: a row is newer than every tombstone ever purged for its key, because the floor of
 * the audience is raised with each purge in the same transaction, a missing row is created only above the
 * floor, and an update only raises a row's time.
 */

/** Raises the floor of every audience that loses tombstones to the newest of them. */
export function raiseFloors(sql: Dialect<'v_tombstones_before'>): string {
  return `
MERGE INTO ${sql.table('audiences')} AS T
USING (
  SELECT audience_id, MAX(changed_at) AS purge_floor
  FROM ${sql.table('membership_state')}
  WHERE NOT is_member AND changed_at < ${sql.parameter('v_tombstones_before')}
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
WHERE NOT is_member AND changed_at < ${sql.parameter('v_tombstones_before')}`;
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
