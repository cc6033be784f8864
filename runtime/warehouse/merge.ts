import type { Dialect } from './dialect';
import { RESTAMP_AFTER_HOURS, WINDOW_OVERLAP_MINUTES } from './retention';

/** The largest integer that a column holds: no change of the same time is later. */
const LAST_SEQUENCE = '9223372036854775807';

/*
 * The statements of the MERGE. Each is the same text on BigQuery and on the embedded engine; `run.ts` has their
 * order.
 *
 * The total order of the changes of one key (audience, mpId) is changed_at, then sequence, then delete after
 * add. Every statement keeps the greater of what is there and what comes, so that any permutation,
 * duplication, batching or overlap of changes gives the same state.
 */

/** The start of the window: the end of the last committed run, less the overlap. */
export function selectWindowStart(sql: Dialect<never>): string {
  return `
SELECT
  TIMESTAMP_SUB(
    COALESCE(MAX(window_to), TIMESTAMP_MICROS(946684800000000)),
    INTERVAL ${WINDOW_OVERLAP_MINUTES} MINUTE
  ) AS window_from
FROM ${sql.table('merge_runs')}`;
}

/**
 * The newest change of every key in the window. `shown_at` is when readers of the feed could see it: a change that
 * waited so long for its run that no view shows it any more is first seen with the run.
 */
export function createDelta(sql: Dialect<'v_from' | 'v_to'>): string {
  return `
${sql.createTemporary('delta')} AS
SELECT
  mp_id,
  audience_id,
  is_member,
  changed_at,
  sequence,
  ingested_at,
  CASE
    WHEN ingested_at < TIMESTAMP_SUB(${sql.parameter('v_to')}, INTERVAL ${RESTAMP_AFTER_HOURS} HOUR)
    THEN ${sql.parameter('v_to')}
    ELSE ingested_at
  END AS shown_at
FROM ${sql.table('membership_changes')}
WHERE ingested_at >= ${sql.parameter('v_from')} AND ingested_at < ${sql.parameter('v_to')}
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY audience_id, mp_id
  ORDER BY changed_at DESC, sequence DESC, is_member ASC, ingested_at ASC
) = 1`;
}

export function countDelta(): string {
  return `
SELECT COUNT(*) AS delta_rows
FROM delta`;
}

/** The lock is a row; an update of no row locks nothing. Two runs that both seed it are harmless. */
export function seedLock(sql: Dialect<'v_to'>): string {
  return `
INSERT INTO ${sql.table('merge_lock')} (holder, locked_at)
SELECT 'nobody', ${sql.parameter('v_to')}
FROM (SELECT 1 AS seed) AS seeds
WHERE NOT EXISTS (SELECT 1 FROM ${sql.table('merge_lock')})`;
}

/** Two transactions that update one row conflict: the second is cancelled. */
export function takeLock(sql: Dialect<'v_run_id' | 'v_to'>): string {
  return `
UPDATE ${sql.table('merge_lock')}
SET holder = ${sql.parameter('v_run_id')}, locked_at = ${sql.parameter('v_to')}
WHERE TRUE`;
}

/**
 * The delta into the state. For a key without a row, a change that is not newer than the audience's purge floor,
 * add or delete, makes a tombstone at the floor: see `purge.ts`. It keeps the time of its load, so that a purge that
 * reads it again after its tombstone was purged does not keep it for another retention.
 */
export function mergeState(sql: Dialect<never>): string {
  return `
MERGE INTO ${sql.table('membership_state')} AS T
USING (
  SELECT
    d.mp_id, d.audience_id, d.is_member, d.changed_at, d.sequence, d.ingested_at, d.shown_at,
    a.purge_floor,
    COALESCE(d.changed_at <= a.purge_floor, FALSE) AS is_below_floor
  FROM delta AS d
  LEFT JOIN ${sql.table('audiences')} AS a ON a.audience_id = d.audience_id
) AS S
ON T.audience_id = S.audience_id AND T.mp_id = S.mp_id
WHEN MATCHED AND (
  S.changed_at > T.changed_at
  OR (S.changed_at = T.changed_at AND S.sequence > T.sequence)
  OR (
    S.changed_at = T.changed_at AND S.sequence = T.sequence
    AND T.is_member AND NOT S.is_member
  )
) THEN
  UPDATE SET
    is_member = S.is_member,
    changed_at = S.changed_at,
    sequence = S.sequence,
    ingested_at = S.shown_at
WHEN NOT MATCHED THEN
  INSERT (mp_id, audience_id, is_member, changed_at, sequence, ingested_at)
  VALUES (
    S.mp_id,
    S.audience_id,
    S.is_member AND NOT S.is_below_floor,
    CASE WHEN S.is_below_floor THEN S.purge_floor ELSE S.changed_at END,
    CASE WHEN S.is_below_floor THEN ${LAST_SEQUENCE} ELSE S.sequence END,
    CASE WHEN S.is_below_floor THEN S.ingested_at ELSE S.shown_at END
  )`;
}

/** The newest name of every audience in the window; a rename moves nobody. */
export function mergeAudiences(sql: Dialect<'v_from' | 'v_to'>): string {
  return `
MERGE INTO ${sql.table('audiences')} AS T
USING (
  SELECT audience_id, audience_name, changed_at, sequence
  FROM ${sql.table('membership_changes')}
  WHERE ingested_at >= ${sql.parameter('v_from')} AND ingested_at < ${sql.parameter('v_to')}
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY audience_id
    ORDER BY
      CASE WHEN audience_name IS NULL THEN 1 ELSE 0 END ASC,
      changed_at DESC, sequence DESC, audience_name DESC
  ) = 1
) AS S
ON T.audience_id = S.audience_id
WHEN MATCHED AND S.audience_name IS NOT NULL AND (
  T.audience_name IS NULL
  OR S.changed_at > T.name_changed_at
  OR (S.changed_at = T.name_changed_at AND S.sequence > T.name_sequence)
  OR (
    S.changed_at = T.name_changed_at AND S.sequence = T.name_sequence
    AND S.audience_name > T.audience_name
  )
) THEN
  UPDATE SET
    audience_name = S.audience_name,
    name_changed_at = S.changed_at,
    name_sequence = S.sequence
WHEN NOT MATCHED THEN
  INSERT (audience_id, audience_name, name_changed_at, name_sequence)
  VALUES (
    S.audience_id,
    S.audience_name,
    CASE WHEN S.audience_name IS NULL THEN NULL ELSE S.changed_at END,
    CASE WHEN S.audience_name IS NULL THEN NULL ELSE S.sequence END
  )`;
}

/** The additional identifiers that changes in the window carry. */
export function createSeenIdentities(sql: Dialect<'v_from' | 'v_to'>): string {
  return `
${sql.createTemporary('seen_identities')} AS
SELECT
  c.mp_id,
  i.type AS identity_type,
  i.value AS identity_value,
  MAX(c.changed_at) AS last_seen_at
FROM ${sql.table('membership_changes')} AS c
CROSS JOIN ${sql.elements('c.identities', 'i')}
WHERE
  c.ingested_at >= ${sql.parameter('v_from')} AND c.ingested_at < ${sql.parameter('v_to')}
  AND ARRAY_LENGTH(c.identities) > 0
GROUP BY c.mp_id, i.type, i.value`;
}

/** Of the users whose identifiers come or may go: those who are members of anything, after the merge. */
export function createMembers(sql: Dialect<never>): string {
  return `
${sql.createTemporary('members')} AS
SELECT DISTINCT mp_id
FROM ${sql.table('membership_state')}
WHERE
  is_member
  AND mp_id IN (
    SELECT mp_id FROM seen_identities
    UNION ALL
    SELECT mp_id FROM ${sql.table('identities')} WHERE mp_id IN (SELECT mp_id FROM delta)
  )`;
}

export function mergeIdentities(sql: Dialect<never>): string {
  return `
MERGE INTO ${sql.table('identities')} AS T
USING (
  SELECT mp_id, identity_type, identity_value, last_seen_at
  FROM seen_identities
  WHERE mp_id IN (SELECT mp_id FROM members)
) AS S
ON T.mp_id = S.mp_id
  AND T.identity_type = S.identity_type
  AND T.identity_value = S.identity_value
WHEN MATCHED AND S.last_seen_at > T.last_seen_at THEN
  UPDATE SET last_seen_at = S.last_seen_at
WHEN NOT MATCHED THEN
  INSERT (mp_id, identity_type, identity_value, last_seen_at)
  VALUES (S.mp_id, S.identity_type, S.identity_value, S.last_seen_at)`;
}

/** Identifiers go with the user's last membership. */
export function forgetIdentities(sql: Dialect<never>): string {
  return `
DELETE FROM ${sql.table('identities')}
WHERE
  mp_id IN (SELECT mp_id FROM delta)
  AND mp_id NOT IN (SELECT mp_id FROM members)`;
}

type RecordedParameter =
  'v_run_id' | 'v_from' | 'v_to' | 'v_delta_rows' | 'v_applied_rows' | 'v_purged_rows';

/** The heartbeat and the watermark: every run writes them, an empty one too. */
export function recordMerge(sql: Dialect<RecordedParameter>): string {
  return recordRun(sql, 'apply', 'NULL');
}

/** The heartbeat of the purge, and which deletes have left the feed with it. */
export function recordPurge(sql: Dialect<RecordedParameter | 'v_tombstones_before'>): string {
  return recordRun(sql, 'purge', sql.parameter('v_tombstones_before'));
}

function recordRun(sql: Dialect<RecordedParameter>, kind: string, purgedBefore: string): string {
  return `
INSERT INTO ${sql.table('merge_runs')} (
  run_id, kind, window_from, window_to, delta_rows, applied_rows, purged_rows, committed_at,
  purged_before
)
VALUES (
  ${sql.parameter('v_run_id')}, '${kind}',
  ${sql.parameter('v_from')}, ${sql.parameter('v_to')},
  ${sql.parameter('v_delta_rows')}, ${sql.parameter('v_applied_rows')},
  ${sql.parameter('v_purged_rows')}, CURRENT_TIMESTAMP(),
  ${purgedBefore}
)`;
}
