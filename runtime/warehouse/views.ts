import type { Dialect } from './dialect';
import { VIEW_LOOKBACK_HOURS } from './retention';
import { VIEW_NAMES, type ViewName } from './tables';

/** A published view. */
export interface View {
  readonly description: string;
  /** The other views that the text reads: BigQuery accepts a view only once they exist. */
  readonly reads: readonly ViewName[];
  readonly select: (sql: Dialect<never>) => string;
}

/**
 * The published views. They read the state and the recent log, so that a change is visible as soon as it is
 * loaded, however seldom the scheduled query runs.
 */
export const VIEWS: Readonly<Record<ViewName, View>> = {
  membership_updates: {
    description: 'The newest change of every user and audience, in the five documented fields.',
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
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)}
SELECT mp_id, audience_id, audience_name, changed_at
FROM resolved
WHERE is_member`,
  },
  membership_feed: {
    description:
      'The same changes for incremental readers: cursor is the time of loading, which never goes back.',
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
    reads: [],
    select: (sql) => `${resolvedMemberships(sql)},
traffic AS (
  SELECT
    audience_id,
    COUNTIF(is_member) AS members,
    MAX(changed_at) AS last_change_at,
    COUNTIF(
      is_member AND ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS adds_24h,
    COUNTIF(
      NOT is_member AND ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS deletes_24h
  FROM resolved
  GROUP BY audience_id
)
SELECT
  COALESCE(a.audience_id, t.audience_id) AS audience_id,
  a.audience_name,
  COALESCE(t.members, 0) AS members,
  t.last_change_at,
  COALESCE(t.adds_24h, 0) AS adds_24h,
  COALESCE(t.deletes_24h, 0) AS deletes_24h
FROM ${sql.table('audiences')} AS a
FULL JOIN traffic AS t ON t.audience_id = a.audience_id`,
  },
  user_audiences: {
    description: 'One row per user: the sorted ids of the audiences the user is a member of.',
    reads: ['memberships'],
    select: (sql) => `
SELECT mp_id, ARRAY_AGG(audience_id ORDER BY audience_id) AS audience_ids
FROM ${sql.view('memberships')}
GROUP BY mp_id`,
  },
  identities: {
    description: 'Additional identifiers of current members.',
    reads: ['memberships'],
    select: (sql) => `
SELECT mp_id, identity_type, identity_value, last_seen_at
FROM ${sql.table('identities')}
WHERE mp_id IN (SELECT mp_id FROM ${sql.view('memberships')})`,
  },
  import_health: {
    description: 'One row that tells whether the import is fresh, complete and receiving deletes.',
    reads: [],
    select: (sql) => `
WITH loads AS (
  SELECT
    MAX(delivered_at) AS last_delivered_at,
    MAX(ingested_at) AS last_ingested_at,
    COUNTIF(ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)) AS changes_24h,
    COUNTIF(
      is_member AND ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS adds_24h,
    COUNTIF(
      NOT is_member AND ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    ) AS deletes_24h
  FROM ${sql.table('membership_changes')}
),
runs AS (
  SELECT
    MAX(window_to) AS applied_until,
    MAX(CASE WHEN kind = 'apply' THEN committed_at END) AS last_apply_at,
    MAX(CASE WHEN kind = 'purge' THEN committed_at END) AS last_purge_at
  FROM ${sql.table('merge_runs')}
),
waiting AS (
  SELECT COUNT(*) AS changes_waiting
  FROM ${sql.table('membership_changes')}
  WHERE ingested_at >= (SELECT COALESCE(applied_until, TIMESTAMP_MICROS(0)) FROM runs)
),
rejects AS (
  SELECT COUNT(*) AS rejected_24h
  FROM ${sql.table('rejected_changes')}
  WHERE ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
),
state AS (
  SELECT
    COUNTIF(is_member) AS members,
    COUNTIF(NOT is_member) AS tombstones,
    MIN(CASE WHEN is_member THEN NULL ELSE changed_at END) AS oldest_tombstone_at
  FROM ${sql.table('membership_state')}
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
  (SELECT COUNT(*) FROM ${sql.table('audiences')}) AS audiences,
  s.members,
  s.tombstones,
  s.oldest_tombstone_at
FROM loads AS l
CROSS JOIN runs AS r
CROSS JOIN waiting AS w
CROSS JOIN rejects AS j
CROSS JOIN state AS s`,
  },
};

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
  SELECT n.mp_id, n.audience_id, a.audience_name, n.is_member, n.changed_at, n.ingested_at
  FROM newest AS n
  LEFT JOIN ${sql.table('audiences')} AS a ON a.audience_id = n.audience_id
  WHERE n.has_row = 1 OR a.purge_floor IS NULL OR n.changed_at > a.purge_floor
)`;
}
