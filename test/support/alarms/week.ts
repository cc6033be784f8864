import { healthOf } from '../../../runtime/function/health';
import { healthEntry, sweepEntry, sweepFailedEntry } from '../../../runtime/function/log';
import type { Traffic } from '../../../runtime/function/traffic';
import { zeroCounts } from '../../../runtime/ingest/counts';
import type { SweepReport } from '../../../runtime/ingest/sweep-report';
import type { LogLine, Observed, Point } from './evaluate';

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** A day of health comes before a trouble, except before one that is there from the first apply. */
export const TROUBLE_AT = DAY;

/** What a week is like. */
export const SCENARIOS = [
  'healthy',
  'backlog',
  'dead function',
  'dead schedule',
  'dead purge',
  'dead MERGE',
  'only adds',
  'nothing delivered',
  'broken objects',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface Schedules {
  readonly sweepEveryMinutes: number;
  readonly mergeEveryMinutes: number;
}

/** The names by which the points of a workspace are found. */
export interface Names {
  readonly functionName: string;
  readonly mergeId: string;
  readonly purgeId: string;
}

/** mParticle's output writes every three hours. */
const DELIVERED_EVERY = 3 * HOUR;

/** A sweep stops after 25 minutes if there is more to do. */
const LONG_SWEEP = 25;

const micros = (minute: number) => minute * 60e6;

/**
 * All that Cloud Logging and Cloud Monitoring see of one workspace in a week. The function's own code writes the lines.
 */
export function simulatedWeek(
  scenario: Scenario,
  { sweepEveryMinutes, mergeEveryMinutes }: Schedules,
  names: Names,
): Observed {
  const lines: LogLine[] = [];
  const points: Point[] = [];
  let traffic: Traffic | undefined;
  let applyAt: number | undefined;
  let purgeAt: number | undefined;
  let busyUntil = -1;
  const called = (at: number, status: '2xx' | '5xx') => {
    const labels = { service_name: names.functionName, response_code_class: status };
    points.push({ at, metric: 'run.googleapis.com/request_count', labels });
  };
  const ran = (at: number, config: string) => {
    const labels = { config_id: config, completion_state: 'SUCCEEDED' };
    const metric = 'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs';
    points.push({ at, metric, labels });
  };
  const wrote = (at: number, { severity, ...payload }: { readonly severity: string }) => {
    lines.push({ at, resource: 'cloud_run_revision', severity, payload });
  };
  for (let minute = 0; minute < WEEK; minute += 1) {
    const is = (trouble: Scenario) => scenario === trouble && minute >= TROUBLE_AT;
    const hasBacklog = is('backlog') && minute < TROUBLE_AT + DAY;
    if (minute % mergeEveryMinutes === 3 && scenario !== 'dead MERGE') {
      applyAt = micros(minute);
      ran(minute, names.mergeId);
    }
    if (minute % DAY === 4 * HOUR && scenario !== 'dead purge') {
      purgeAt = micros(minute);
      ran(minute, names.purgeId);
    }
    if (is('dead schedule')) continue;
    if (minute % sweepEveryMinutes === 1 % sweepEveryMinutes && minute > busyUntil) {
      const endsAt = minute + (hasBacklog ? LONG_SWEEP : 0);
      busyUntil = endsAt;
      if (is('dead function')) {
        called(endsAt, '5xx');
        wrote(endsAt, sweepFailedEntry(new Error('dead')));
      } else {
        called(endsAt, '2xx');
        const isDelivered = minute % DELIVERED_EVERY < sweepEveryMinutes;
        const [objects, adds, deletes] = deliveredIn(scenario, minute, isDelivered);
        const isBroken = is('broken objects') && isDelivered && minute < TROUBLE_AT + HOUR;
        const at = micros(endsAt);
        traffic = {
          ...(traffic ?? { since: at }),
          ...(objects > 0 ? { objectAt: at } : {}),
          ...(adds > 0 ? { addAt: at } : {}),
          ...(deletes > 0 ? { deleteAt: at } : {}),
        };
        const report: SweepReport = {
          ...zeroCounts(),
          objects,
          records: adds + deletes,
          adds,
          deletes,
          accepted: adds + deletes,
          rejected: 0,
          brokenObjects: isBroken ? 1 : 0,
          unreadable: 0,
          alreadyIngested: 0,
          batches: objects,
          stopped: hasBacklog ? 'time' : 'idle',
          waitingObjects: hasBacklog ? 100 : 0,
          oldestWaitingAt: hasBacklog ? micros(minute - 2 * HOUR) : undefined,
        };
        wrote(endsAt, sweepEntry(report, traffic, micros(minute), at));
      }
    }
    if (minute % HOUR === 33) {
      called(minute, is('dead function') ? '5xx' : '2xx');
      if (is('dead function')) continue;
      const waiting = { oldest: [], objects: 0, marked: 0 };
      const state = {
        ...(applyAt === undefined ? {} : { applyAt }),
        ...(purgeAt === undefined ? {} : { purgeAt }),
        rowsWithoutIngestedAt: 0,
      };
      wrote(minute, healthEntry(healthOf(waiting, state, traffic?.since, micros(minute))));
    }
  }
  const byTime = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at;
  return { lines: lines.sort(byTime), points: points.sort(byTime), until: WEEK };
}

/** Objects, adds and deletes that one sweep brings in. */
function deliveredIn(scenario: Scenario, minute: number, isDelivered: boolean) {
  const has = (trouble: Scenario) => scenario === trouble && minute >= TROUBLE_AT;
  if (has('nothing delivered') || !isDelivered) return [0, 0, 0] as const;
  // In place of the deliveries come objects that cannot be read, and then none.
  if (has('broken objects')) return [0, 0, 0] as const;
  return has('only adds') ? ([1, 10, 0] as const) : ([1, 10, 5] as const);
}
