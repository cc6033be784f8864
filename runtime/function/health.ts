import type { LastRuns } from '../google/bigquery';
import { VIEW_LOOKBACK_HOURS } from '../warehouse/retention';
import type { WaitingCount } from '../ingest/waiting';

/** The service level: an update is available within an hour. */
export const MAX_WAITING_SECONDS = 3_600;

/** Half of the log window that the views read: time to fix the MERGE before changes go missing. */
export const MAX_MINUTES_SINCE_APPLY = (VIEW_LOOKBACK_HOURS * 60) / 2;

/** The purge is daily: later than this, one was missed. */
export const MAX_HOURS_SINCE_PURGE = 30;

/** How fresh a workspace is. */
export interface Health {
  readonly status: 'ok' | 'late';
  /** Since the last MERGE committed; `null` before the first one. */
  readonly minutesSinceApply: number | null;
  /** Since the last purge committed; `null` before the first one. */
  readonly hoursSincePurge: number | null;
  /** Age of the oldest object that waits to be ingested; 0 when none does. */
  readonly oldestWaitingSeconds: number;
  readonly waitingObjects: number;
}

/** @param now microseconds since 1970-01-01T00:00:00Z. */
export function healthOf(
  waiting: WaitingCount,
  { applyAt, purgeAt }: LastRuns,
  now: number,
): Health {
  const secondsSince = (at: number) => Math.max(0, Math.round((now - at) / 1e6));
  const oldestWaitingSeconds = waiting.oldestAt === undefined ? 0 : secondsSince(waiting.oldestAt);
  const minutesSinceApply = applyAt === undefined ? null : Math.floor(secondsSince(applyAt) / 60);
  const hoursSincePurge = purgeAt === undefined ? null : Math.floor(secondsSince(purgeAt) / 3600);
  const isLate =
    oldestWaitingSeconds > MAX_WAITING_SECONDS ||
    (minutesSinceApply ?? 0) > MAX_MINUTES_SINCE_APPLY ||
    (hoursSincePurge ?? 0) > MAX_HOURS_SINCE_PURGE;
  return {
    status: isLate ? 'late' : 'ok',
    minutesSinceApply,
    hoursSincePurge,
    oldestWaitingSeconds,
    waitingObjects: waiting.objects,
  };
}
