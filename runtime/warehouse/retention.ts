/**
 * How far the next run reads back before the last one's end. A load job stamps its rows before it commits
 * them: what was committed late is read by the overlap, and applying a change again changes nothing.
 */
export const WINDOW_OVERLAP_MINUTES = 60;

/** How far the daily purge reads back, for loads that committed later than any overlap. */
export const PURGE_WINDOW_HOURS = 30;

/** How far the published views read the log: longer than the longest tolerated gap between two runs. */
export const VIEW_LOOKBACK_HOURS = 30;

/** How long a run may take, so that what it applies is visible in time. */
const RUN_MINUTES = 60;

/**
 * A run stamps a change older than this with its own time. The views show such a change only until the run
 * commits, or have not shown it for a while: a reader of the feed must see it again.
 */
export const RESTAMP_AFTER_HOURS = VIEW_LOOKBACK_HOURS - RUN_MINUTES / 60;

/**
 * How far before its previous reading a reader of `membership_feed` starts the next one. A row is stamped before
 * its load commits; and what a load brings while a purge is running may be taken back when the purge commits.
 */
export const FEED_OVERLAP_MINUTES = WINDOW_OVERLAP_MINUTES + RUN_MINUTES;

/**
 * How often `membership_feed` must be read at least, in hours. A delete stays in it for `tombstoneHours` after its
 * stamp, and may be visible only `FEED_OVERLAP_MINUTES` after it.
 */
export function feedReadingHours({ tombstoneHours }: Retention): number {
  return tombstoneHours - FEED_OVERLAP_MINUTES / 60;
}

/** What the daily purge keeps, in hours. */
export interface Retention {
  /**
   * Tombstones, counted from when the delete was loaded. Readers of the feed have that long to see a delete, and an
   * older add may be that late and still lose.
   */
  readonly tombstoneHours: number;
  /** The log of changes; whole hours are deleted. */
  readonly logHours: number;
  /** Positions and reasons of rejected lines. */
  readonly rejectionHours: number;
}

/**
 * 66 h, then a purge up to 24 h later, one more day for a purge that fails or waits in BigQuery's queue of
 * batch jobs, then 48 h of time travel: together with the hours until a delete is loaded, this is inside the 7 days
 * that the contract allows for deletion.
 */
export const DEFAULT_RETENTION: Retention = {
  tombstoneHours: 66,
  logHours: 66,
  rejectionHours: 66,
};

/** How long the record of runs is kept, in days. */
export const RUN_HISTORY_DAYS = 90;
