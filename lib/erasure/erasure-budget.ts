import { PARKED_PREFIX, STAGED_PREFIX } from '../../runtime/ingest/staging-names';
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
 * How long BigQuery keeps deleted data after time travel, for Google's support only. Nobody here can read it
 * and no setting changes it, so that no sum contains it.
 * https://cloud.google.com/bigquery/docs/time-travel#fail-safe
 */
export const FAIL_SAFE_HOURS = 168;

/**
 * An assumption: Google deletes objects some time after their condition is met, and promises no time.
 * https://cloud.google.com/storage/docs/lifecycle
 */
const LIFECYCLE_LAG_HOURS = 24;

/**
 * Longest wait of a batch job, which every scheduled query is, before it starts. A job that waits longer fails.
 * https://cloud.google.com/bigquery/docs/query-queues
 */
const QUEUE_HOURS = 24;

/** Longest life of a script's temporary table: https://cloud.google.com/bigquery/docs/multi-statement-queries#temporary_tables */
const TEMPORARY_TABLE_HOURS = 24;

/** Partitions of the log and of the rejections are an hour wide, and are deleted whole. */
const PARTITION_HOURS = 1;

/** What decides how long things stay. Rules that have no setting are constants of this module. */
export interface ErasureSettings {
  /** Alert threshold: the age of the oldest object that waits for a sweep. */
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

/** One step of the way to erasure. */
export interface BudgetLine {
  readonly name: string;
  /** Whole hours, rounded up. */
  readonly hours: number;
  /** Why the step counts, and where the figure comes from. */
  readonly reason: string;
  /** The settings that decide it. */
  readonly settings: readonly (keyof ErasureSettings)[];
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

/** Every place that can hold something of a deleted membership. */
const PLACES = {
  'landing-object': { name: 'landing bucket', holds: 'the delivered object' },
  'staged-object': { name: `staging bucket, \`${STAGED_PREFIX}\``, holds: 'rows for a load job' },
  'parked-object': {
    name: `staging bucket, \`${PARKED_PREFIX}\``,
    holds: 'a copy of an object that cannot be read',
  },
  log: { name: '`membership_changes`', holds: 'the delete, and identities delivered with it' },
  'rejected-line': { name: '`rejected_changes`', holds: 'position and reason, never the line' },
  tombstone: {
    name: '`membership_state`, tombstone',
    holds: 'user, audience and time of the delete',
  },
  'member-row': { name: '`membership_state`, member', holds: 'the membership before the delete' },
  identities: { name: '`identities`', holds: 'identities of a user with no other membership' },
  'temporary-tables': {
    name: "the scripts' temporary tables",
    holds: 'the delete, as a run reads it',
  },
} as const satisfies Record<string, { readonly name: string; readonly holds: string }>;

export type ErasurePlace = keyof typeof PLACES;

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
  const lines = linesByPlace(stepsOf(settings));
  const places = (Object.keys(PLACES) as ErasurePlace[]).map((place) => ({
    place,
    ...PLACES[place],
    lines: lines[place],
    presentHours: sumOf(lines[place].filter(({ recoverable }) => !recoverable)),
    hours: sumOf(lines[place]),
  }));
  const longest = places.reduce((most, each) => (each.hours > most.hours ? each : most));
  return { places, longest, withinLimit: longest.hours <= ERASURE_LIMIT_HOURS };
}

function linesByPlace(steps: Steps): Readonly<Record<ErasurePlace, readonly BudgetLine[]>> {
  /** A lifecycle rule deletes its objects. */
  const bucketPlace = (retention: BudgetLine) => [
    steps.ingestion,
    retention,
    steps.lifecycleLag,
    steps.softDelete,
  ];
  /** The purge deletes its rows. */
  const tablePlace = (...untilDue: BudgetLine[]) => [
    ...untilDue,
    steps.purge,
    steps.missedPurge,
    steps.timeTravel,
  ];
  /** The MERGE that applies the delete removes its rows. */
  const mergedPlace = [steps.ingestion, steps.merge, steps.missedMerge, steps.timeTravel];
  return {
    'landing-object': bucketPlace(steps.landingRetention),
    'staged-object': bucketPlace(steps.stagedRetention),
    'parked-object': bucketPlace(steps.parkedRetention),
    log: tablePlace(steps.ingestion, steps.logRetention, steps.partition),
    'rejected-line': tablePlace(steps.ingestion, steps.rejectionRetention, steps.partition),
    tombstone: tablePlace(steps.ingestion, steps.tombstoneRetention),
    'member-row': mergedPlace,
    identities: mergedPlace,
    'temporary-tables': [steps.ingestion, steps.readBack, steps.temporaryTable],
  };
}

type Steps = ReturnType<typeof stepsOf>;

function stepsOf(settings: ErasureSettings) {
  const { oldestWaitingMinutes, sweepIntervalMinutes } = settings;
  const mergeHours = wholeHours(settings.mergeIntervalMinutes);
  const missedMergeHours = Math.max(mergeHours, QUEUE_HOURS);
  return {
    ingestion: {
      name: 'until ingested',
      hours: wholeHours(oldestWaitingMinutes + sweepIntervalMinutes),
      reason: `alert threshold (${oldestWaitingMinutes} min) plus one sweep interval (${sweepIntervalMinutes} min)`,
      settings: ['oldestWaitingMinutes', 'sweepIntervalMinutes'],
    },
    landingRetention: days('landingRetentionDays', settings, 'counted from when it was ingested'),
    stagedRetention: days('stagedRetentionDays', settings, 'counted from when it was written'),
    parkedRetention: days('parkedRetentionDays', settings, 'counted from when it was parked'),
    lifecycleLag: {
      name: 'lifecycle lag',
      hours: LIFECYCLE_LAG_HOURS,
      reason:
        'Cloud Storage deletes some time after the condition is met and [promises no time](https://cloud.google.com/storage/docs/lifecycle): a day is an assumption',
      settings: [],
    },
    softDelete: {
      name: 'soft delete',
      hours: settings.softDeleteHours,
      reason: 'how long the bucket keeps a deleted object; 0 switches it off',
      settings: ['softDeleteHours'],
      recoverable: true,
    },
    logRetention: hours('logRetentionHours', settings, 'counted from when the row was loaded'),
    rejectionRetention: hours('rejectionRetentionHours', settings, 'counted from the load'),
    tombstoneRetention: hours(
      'tombstoneRetentionHours',
      settings,
      'counted from when the delete was loaded',
    ),
    partition: {
      name: 'rest of the partition',
      hours: PARTITION_HOURS,
      reason: 'whole hours are deleted, and the newest row of an hour decides when',
      settings: [],
    },
    purge: {
      name: 'until the next purge',
      hours: settings.purgeIntervalHours,
      reason: 'the purge runs once in this time',
      settings: ['purgeIntervalHours'],
    },
    missedPurge: {
      name: 'a missed purge',
      hours: Math.max(settings.purgeIntervalHours, QUEUE_HOURS),
      reason:
        'one purge may fail, or [wait a day](https://cloud.google.com/bigquery/docs/query-queues) in the queue of batch jobs; an alert fires',
      settings: ['purgeIntervalHours'],
    },
    merge: {
      name: 'until the next MERGE',
      hours: mergeHours,
      reason: 'the MERGE runs once in this time',
      settings: ['mergeIntervalMinutes'],
    },
    missedMerge: {
      name: 'a missed MERGE',
      hours: missedMergeHours,
      reason: 'one MERGE may fail, or wait like a purge; an alert fires',
      settings: ['mergeIntervalMinutes'],
    },
    timeTravel: {
      name: 'time travel',
      hours: settings.timeTravelHours,
      reason:
        'what was deleted can be [read back](https://cloud.google.com/bigquery/docs/time-travel); 48 h is the least that BigQuery allows',
      settings: ['timeTravelHours'],
      recoverable: true,
    },
    readBack: {
      name: 'read again',
      hours: Math.max(
        PURGE_WINDOW_HOURS,
        mergeHours + missedMergeHours + wholeHours(WINDOW_OVERLAP_MINUTES),
      ),
      reason: 'how far back the purge reads, or a MERGE after a missed one',
      settings: ['mergeIntervalMinutes'],
    },
    temporaryTable: {
      name: 'temporary table',
      hours: TEMPORARY_TABLE_HOURS,
      reason:
        'BigQuery keeps it for [up to a day](https://cloud.google.com/bigquery/docs/multi-statement-queries#temporary_tables) and without time travel',
      settings: [],
    },
  } as const satisfies Record<string, BudgetLine>;
}

function sumOf(lines: readonly BudgetLine[]): number {
  return lines.reduce((sum, line) => sum + line.hours, 0);
}

type SettingIn<Unit extends string> = keyof ErasureSettings & `${string}Retention${Unit}`;

function days(name: SettingIn<'Days'>, settings: ErasureSettings, reason: string): BudgetLine {
  return { name, hours: settings[name] * 24, reason, settings: [name] };
}

function hours(name: SettingIn<'Hours'>, settings: ErasureSettings, reason: string): BudgetLine {
  return { name, hours: settings[name], reason, settings: [name] };
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
