import { stableNumber } from '../workspace/names';

/** The Data Transfer Service runs a scheduled query every 5 minutes at the most. */
const MINUTE_STEPS = [5, 10, 15, 20, 30] as const;
const HOUR_STEPS = [1, 2, 3, 4, 6, 8, 12] as const;

/** Google: scheduled queries that run exactly on the hour may run several times; so never near it. */
const FIRST_MINUTE = 3;
const LAST_MINUTE = 17;

/**
 * How often the MERGE runs. The minute within the hour is not chosen here: it is derived from the workspace
 * id, off the hour, so that many workspaces spread out.
 *
 * The published views read the log beside the state, so the cadence decides cost, not freshness.
 */
export class Schedule {
  private constructor(
    /** Minutes between two runs. */
    readonly intervalMinutes: number,
    private readonly render: (minute: number) => string,
  ) {}

  /** @param minutes 5, 10, 15, 20 or 30. */
  static everyMinutes(minutes: number): Schedule {
    requireOneOf('minutes', minutes, MINUTE_STEPS);
    return new Schedule(
      minutes,
      (minute) => `every ${minutes} minutes from 00:${twoDigits(minute)} to 23:59`,
    );
  }

  /** @param hours 1, 2, 3, 4, 6, 8 or 12. */
  static everyHours(hours: number): Schedule {
    requireOneOf('hours', hours, HOUR_STEPS);
    return new Schedule(
      hours * 60,
      (minute) => `every ${hours} hours from 00:${twoDigits(minute)} to 23:59`,
    );
  }

  /** Once a day, a little after 03:00 UTC. */
  static daily(): Schedule {
    return new Schedule(24 * 60, (minute) => `every day 03:${twoDigits(minute)}`);
  }

  /** In the grammar of the Data Transfer Service; times are UTC. */
  expression(workspace: string): string {
    return this.render(runMinute(workspace, this.intervalMinutes));
  }
}

/**
 * When the daily purge of a workspace runs: 33 minutes after a run of the MERGE would start, which no
 * allowed interval divides, so that the two do not meet.
 */
export function purgeExpression(workspace: string, merge: Schedule): string {
  return `every day 04:${twoDigits(runMinute(workspace, merge.intervalMinutes) + 33)}`;
}

function runMinute(workspace: string, intervalMinutes: number): number {
  const minutes = Math.min(LAST_MINUTE, intervalMinutes - 1) - FIRST_MINUTE + 1;
  return FIRST_MINUTE + (stableNumber(workspace) % minutes);
}

function requireOneOf(unit: string, value: number, allowed: readonly number[]): void {
  if (allowed.includes(value)) return;
  throw new Error(`schedule: got ${value} ${unit}; allowed: ${allowed.join(', ')}`);
}

function twoDigits(minute: number): string {
  return String(minute).padStart(2, '0');
}
