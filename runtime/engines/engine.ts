/** The two tables that ingest appends to. */
export type LoadTable = 'membership_changes' | 'rejected_changes';

/**
 * Appends newline-delimited JSON to a table: all rows or none, and at most once for each id.
 *
 * The engine never accepts an id twice. Whoever wants a failed load again asks under a new id, once the
 * former is known to have failed: https://cloud.google.com/bigquery/docs/reliability-intro
 */
export interface LoadJob {
  /** Letters, digits, `_` and `-`; at most 1,024 characters. */
  readonly id: string;
  readonly table: LoadTable;
  /** At most 10,000, as {@link ObjectStore.uri} names them. */
  readonly uris: readonly string[];
}

export type LoadStatus =
  | { readonly state: 'unknown' }
  | { readonly state: 'running' }
  | { readonly state: 'succeeded'; readonly rows: number }
  | {
      readonly state: 'failed';
      /** The engine's reason code, such as `invalid` or `backendError`. */
      readonly reason: string;
      readonly message: string;
    };

/** What the ingest sweep needs of a warehouse. */
export interface LoadEngine {
  /** Submits a job. An id that was submitted before is not an error: ask {@link loadStatus} for it. */
  submitLoad(job: LoadJob): Promise<void>;
  loadStatus(id: string): Promise<LoadStatus>;
}

/** Outcome of one run of the MERGE. */
export interface ApplyResult {
  /** Keys with a change in the window. */
  readonly deltaRows: number;
  /** Rows of the state inserted or updated. */
  readonly appliedRows: number;
}

/** Outcome of one purge. */
export interface PurgeResult extends ApplyResult {
  /** Tombstones removed. */
  readonly purgedRows: number;
}
