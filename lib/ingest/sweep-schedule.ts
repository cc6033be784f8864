import { stableNumber } from '../workspace/names';

/**
 * When the ingest function sweeps, as Cloud Scheduler reads it (unix-cron). The first minute is derived from
 * the workspace id, off the hour, so that many workspaces spread out.
 *
 * @param everyMinutes divides 60, so that the last sweep of an hour is as far from the next one as any.
 */
export function sweepCron(workspace: string, everyMinutes: number): string {
  if (everyMinutes === 1) return '* * * * *';
  return `${firstMinute(workspace, everyMinutes)}-59/${everyMinutes} * * * *`;
}

/**
 * When the function states how fresh its workspace is: hourly, halfway between two sweeps, so that
 * the two seldom share the instance.
 */
export function healthCron(workspace: string, sweepEveryMinutes: number): string {
  const minute = firstMinute(workspace, sweepEveryMinutes) + Math.floor(sweepEveryMinutes / 2);
  return `${minute} * * * *`;
}

/** From 1 to the interval less one; 1 where there is nothing to choose. */
function firstMinute(workspace: string, everyMinutes: number): number {
  return 1 + (stableNumber(workspace) % Math.max(1, everyMinutes - 1));
}
