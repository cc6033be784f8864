export * from './change';
export type * from './normalize/delivered-object';
export { MAX_IDENTITY_TYPES } from './fields/identity';
export { DEFAULT_NORMALIZE_OPTIONS, normalize } from './normalize/normalize';
export { canonicalLine } from './normalize/canonical-line';
export { formatTimestamp } from './fields/timestamp';
export { TABLES, TABLE_NAMES, VIEW_NAMES } from './warehouse/tables';
export type { Column, Table, TableName, ViewName } from './warehouse/tables';
export { bigQueryDialect, type DatasetNames, type Dialect } from './warehouse/dialect';
export {
  DEFAULT_RETENTION,
  PURGE_WINDOW_HOURS,
  VIEW_LOOKBACK_HOURS,
  WINDOW_OVERLAP_MINUTES,
  type Retention,
} from './warehouse/retention';
export { applyScript, purgeScript } from './warehouse/scheduled-scripts';
export { schemaJson, createBigQueryTable } from './warehouse/schema';
export { VIEWS } from './warehouse/views';
export { DuckDbWarehouse } from './local/duckdb';
export { DatabaseError } from './local/duckdb-database';
export type { ApplyResult, PurgeResult } from './local/duckdb-runs';
export { ingestFiles, type LocalIngestOptions } from './local/ingest-files';
export { WarehouseError } from './ingest/loader';
export { StoreError } from './ingest/stores';
export { SweepError } from './ingest/sweep';
export type { SweepReport } from './ingest/sweep-report';
export { findFiles, type FindOptions, type FoundFiles, type UnreadPath } from './local/find-files';
export { LOG_FIELDS, type LogEvent } from './function/log';
