import type { WarehouseState } from '../ingest/loader';
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
  /** Since the last MERGE committed, or since the first sweep if none has; `null` before that sweep. */
  readonly minutesSinceApply: number | null;
  /** Since the last purge committed, or since the first sweep if none has; `null` before that sweep. */
  readonly hoursSincePurge: number | null;
  /** Age of the oldest object that waits to be ingested; 0 when none does. */
  readonly oldestWaitingSeconds: number;
  readonly waitingObjects: number;
  /** Loaded rows that neither the MERGE nor the purge sees: docs/runbook.md#rows-without-ingested-at. */
  readonly rowsWithoutIngestedAt: number;
}

/**
 * What never ran is as late as what ran last when the workspace was first swept.
 *
 * @param since when the workspace was first swept, in microseconds since 1970-01-01T00:00:00Z, as `now`.
 */
export function healthOf(
  waiting: WaitingCount,
  warehouse: WarehouseState,
  since: number | undefined,
  now: number,
): Health {
  const { applyAt = since, purgeAt = since, rowsWithoutIngestedAt } = warehouse;
  const secondsSince = (at: number) => Math.max(0, Math.round((now - at) / 1e6));
  const oldestWaitingSeconds = waiting.oldestAt === undefined ? 0 : secondsSince(waiting.oldestAt);
  const minutesSinceApply = applyAt === undefined ? null : Math.floor(secondsSince(applyAt) / 60);
  const hoursSincePurge = purgeAt === undefined ? null : Math.floor(secondsSince(purgeAt) / 3600);
  const isLate =
    rowsWithoutIngestedAt > 0 ||
    oldestWaitingSeconds > MAX_WAITING_SECONDS ||
    (minutesSinceApply ?? 0) > MAX_MINUTES_SINCE_APPLY ||
    (hoursSincePurge ?? 0) > MAX_HOURS_SINCE_PURGE;
  return {
    status: isLate ? 'late' : 'ok',
    minutesSinceApply,
    hoursSincePurge,
    oldestWaitingSeconds,
    waitingObjects: waiting.objects,
    rowsWithoutIngestedAt,
  };
}
