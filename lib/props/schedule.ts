import { stableNumber } from '../workspace/names';

/**
 * The Data Transfer Service runs a scheduled query at most every 5 minutes:
 * https://cloud.google.com/bigquery/docs/scheduling-queries
 */
const MINUTE_STEPS = [5, 10, 15, 20, 30] as const;
const HOUR_STEPS = [1, 2, 3, 4, 6, 8, 12] as const;

const MINUTES_PER_DAY = 24 * 60;

/** Minutes between two runs, of every schedule that there is. */
const INTERVALS: readonly unknown[] = [
  ...MINUTE_STEPS,
  ...HOUR_STEPS.map((hours) => hours * 60),
  MINUTES_PER_DAY,
];

/** Google: scheduled queries that run exactly on the hour may run several times. These minutes are far from it. */
const FIRST_MINUTE = 3;
const LAST_MINUTE = 17;

/** Shared by all copies of the package that a program may load. */
const SCHEDULE = Symbol.for('cdktf-audience-import/Schedule');

/**
 * How often the MERGE runs. The minute within the hour cannot be chosen: it is derived from the workspace id,
 * away from the full hour, so that many workspaces spread out.
 *
 * The published views read the log beside the state, so that the interval decides cost, not freshness.
 */
export class Schedule {
  private constructor(
    /** Minutes between two runs. */
    readonly intervalMinutes: number,
  ) {
    // Not a declared field: the types of two copies of the package stay compatible.
    Object.defineProperty(this, SCHEDULE, { value: true });
  }

  /**
   * Runs the MERGE several times an hour.
   *
   * @param minutes 5, 10, 15, 20 or 30.
   * @throws {Error} for any other number.
   * @example Schedule.everyMinutes(20)
   */
  static everyMinutes(minutes: number): Schedule {
    requireOneOf('minutes', minutes, MINUTE_STEPS);
    return new Schedule(minutes);
  }

  /**
   * Runs the MERGE hourly or several times a day.
   *
   * @param hours 1, 2, 3, 4, 6, 8 or 12.
   * @throws {Error} for any other number.
   * @example Schedule.everyHours(6)
   */
  static everyHours(hours: number): Schedule {
    requireOneOf('hours', hours, HOUR_STEPS);
    return new Schedule(hours * 60);
  }

  /** Runs the MERGE once a day, between 03:03 and 03:17 UTC. */
  static daily(): Schedule {
    return new Schedule(MINUTES_PER_DAY);
  }

  /** Whether a value is a schedule, from whichever copy of the package it comes. */
  static isSchedule(value: unknown): value is Schedule {
    if (typeof value !== 'object' || value === null || !(SCHEDULE in value)) return false;
    return INTERVALS.includes((value as Partial<Schedule>).intervalMinutes);
  }

  /** The schedule of a workspace in the grammar of the Data Transfer Service. Times are UTC. */
  expression(workspace: string): string {
    return mergeExpression(workspace, this.intervalMinutes);
  }
}

/**
 * When the MERGE of a workspace runs, in the grammar of the Data Transfer Service. Times are UTC.
 *
 * @example mergeExpression('acme-news', 20) // 'every 20 minutes from 00:13 to 23:59'
 */
export function mergeExpression(workspace: string, intervalMinutes: number): string {
  const minute = twoDigits(runMinute(workspace, intervalMinutes));
  if (intervalMinutes === MINUTES_PER_DAY) return `every day 03:${minute}`;
  const every =
    intervalMinutes < 60 ? `${intervalMinutes} minutes` : `${intervalMinutes / 60} hours`;
  return `every ${every} from 00:${minute} to 23:59`;
}

/**
 * When the daily purge of a workspace runs: 33 minutes after a run of the MERGE would start. No allowed
 * interval divides that, so that the two never start together.
 *
 * @example purgeExpression('acme-news', 20) // 'every day 04:46'
 */
export function purgeExpression(workspace: string, mergeIntervalMinutes: number): string {
  return `every day 04:${twoDigits(runMinute(workspace, mergeIntervalMinutes) + 33)}`;
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
