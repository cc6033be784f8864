import { VIEW_LOOKBACK_HOURS } from '../../runtime/warehouse/retention';
import { PURGE_INTERVAL_HOURS } from '../erasure/lifetimes';

/** When alerts fire. The levels are those of the integration's contract: docs.permutive.com, mParticle. */
export interface AlertThresholds {
  /**
   * Minutes that an object may wait for ingestion. The contract's staleness level is 1 hour.
   * @default 60
   */
  readonly oldestWaitingMinutes: number;

  /**
   * Minutes without a MERGE that committed. The health check is hourly, so the alert may come an hour later. Readers notice nothing at first, because the published views read the
   * last 30 hours of the log too.
   * @default - three intervals of the MERGE, at least 60 and at most 1560: four hours before the views lose changes
   */
  readonly mergeLateMinutes: number;

  /**
   * Hours without a purge. The purge runs every 24 hours, and the erasure budget has room for a missed one.
   * @default 26
   */
  readonly purgeLateHours: number;

  /**
   * Minutes without a successful call of the function. More than 30, because a sweep may take that long and counts
   * when it ends; less than an hour, because the hourly health check is a call too.
   * @default - 30 and two intervals of the sweep, at least 35 and at most 55
   */
  readonly sweepsStoppedMinutes: number;

  /**
   * Calls of the function that may fail within an hour. The next sweep resumes a failed one.
   * @default - less than half of an hour's sweeps, at most 3
   */
  readonly failedCallsPerHour: number;

  /**
   * Share of the records of one sweep that may be rejected, from 0 to 1. A machine writes the deliveries: one
   * record in a hundred is a change of format, not an accident.
   * @default 0.01
   */
  readonly rejectedShare: number;

  /**
   * Rejected records in one sweep below which the share does not matter.
   * @default 10
   */
  readonly rejectedLines: number;

  /**
   * Days without a delete while adds arrive. mParticle sends no deletes by default. The default leaves four of
   * the seven days that the contract allows for a deletion.
   * @default 3
   */
  readonly noDeletesDays: number;

  /**
   * Hours without any object. The contract allows 24 hours for the first audience to appear.
   * @default 24
   */
  readonly nothingReceivedHours: number;
}

export const DEFAULT_THRESHOLDS = {
  oldestWaitingMinutes: 60,
  purgeLateHours: PURGE_INTERVAL_HOURS + 2,
  rejectedShare: 0.01,
  rejectedLines: 10,
  noDeletesDays: 3,
  nothingReceivedHours: 24,
} as const satisfies Partial<AlertThresholds>;

/** Hours to fix a late MERGE in, before the views miss changes that no MERGE has applied. */
const TIME_TO_ACT_HOURS = 4;

export const MAX_MERGE_LATE_MINUTES = (VIEW_LOOKBACK_HOURS - TIME_TO_ACT_HOURS) * 60;

/** The function's timeout. A call is counted when it ends, so that a healthy one may be silent for as long. */
const LONGEST_CALL_MINUTES = 30;
export const MIN_SWEEPS_STOPPED_MINUTES = LONGEST_CALL_MINUTES + 5;
/** The hourly health check is a successful call too: a longer absence would never be seen. */
export const MAX_SWEEPS_STOPPED_MINUTES = 55;

const MAX_FAILED_CALLS_PER_HOUR = 3;

/** Fills in the defaults. Three of them follow from how often the MERGE and the sweep run. */
export function resolveThresholds(
  given: Partial<AlertThresholds>,
  intervals: { readonly mergeIntervalMinutes: number; readonly sweepIntervalMinutes: number },
): AlertThresholds {
  const { mergeIntervalMinutes, sweepIntervalMinutes } = intervals;
  return {
    ...DEFAULT_THRESHOLDS,
    mergeLateMinutes: Math.min(
      Math.max(3 * mergeIntervalMinutes, DEFAULT_THRESHOLDS.oldestWaitingMinutes),
      MAX_MERGE_LATE_MINUTES,
    ),
    sweepsStoppedMinutes: Math.min(
      Math.max(LONGEST_CALL_MINUTES + 2 * sweepIntervalMinutes, MIN_SWEEPS_STOPPED_MINUTES),
      MAX_SWEEPS_STOPPED_MINUTES,
    ),
    failedCallsPerHour: Math.min(
      Math.ceil(60 / sweepIntervalMinutes / 2) - 1,
      MAX_FAILED_CALLS_PER_HOUR,
    ),
    ...given,
  };
}
