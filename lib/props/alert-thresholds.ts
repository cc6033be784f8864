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
   * Minutes without a successful MERGE. The published views read the log too, so that staleness does not
   * depend on it; but they read no more than its last 30 hours.
   * @default - three intervals of the MERGE, at least 60 and at most 1560: four hours before the views lose changes
   */
  readonly mergeLateMinutes: number;

  /**
   * Hours without a purge. It runs every 24 hours; the erasure budget has room for one that is missed.
   * @default 26
   */
  readonly purgeLateHours: number;

  /**
   * Minutes without a successful call of the function. Less than an hour: a health check calls it hourly.
   * @default - six intervals of the sweep, at most 55
   */
  readonly sweepsStoppedMinutes: number;

  /**
   * Errors that the function may answer in an hour. A sweep that fails is resumed by the next one.
   * @default 3
   */
  readonly failedCallsPerHour: number;

  /**
   * Share of the lines of one sweep that may be rejected, from 0 to 1. Deliveries are written by a machine:
   * one line in a hundred is a change of format, not an accident.
   * @default 0.01
   */
  readonly rejectedShare: number;

  /**
   * Rejected lines in one sweep below which the share does not matter.
   * @default 10
   */
  readonly rejectedLines: number;

  /**
   * Days without a delete while adds arrive: deletes are off by default in mParticle. Leaves four of the seven
   * days that the contract allows for a deletion.
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
  failedCallsPerHour: 3,
  rejectedShare: 0.01,
  rejectedLines: 10,
  noDeletesDays: 3,
  nothingReceivedHours: 24,
} as const satisfies Partial<AlertThresholds>;

/** Hours that remain to act before the views read less than what no MERGE has applied. */
const TIME_TO_ACT_HOURS = 4;

export const MAX_MERGE_LATE_MINUTES = (VIEW_LOOKBACK_HOURS - TIME_TO_ACT_HOURS) * 60;
/** The hourly health check is a successful call too: a longer absence would never be seen. */
export const MAX_SWEEPS_STOPPED_MINUTES = 55;

/** Thresholds with every default filled in; two follow from how often things run. */
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
    sweepsStoppedMinutes: Math.min(6 * sweepIntervalMinutes, MAX_SWEEPS_STOPPED_MINUTES),
    ...given,
  };
}
