/**
 * The tables of the core dataset, written once. Terraform schemas, load-job schemas, the embedded engine's
 * DDL, the SQL analyzer's catalogue and the reference documentation are all rendered from this data.
 *
 * Evolution: columns are only ever appended, and appended columns are NULLABLE. The provider replaces a
 * table (and loses its rows) for a new REQUIRED column, a changed type or a renamed column.
 */

/** Type names as the BigQuery API spells them: other spellings show up as a permanent difference in plans. */
export type ColumnType = 'STRING' | 'INTEGER' | 'BOOLEAN' | 'TIMESTAMP' | 'RECORD';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
  /** Only for `RECORD`. */
  readonly fields?: readonly Column[];
  /** A GoogleSQL expression. A load job applies it only when its schema leaves the column out. */
  readonly defaultValueExpression?: string;
}

export interface Table {
  readonly description: string;
  readonly columns: readonly Column[];
  /** Ingestion-hour partitions: a load touches one partition, and old ones are deleted whole. */
  readonly hourlyPartitionColumn?: string;
  /** At most four, most selective filter first. */
  readonly clusteringColumns?: readonly string[];
}

const sourceColumns: readonly Column[] = [
  {
    name: 'source_object',
    type: 'STRING',
    mode: 'REQUIRED',
    description: 'Name of the landing object the line was read from.',
  },
  {
    name: 'source_generation',
    type: 'STRING',
    mode: 'REQUIRED',
    description: 'Generation of that object.',
  },
  {
    name: 'source_line',
    type: 'INTEGER',
    mode: 'REQUIRED',
    description: 'Line in the inflated object, counted from 1.',
  },
];

const ingestedAt: Column = {
  name: 'ingested_at',
  type: 'TIMESTAMP',
  mode: 'NULLABLE',
  description: 'When the row was loaded. Filled by the warehouse.',
  defaultValueExpression: 'CURRENT_TIMESTAMP()',
};

const membershipKey: readonly Column[] = [
  {
    name: 'mp_id',
    type: 'STRING',
    mode: 'REQUIRED',
    description: 'mParticle ID: a signed 64-bit integer in canonical decimal form.',
  },
  {
    name: 'audience_id',
    type: 'STRING',
    mode: 'REQUIRED',
    description: 'Unique identifier of the audience.',
  },
];

const membershipOrder: readonly Column[] = [
  {
    name: 'is_member',
    type: 'BOOLEAN',
    mode: 'REQUIRED',
    description: 'TRUE for an add; FALSE for a delete, which is kept as a tombstone.',
  },
  {
    name: 'changed_at',
    type: 'TIMESTAMP',
    mode: 'REQUIRED',
    description: 'When the membership changed, as the sender states it.',
  },
  {
    name: 'sequence',
    type: 'INTEGER',
    mode: 'REQUIRED',
    description: 'Breaks ties of changed_at; larger is later. Derived from the delivery.',
  },
];

export const TABLES = {
  membership_changes: {
    description: 'The log: every accepted change, append only, kept for a few days.',
    columns: [
      ...membershipKey,
      ...membershipOrder,
      {
        name: 'audience_name',
        type: 'STRING',
        mode: 'NULLABLE',
        description: 'Name of the audience at the time of the change.',
      },
      {
        name: 'identities',
        type: 'RECORD',
        mode: 'REPEATED',
        description: 'Additional identifiers of the user, of the kept types only.',
        fields: [
          {
            name: 'type',
            type: 'STRING',
            mode: 'REQUIRED',
            description: 'Identity type, such as email_sha256 or customer_id.',
          },
          { name: 'value', type: 'STRING', mode: 'REQUIRED', description: 'Identity value.' },
        ],
      },
      ...sourceColumns,
      {
        name: 'delivered_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'When the landing object was created.',
      },
      ingestedAt,
    ],
    hourlyPartitionColumn: 'ingested_at',
    clusteringColumns: ['audience_id', 'mp_id'],
  },
  membership_state: {
    description: 'The newest change of every user and audience: members and tombstones.',
    columns: [
      ...membershipKey,
      ...membershipOrder,
      {
        name: 'ingested_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description:
          'When that change was loaded, or applied if that was more than a day later: the cursor of incremental readers.',
      },
    ],
    clusteringColumns: ['audience_id', 'mp_id'],
  },
  audiences: {
    description: 'One row per audience ever seen: its newest name and its purge floor.',
    columns: [
      {
        name: 'audience_id',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Unique identifier of the audience.',
      },
      {
        name: 'audience_name',
        type: 'STRING',
        mode: 'NULLABLE',
        description: 'The newest name that was delivered.',
      },
      {
        name: 'name_changed_at',
        type: 'TIMESTAMP',
        mode: 'NULLABLE',
        description: 'changed_at of the change that brought the name.',
      },
      {
        name: 'name_sequence',
        type: 'INTEGER',
        mode: 'NULLABLE',
        description: 'sequence of the change that brought the name.',
      },
      {
        name: 'purge_floor',
        type: 'TIMESTAMP',
        mode: 'NULLABLE',
        description:
          'The newest changed_at of any purged tombstone. A key without a row becomes a member only by a newer change.',
      },
    ],
    clusteringColumns: ['audience_id'],
  },
  identities: {
    description: 'Additional identifiers of users who are members of at least one audience.',
    columns: [
      {
        name: 'mp_id',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'mParticle ID of the user.',
      },
      {
        name: 'identity_type',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Identity type, such as email_sha256 or customer_id.',
      },
      {
        name: 'identity_value',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Identity value.',
      },
      {
        name: 'last_seen_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'Newest changed_at of a change that carried it.',
      },
    ],
    clusteringColumns: ['mp_id'],
  },
  rejected_changes: {
    description:
      'Every record or object that was not accepted: where it is and why, never its content.',
    columns: [
      ...sourceColumns,
      {
        name: 'byte_offset',
        type: 'INTEGER',
        mode: 'REQUIRED',
        description: "Offset of the record's first byte in the inflated object, counted from 0.",
      },
      {
        name: 'reason',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Reason code, one of the closed list.',
      },
      {
        name: 'field',
        type: 'STRING',
        mode: 'NULLABLE',
        description: 'The field at fault, when one field is to blame.',
      },
      {
        name: 'delivered_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'When the landing object was created.',
      },
      ingestedAt,
      {
        name: 'records',
        type: 'INTEGER',
        mode: 'NULLABLE',
        description: 'For how many records the row stands; NULL for one.',
      },
    ],
    hourlyPartitionColumn: 'ingested_at',
  },
  merge_runs: {
    description: 'One row per committed run, empty ones included: the heartbeat and the watermark.',
    columns: [
      {
        name: 'run_id',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Job id of the run.',
      },
      {
        name: 'kind',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'apply or purge.',
      },
      {
        name: 'window_from',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'Start of the log window that was applied, inclusive (ingested_at).',
      },
      {
        name: 'window_to',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'End of the log window that was applied, exclusive (ingested_at).',
      },
      {
        name: 'delta_rows',
        type: 'INTEGER',
        mode: 'REQUIRED',
        description: 'Keys with a change in the window.',
      },
      {
        name: 'applied_rows',
        type: 'INTEGER',
        mode: 'REQUIRED',
        description: 'Rows of membership_state inserted or updated.',
      },
      {
        name: 'purged_rows',
        type: 'INTEGER',
        mode: 'REQUIRED',
        description: 'Tombstones removed.',
      },
      {
        name: 'committed_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'When the run committed.',
      },
      {
        name: 'purged_before',
        type: 'TIMESTAMP',
        mode: 'NULLABLE',
        description:
          'Of a purge: deletes that were loaded before this time are no longer kept. NULL in purges of version 0.1.0.',
      },
    ],
  },
  merge_lock: {
    description:
      'One row. Every run updates it inside its transaction, so that two runs cannot overlap.',
    columns: [
      {
        name: 'holder',
        type: 'STRING',
        mode: 'REQUIRED',
        description: 'Job id of the last run.',
      },
      {
        name: 'locked_at',
        type: 'TIMESTAMP',
        mode: 'REQUIRED',
        description: 'When that run took the lock.',
      },
    ],
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;

/** Names of {@link TABLES}, in the order in which documentation lists them. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** The views of the published dataset, in the order in which documentation lists them. */
export const VIEW_NAMES = [
  'membership_updates',
  'memberships',
  'membership_feed',
  'audiences',
  'user_audiences',
  'identities',
  'import_health',
] as const;

export type ViewName = (typeof VIEW_NAMES)[number];
