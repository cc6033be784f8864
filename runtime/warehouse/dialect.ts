import type { TableName, ViewName } from './tables';

/**
 * How one engine names the things a statement refers to. The statements themselves are the same text for
 * every engine: only these references and the engine's own prelude of macros differ.
 */
export interface Dialect {
  /** A table of the core dataset. */
  table(name: TableName): string;
  /** A view of the published dataset. */
  view(name: ViewName): string;
  /** A value that the run provides: a script variable, or a query parameter. */
  parameter(name: RunParameter): string;
  /** The elements of an array column as rows, bound to `alias`. */
  elements(array: string, alias: string): string;
}

export type RunParameter =
  | 'v_run_id'
  | 'v_from'
  | 'v_to'
  | 'v_delta_rows'
  | 'v_applied_rows'
  | 'v_purged_rows'
  | 'v_tombstones_before'
  | 'v_log_before'
  | 'v_rejects_before'
  | 'v_runs_before';

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
    elements: (array, alias) => `UNNEST(${array}) AS ${alias}`,
  };
}

/** The embedded engine: two schemas of one file, and `$` for parameters. */
export const duckDbDialect: Dialect = {
  table: (name) => `core.${name}`,
  view: (name) => `published.${name}`,
  parameter: (name) => `$${name}`,
  elements: (array, alias) => `UNNEST(${array}) AS ${alias}(${alias})`,
};
