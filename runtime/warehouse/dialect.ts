import type { ColumnType, TableName, ViewName } from './tables';

/** What a run hands to its statements, and the type of each, as the BigQuery API spells it. */
export const RUN_PARAMETERS = {
  v_run_id: 'STRING',
  v_to: 'TIMESTAMP',
  v_from: 'TIMESTAMP',
  v_delta_rows: 'INTEGER',
  v_applied_rows: 'INTEGER',
  v_purged_rows: 'INTEGER',
  v_tombstones_before: 'TIMESTAMP',
  v_log_before: 'TIMESTAMP',
  v_rejects_before: 'TIMESTAMP',
  v_runs_before: 'TIMESTAMP',
} as const satisfies Record<string, ColumnType>;

export type RunParameter = keyof typeof RUN_PARAMETERS;

/**
 * How one engine names the things that a statement refers to. The statements themselves are the same text on
 * every engine: only these references and the engine's own prelude of macros differ.
 *
 * `Parameter` names the run parameters that the statement may refer to. A view has none: `Dialect<never>`.
 */
export interface Dialect<Parameter extends RunParameter = RunParameter> {
  /** A table of the core dataset. */
  readonly table: (name: TableName) => string;
  /** A view of the published dataset. */
  readonly view: (name: ViewName) => string;
  /** A value that the run provides: a script variable, or a query parameter. */
  readonly parameter: (name: Parameter) => string;
  /**
   * Begins the statement that makes a temporary table. A script of BigQuery has a temporary dataset to itself, so that
   * the name is free; Google names `CREATE TEMP TABLE` among what a transaction may do, and not `OR REPLACE`
   * (https://cloud.google.com/bigquery/docs/transactions). A connection of the embedded engine keeps its tables.
   */
  readonly createTemporary: (name: string) => string;
  /** The elements of an array column as rows, bound to `alias`. */
  readonly elements: (array: string, alias: string) => string;
}

/** Where a workspace's datasets are. */
export interface DatasetNames {
  readonly projectId: string;
  readonly coreDataset: string;
  readonly publishedDataset: string;
}

/** BigQuery: run parameters are variables of the scheduled script. */
export function bigQueryDialect(names: DatasetNames): Dialect {
  return {
    table: (name) => `\`${names.projectId}.${names.coreDataset}.${name}\``,
    view: (name) => `\`${names.projectId}.${names.publishedDataset}.${name}\``,
    parameter: (name) => name,
    createTemporary: (name) => `CREATE TEMP TABLE ${name}`,
    elements: (array, alias) => `UNNEST(${array}) AS ${alias}`,
  };
}
