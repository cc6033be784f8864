import type { Dialect } from './dialect';
import { selectWindowStart } from './merge';
import {
  DEFAULT_RETENTION,
  FEED_OVERLAP_MINUTES,
  feedReadingHours,
  VIEW_LOOKBACK_HOURS,
} from './retention';
import { VIEW_NAMES, type ViewName } from './tables';

/** A published view. */
export interface View {
  readonly description: string;
  /** Each column of the view, in its order, and what it holds. */
  readonly columns: Readonly<Record<string, string>>;
  /** The other views that the text reads: BigQuery accepts a view only once they exist. */
  readonly reads: readonly ViewName[];
  readonly select: (sql: Dialect<never>) => string;
}

const USER = 'mParticle ID of the user: a signed 64-bit integer as text.';
const AUDIENCE = 'Unique identifier of the audience.';
const AUDIENCE_NAME =
  'Newest name of the audience; NULL until the first run after it was delivered.';
const CHANGED_AT = 'When the membership changed, as the sender states it.';

/**
 * The published views. They read the state and the recent log, so that a change is visible as soon as it is
 * loaded, however seldom the scheduled query runs.
 */
export const VIEWS: Readonly<Record<ViewName, View>> = {
  membership_updates: {
    description: 'The newest change of every user and audience, in the five documented fields.',
    columns: {
      mpId: USER,
      audience_id: AUDIENCE,
      audience_name: AUDIENCE_NAME,
      membership_action:
        'add or delete. A change that came too late to be compared with what was purged counts as a delete.',
      timestamp: CHANGED_AT,
    },
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)}
SELECT
  mp_id AS mpId,
  audience_id,
  audience_name,
  CASE WHEN is_member THEN 'add' ELSE 'delete' END AS membership_action,
  changed_at AS timestamp
FROM resolved`,
  },
  memberships: {
    description: 'Who is a member of which audience now.',
    columns: {
      mp_id: USER,
      audience_id: AUDIENCE,
      audience_name: AUDIENCE_NAME,
      changed_at: CHANGED_AT,
    },
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)}
SELECT mp_id, audience_id, audience_name, changed_at
FROM resolved
WHERE is_member`,
  },
  membership_feed: {
    description: `The newest change of every user and audience for incremental readers. Read it at least every ${feedReadingHours(DEFAULT_RETENTION)} hours (tombstoneRetentionHours less ${FEED_OVERLAP_MINUTES} minutes), each time from ${FEED_OVERLAP_MINUTES} minutes before your previous reading: then no change is missed. If you were away longer, compare your previous reading with import_health.feed_complete_since.`,
    columns: {
      user_id: USER,
      group_id: AUDIENCE,
      cursor: 'When the change was loaded, or applied if that was more than a day later.',
      is_deleted: 'TRUE if the user is not a member.',
    },
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)}
SELECT
  mp_id AS user_id,
  audience_id AS group_id,
  ingested_at AS cursor,
  NOT is_member AS is_deleted
FROM resolved`,
  },
  audiences: {
    description: 'Every audience ever received, its size and its recent traffic.',
    columns: {
      audience_id: AUDIENCE,
      audience_name: AUDIENCE_NAME,
      members: 'Users who are members now.',
      last_change_at: 'Newest time of a change, as the sender states it.',
      adds_24h: 'Adds loaded within 24 hours, repeated and outdated ones included.',
      deletes_24h: 'Deletes loaded within 24 hours, repeated and outdated ones included.',
    },
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)},
size AS (
  SELECT
    audience_id,
    COUNTIF(is_member) AS members,
    MAX(changed_at) AS last_change_at
  FROM resolved
  GROUP BY audience_id
),
traffic AS (
  SELECT
    audience_id,
    COUNTIF(is_member) AS adds_24h,
    COUNTIF(NOT is_member) AS deletes_24h
  FROM ${sql.table('membership_changes')}
  WHERE ${isRecent('ingested_at')}
  GROUP BY audience_id
)
SELECT
  COALESCE(a.audience_id, s.audience_id) AS audience_id,
  a.audience_name,
  COALESCE(s.members, 0) AS members,
  s.last_change_at,
  COALESCE(t.adds_24h, 0) AS adds_24h,
  COALESCE(t.deletes_24h, 0) AS deletes_24h
FROM ${sql.table('audiences')} AS a
FULL JOIN size AS s ON s.audience_id = a.audience_id
LEFT JOIN traffic AS t ON t.audience_id = COALESCE(a.audience_id, s.audience_id)`,
  },
  user_audiences: {
    description: 'One row per user: the audiences that the user is a member of now.',
    columns: {
      mp_id: USER,
      audience_ids: 'Identifiers of the audiences, sorted.',
    },
    reads: ['memberships'],
    select: (sql) => `
SELECT mp_id, ARRAY_AGG(audience_id ORDER BY audience_id) AS audience_ids
FROM ${sql.view('memberships')}
GROUP BY mp_id`,
  },
  identities: {
    description: 'Additional identifiers of the users who are members of an audience now.',
    columns: {
      mp_id: USER,
      identity_type: 'Identity type, such as email_sha256 or customer_id.',
      identity_value: 'Identity value.',
      last_seen_at: 'Newest time of a change that carried it, as the sender states it.',
    },
    reads: ['memberships'],
    select: (sql) => `
WITH known AS (
  SELECT mp_id, identity_type, identity_value, last_seen_at
  FROM ${sql.table('identities')}
  UNION ALL
  -- What the next run will merge.
  SELECT c.mp_id, i.type, i.value, c.changed_at
  FROM ${sql.table('membership_changes')} AS c
  CROSS JOIN ${sql.elements('c.identities', 'i')}
  WHERE
    c.ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${VIEW_LOOKBACK_HOURS} HOUR)
    AND c.ingested_at >= (${selectWindowStart(sql).replaceAll('\n', '\n      ')}
    )
    AND ARRAY_LENGTH(c.identities) > 0
)
SELECT mp_id, identity_type, identity_value, MAX(last_seen_at) AS last_seen_at
FROM known
WHERE mp_id IN (SELECT mp_id FROM ${sql.view('memberships')})
GROUP BY mp_id, identity_type, identity_value`,
  },
  import_health: {
    description: 'One row that says whether the import is fresh, complete and receiving deletes.',
    columns: {
      last_delivered_at: 'When the newest landing object was created of which a change is known.',
      last_ingested_at: 'When a change was last loaded.',
      last_apply_at: 'When a run of the MERGE last committed.',
      last_purge_at: 'When a purge last committed.',
      minutes_since_apply: 'Minutes since last_apply_at.',
      changes_waiting:
        'Changes loaded since the window of the last run. The views show them already.',
      changes_24h: 'Changes loaded within 24 hours, repeated and outdated ones included.',
      adds_24h: 'Adds among them: the sum of adds_24h in audiences.',
      deletes_24h: 'Deletes among them: the sum of deletes_24h in audiences.',
      rejected_24h: 'Records whose rejection was loaded within 24 hours.',
      audiences: 'Rows of audiences.',
      members: 'Rows of memberships.',
      tombstones: 'Deletes that membership_feed still shows.',
      oldest_tombstone_at: 'When the oldest of these deletes was loaded.',
      feed_complete_since:
        'Whoever has read membership_feed at this time or later has missed no delete; others read all of it again. NULL before the first purge: nothing is missing.',
    },
    reads: ['membership_feed', 'audiences'],
    select: (sql) => `
WITH loads AS (
  SELECT
    MAX(delivered_at) AS last_delivered_at,
    MAX(ingested_at) AS last_ingested_at,
    COUNTIF(${isRecent('ingested_at')}) AS changes_24h,
    COUNTIF(is_member AND ${isRecent('ingested_at')}) AS adds_24h,
    COUNTIF(NOT is_member AND ${isRecent('ingested_at')}) AS deletes_24h
  FROM ${sql.table('membership_changes')}
),
runs AS (
  SELECT
    MAX(window_to) AS applied_until,
    MAX(CASE WHEN kind = 'apply' THEN committed_at END) AS last_apply_at,
    MAX(CASE WHEN kind = 'purge' THEN committed_at END) AS last_purge_at,
    -- A purge of version 0.1.0 may have deleted any tombstone, however late it was loaded.
    TIMESTAMP_ADD(
      MAX(CASE WHEN kind = 'purge' THEN COALESCE(purged_before, window_to) END),
      INTERVAL ${FEED_OVERLAP_MINUTES} MINUTE
    ) AS feed_complete_since
  FROM ${sql.table('merge_runs')}
),
waiting AS (
  SELECT COUNT(*) AS changes_waiting
  FROM ${sql.table('membership_changes')}
  WHERE ingested_at >= (SELECT COALESCE(applied_until, TIMESTAMP_MICROS(0)) FROM runs)
),
rejects AS (
  SELECT CAST(COALESCE(SUM(COALESCE(records, 1)), 0) AS INT64) AS rejected_24h
  FROM ${sql.table('rejected_changes')}
  WHERE ${isRecent('ingested_at')}
),
feed AS (
  SELECT
    COUNTIF(NOT is_deleted) AS members,
    COUNTIF(is_deleted) AS tombstones,
    MIN(CASE WHEN is_deleted THEN cursor END) AS oldest_tombstone_at
  FROM ${sql.view('membership_feed')}
)
SELECT
  l.last_delivered_at,
  l.last_ingested_at,
  r.last_apply_at,
  r.last_purge_at,
  DIV(
    UNIX_MICROS(CURRENT_TIMESTAMP()) - UNIX_MICROS(r.last_apply_at), 60000000
  ) AS minutes_since_apply,
  w.changes_waiting,
  l.changes_24h,
  l.adds_24h,
  l.deletes_24h,
  j.rejected_24h,
  (SELECT COUNT(*) FROM ${sql.view('audiences')}) AS audiences,
  f.members,
  f.tombstones,
  f.oldest_tombstone_at,
  r.feed_complete_since
FROM loads AS l
CROSS JOIN runs AS r
CROSS JOIN waiting AS w
CROSS JOIN rejects AS j
CROSS JOIN feed AS f`,
  },
};

/** The hours of `_24h` columns. */
function isRecent(column: string): string {
  return `${column} >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)`;
}

/** The views in an order in which each reads only views that stand before it. */
export function viewsInOrder(): readonly ViewName[] {
  const ordered = new Set<ViewName>();
  const add = (name: ViewName) => {
    VIEWS[name].reads.forEach(add);
    ordered.add(name);
  };
  VIEW_NAMES.forEach(add);
  return [...ordered];
}

/** The newest change of every key, from the state and the recent log, under the rules of the MERGE. */
function resolvedMemberships(sql: Dialect<never>): string {
  return `
WITH known AS (
  SELECT mp_id, audience_id, is_member, changed_at, sequence, ingested_at, 1 AS in_state
  FROM ${sql.table('membership_state')}
  UNION ALL
  SELECT mp_id, audience_id, is_member, changed_at, sequence, ingested_at, 0 AS in_state
  FROM ${sql.table('membership_changes')}
  WHERE ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL ${VIEW_LOOKBACK_HOURS} HOUR)
),
newest AS (
  SELECT
    mp_id, audience_id, is_member, changed_at, sequence, ingested_at,
    MAX(in_state) OVER (PARTITION BY audience_id, mp_id) AS has_row
  FROM known
  WHERE TRUE -- GoogleSQL takes no QUALIFY without one.
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY audience_id, mp_id
    ORDER BY changed_at DESC, sequence DESC, is_member ASC, ingested_at ASC
  ) = 1
),
resolved AS (
  -- For a key without a row, a change that is not newer than the floor counts as a delete at the floor.
  SELECT
    n.mp_id,
    n.audience_id,
    a.audience_name,
    CASE
      WHEN n.has_row = 0 AND n.changed_at <= a.purge_floor THEN FALSE
      ELSE n.is_member
    END AS is_member,
    CASE
      WHEN n.has_row = 0 AND n.changed_at <= a.purge_floor THEN a.purge_floor
      ELSE n.changed_at
    END AS changed_at,
    n.ingested_at
  FROM newest AS n
  LEFT JOIN ${sql.table('audiences')} AS a ON a.audience_id = n.audience_id
)`;
}
