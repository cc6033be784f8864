import { PARKED_PREFIX, STAGED_PREFIX } from '../../runtime/ingest/staging-names';
import { MAX_FUTURE_SKEW_MICROS } from '../../runtime/change';
import { PURGE_WINDOW_HOURS, WINDOW_OVERLAP_MINUTES } from '../../runtime/warehouse/retention';

/*
 * How long a deleted membership can survive in each place that held it.
 *
 * The clock starts when the landing object that carries the delete has been delivered. Every line is the
 * longest time of its step, rounded up to whole hours, so that the sums are exact. Objects and rows that were
 * delivered before the delete, such as those of the add, are gone earlier by the same rules.
 */

/** What the contract allows: a deletion is processed within 7 days. */
export const ERASURE_LIMIT_HOURS = 168;

/**
 * https://cloud.google.com/bigquery/docs/time-travel#fail-safe: kept after time travel for Google's support,
 * not readable by anybody here, and not configurable. It is in no sum.
 */
export const FAIL_SAFE_HOURS = 168;

/**
 * https://cloud.google.com/storage/docs/lifecycle: objects are deleted some time after their condition is
 * met, and no time is promised. This is an assumption.
 */
const LIFECYCLE_LAG_HOURS = 24;

/**
 * https://cloud.google.com/bigquery/docs/query-queues: a batch job, which every scheduled query is, may wait so
 * long before it starts, and fails if it waits longer.
 */
const QUEUE_HOURS = 24;

/** https://cloud.google.com/bigquery/docs/multi-statement-queries#temporary_tables. */
const TEMPORARY_TABLE_HOURS = 24;

/** Partitions of the log and of the rejections are an hour wide, and are deleted whole. */
const PARTITION_HOURS = 1;

/** What decides how long things stay. Rules that have no setting are constants of this module. */
export interface ErasureSettings {
  /** Alert level: the age of the oldest object that waits for a sweep. */
  readonly oldestWaitingMinutes: number;
  readonly sweepIntervalMinutes: number;
  readonly mergeIntervalMinutes: number;
  readonly purgeIntervalHours: number;
  readonly landingRetentionDays: number;
  readonly stagedRetentionDays: number;
  readonly parkedRetentionDays: number;
  readonly softDeleteHours: number;
  readonly logRetentionHours: number;
  readonly rejectionRetentionHours: number;
  readonly tombstoneRetentionHours: number;
  readonly timeTravelHours: number;
}

/** One step of a sum. */
export interface BudgetLine {
  readonly name: string;
  /** Whole hours. */
  readonly hours: number;
  /** Why it is counted, and where the figure comes from. */
  readonly reason: string;
  /** No longer in its table or bucket, but it can still be brought back from there. */
  readonly recoverable?: true;
}

export interface PlaceBudget {
  readonly place: ErasurePlace;
  /** The place in words. */
  readonly name: string;
  /** What of a deleted membership is there. */
  readonly holds: string;
  readonly lines: readonly BudgetLine[];
  /** Until when it is in the table or bucket: hours after the delivery of the delete. */
  readonly presentHours: number;
  /** Until when it can be read in any way: the sum of all lines. */
  readonly hours: number;
}

export type ErasurePlace =
  | 'landing-object'
  | 'staged-object'
  | 'parked-object'
  | 'log'
  | 'rejected-line'
  | 'tombstone'
  | 'member-row'
  | 'identities'
  | 'temporary-tables';

export interface ErasureBudget {
  readonly places: readonly PlaceBudget[];
  readonly longest: PlaceBudget;
  readonly withinLimit: boolean;
}

/**
 * Adds up, for every place, how long a deleted membership can survive there.
 *
 * @throws {RangeError} if a setting is not a known number; a Terraform token is none.
 */
export function erasureBudget(settings: ErasureSettings): ErasureBudget {
  requireKnown(settings);
  const steps = stepsOf(settings);
  const places = [
    place('landing-object', 'landing bucket', 'the delivered object', [
      steps.ingestion,
      steps.landingRetention,
      steps.lifecycleLag,
      steps.softDelete,
    ]),
    place('staged-object', `staging bucket, \`${STAGED_PREFIX}\``, 'rows for a load job', [
      steps.ingestion,
      steps.stagedRetention,
      steps.lifecycleLag,
      steps.softDelete,
    ]),
    place(
      'parked-object',
      `staging bucket, \`${PARKED_PREFIX}\``,
      'a copy of an object that cannot be read',
      [steps.ingestion, steps.parkedRetention, steps.lifecycleLag, steps.softDelete],
    ),
    place('log', '`membership_changes`', 'the delete, and identities delivered with it', [
      steps.ingestion,
      steps.logRetention,
      steps.partition,
      steps.purge,
      steps.missedPurge,
      steps.timeTravel,
    ]),
    place('rejected-line', '`rejected_changes`', 'position and reason, never the line', [
      steps.ingestion,
      steps.rejectionRetention,
      steps.partition,
      steps.purge,
      steps.missedPurge,
      steps.timeTravel,
    ]),
    place('tombstone', '`membership_state`, tombstone', 'user, audience and time of the delete', [
      steps.datedAhead,
      steps.tombstoneRetention,
      steps.purge,
      steps.missedPurge,
      steps.timeTravel,
    ]),
    place('member-row', '`membership_state`, member', 'the membership before the delete', [
      steps.ingestion,
      steps.merge,
      steps.missedMerge,
      steps.timeTravel,
    ]),
    place('identities', '`identities`', 'identities of a user with no other membership', [
      steps.ingestion,
      steps.merge,
      steps.missedMerge,
      steps.timeTravel,
    ]),
    place('temporary-tables', "the scripts' temporary tables", 'the delete, as a run reads it', [
      steps.ingestion,
      steps.readBack,
      steps.temporaryTable,
    ]),
  ];
  const longest = places.reduce((most, each) => (each.hours > most.hours ? each : most));
  return { places, longest, withinLimit: longest.hours <= ERASURE_LIMIT_HOURS };
}

function stepsOf(settings: ErasureSettings) {
  const mergeHours = wholeHours(settings.mergeIntervalMinutes);
  const missedMergeHours = Math.max(mergeHours, QUEUE_HOURS);
  return {
    ingestion: {
      name: 'until ingested',
      hours: wholeHours(settings.oldestWaitingMinutes + settings.sweepIntervalMinutes),
      reason: `an object waits ${settings.oldestWaitingMinutes} min at most, or an alert tells; and sweeps are ${settings.sweepIntervalMinutes} min apart`,
    },
    landingRetention: days('landingRetentionDays', settings, 'counted from when it was ingested'),
    stagedRetention: days('stagedRetentionDays', settings, 'counted from when it was written'),
    parkedRetention: days('parkedRetentionDays', settings, 'counted from when it was parked'),
    lifecycleLag: {
      name: 'lifecycle lag',
      hours: LIFECYCLE_LAG_HOURS,
      reason:
        'Cloud Storage deletes some time after the condition is met and [promises no time](https://cloud.google.com/storage/docs/lifecycle): a day is an assumption',
    },
    softDelete: {
      name: 'soft delete',
      hours: settings.softDeleteHours,
      reason: 'how long the bucket keeps a deleted object; 0 switches it off',
      recoverable: true,
    },
    logRetention: hours('logRetentionHours', settings, 'counted from when the row was loaded'),
    rejectionRetention: hours('rejectionRetentionHours', settings, 'counted from the load'),
    tombstoneRetention: hours('tombstoneRetentionHours', settings, 'counted from `changed_at`'),
    datedAhead: {
      name: 'dated ahead',
      hours: wholeHours(MAX_FUTURE_SKEW_MICROS / 60_000_000),
      reason: 'a change may be dated up to 10 min after its delivery',
    },
    partition: {
      name: 'rest of the partition',
      hours: PARTITION_HOURS,
      reason: 'whole hours are deleted, the newest row of the hour decides',
    },
    purge: {
      name: 'until the next purge',
      hours: settings.purgeIntervalHours,
      reason: 'the purge runs once in this time',
    },
    missedPurge: {
      name: 'a missed purge',
      hours: Math.max(settings.purgeIntervalHours, QUEUE_HOURS),
      reason:
        'one purge may fail, or [wait a day](https://cloud.google.com/bigquery/docs/query-queues) in the queue of batch jobs; an alert tells',
    },
    merge: {
      name: 'until the next MERGE',
      hours: mergeHours,
      reason: 'the MERGE runs once in this time',
    },
    missedMerge: {
      name: 'a missed MERGE',
      hours: missedMergeHours,
      reason: 'one MERGE may fail, or wait like a purge; an alert tells',
    },
    timeTravel: {
      name: 'time travel',
      hours: settings.timeTravelHours,
      reason:
        'what was deleted can be [read back](https://cloud.google.com/bigquery/docs/time-travel); 48 h is the least that BigQuery allows',
      recoverable: true,
    },
    readBack: {
      name: 'read again',
      hours: Math.max(
        PURGE_WINDOW_HOURS,
        mergeHours + missedMergeHours + wholeHours(WINDOW_OVERLAP_MINUTES),
      ),
      reason: 'the purge, or a MERGE after a missed one, reads so far back',
    },
    temporaryTable: {
      name: 'temporary table',
      hours: TEMPORARY_TABLE_HOURS,
      reason:
        'BigQuery keeps it for [up to a day](https://cloud.google.com/bigquery/docs/multi-statement-queries#temporary_tables) and without time travel',
    },
  } as const satisfies Record<string, BudgetLine>;
}

function place(
  id: ErasurePlace,
  name: string,
  holds: string,
  lines: readonly BudgetLine[],
): PlaceBudget {
  const present = lines.filter((line) => !line.recoverable);
  return {
    place: id,
    name,
    holds,
    lines,
    presentHours: sumOf(present),
    hours: sumOf(lines),
  };
}

function sumOf(lines: readonly BudgetLine[]): number {
  return lines.reduce((sum, line) => sum + line.hours, 0);
}

type SettingIn<Unit extends string> = keyof ErasureSettings & `${string}Retention${Unit}`;

function days(name: SettingIn<'Days'>, settings: ErasureSettings, reason: string) {
  return { name, hours: settings[name] * 24, reason };
}

function hours(name: SettingIn<'Hours'>, settings: ErasureSettings, reason: string) {
  return { name, hours: settings[name], reason };
}

function wholeHours(minutes: number): number {
  return Math.ceil(minutes / 60);
}

function requireKnown(settings: ErasureSettings): void {
  for (const [name, value] of Object.entries(settings) as [string, number][]) {
    // A number token of CDKTF is a large negative number.
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`${name}: got ${value}; allowed: a whole number that is known`);
    }
  }
}
