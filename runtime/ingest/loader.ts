import type { TableName } from '../warehouse/tables';

/** The tables that the sweep appends to. */
export type LoadedTable = Extract<TableName, 'membership_changes' | 'rejected_changes'>;

/** One load of staged rows into one table. */
export interface LoadJob {
  /** Letters, digits, `_` and `-`. The same id always stands for the same rows. */
  readonly id: string;
  readonly table: LoadedTable;
  /** Newline-delimited JSON, as the staging store locates it. */
  readonly source: string;
}

/** The rows, or their fit to the table; a table or a staged object that is not there; anything else. */
export type LoadBlame = 'rows' | 'missing' | 'other';

export type LoadState =
  | { readonly state: 'running' }
  | { readonly state: 'loaded'; readonly rows: number }
  | {
      readonly state: 'failed';
      /** What is to blame. Another attempt may succeed if it is neither the rows nor something missing. */
      readonly blame: LoadBlame;
      /** The warehouse's code, such as `invalid` or `backendError`. */
      readonly reason: string;
    };

/** Loads staged rows into the warehouse. A job appends all of its rows or none, and its id is carried out once. */
export interface Loader {
  /** Starts a job, and returns its state. A job that was started before is not started again. */
  start(job: LoadJob): Promise<LoadState>;

  stateOf(job: LoadJob): Promise<LoadState>;
}

/** What the tables say of the warehouse. Times are microseconds since 1970-01-01T00:00:00Z. */
export interface WarehouseState {
  /** When the MERGE last committed; absent before the first time. */
  readonly applyAt?: number;
  /** When the purge last committed; absent before the first time. */
  readonly purgeAt?: number;
  /** Loaded rows that no window of the MERGE contains, because BigQuery did not fill in when they were loaded. */
  readonly rowsWithoutIngestedAt: number;
}

/** The warehouse cannot do what it was asked. The message holds no content of any row. */
export class WarehouseError extends Error {
  override readonly name = 'WarehouseError';
}
