/**
 * How far the next run reads back before the last one's end. A load job stamps its rows before it commits
 * them: what was committed late is read by the overlap, and applying a change again changes nothing.
 */
export const WINDOW_OVERLAP_MINUTES = 60;

/** How far the daily purge reads back, for loads that committed later than any overlap. */
export const PURGE_WINDOW_HOURS = 30;

/** How far the published views read the log: longer than the longest tolerated gap between two runs. */
export const VIEW_LOOKBACK_HOURS = 30;

/** What the daily purge keeps, in hours. */
export interface Retention {
  /** Tombstones. A delete that arrives must outlast the adds that are still under way. */
  readonly tombstoneHours: number;
  /** The log of changes; whole hours are deleted. */
  readonly logHours: number;
  /** Positions and reasons of rejected lines. */
  readonly rejectionHours: number;
}

/**
 * 66 h, then a purge up to 24 h later, one more day for a purge that fails or waits in BigQuery's queue of
 * batch jobs, then 48 h of time travel: with what is rounded up, inside the 7 days that the contract allows
 * for deletion.
 */
export const DEFAULT_RETENTION: Retention = {
  tombstoneHours: 66,
  logHours: 66,
  rejectionHours: 66,
};

/** How long the record of runs is kept, in days. */
export const RUN_HISTORY_DAYS = 90;
