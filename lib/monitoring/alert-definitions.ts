import type { LogEvent } from '../../runtime/function/log';
import { VIEW_LOOKBACK_HOURS } from '../../runtime/warehouse/retention';
import type { AlertThresholds } from '../props/alert-thresholds';
import {
  callRefused,
  callsFailed,
  logged,
  noCallSucceeded,
  runFailed,
  type AlertCondition,
} from './alert-conditions';
import type { AlertTargets } from './watched';

/** The alerts by what they watch. Each id is a heading of the runbook. */
export const ALERTS_BY_SUBJECT = {
  merge: ['merge-failed', 'merge-late', 'purge-late', 'rows-without-ingested-at'],
  sweeps: [
    'sweeps-failing',
    'sweeps-stopped',
    'sweeps-refused',
    'objects-waiting',
    'object-parked',
  ],
  deliveries: ['object-broken', 'lines-rejected', 'no-deletes', 'nothing-received'],
} as const;

type AlertsOf = typeof ALERTS_BY_SUBJECT;
type Subject = keyof AlertsOf;

export type AlertId = AlertsOf[Subject][number];

export const ALERT_IDS: readonly AlertId[] = Object.values(ALERTS_BY_SUBJECT).flat();

/**
 * How often an alert notifies. `when it opens and closes`: it is on a metric. `each time`: it is on a log line that
 * is written once for each occurrence, and not again while nobody acts. `while it lasts`: it is on a log line that
 * is written again for as long as the trouble lasts.
 */
export type Notifies = 'when it opens and closes' | 'each time' | 'while it lasts';

/** One alert. */
export interface AlertDefinition {
  readonly title: string;
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  /** Completes the sentence "It fires when …". */
  readonly when: string;
  readonly meaning: string;
  /** The step of the runbook to take first. */
  readonly step: string;
  readonly notifies: Notifies;
  /** The alert fires if one of them holds. */
  readonly conditions: readonly AlertCondition[];
}

type Definitions<Of extends Subject = Subject> = Readonly<
  Record<AlertsOf[Of][number], AlertDefinition>
>;

/** Every alert of one workspace, or of a fleet. */
export function alertDefinitions(watched: AlertTargets, thresholds: AlertThresholds): Definitions {
  return {
    ...mergeAlerts(watched, thresholds),
    ...sweepAlerts(watched, thresholds),
    ...deliveryAlerts(watched, thresholds),
  };
}

function mergeAlerts(
  watched: AlertTargets,
  { mergeLateMinutes, purgeLateHours }: AlertThresholds,
): Definitions<'merge'> {
  return {
    'merge-failed': {
      title: 'MERGE or purge failed',
      severity: 'ERROR',
      when: 'a run of the MERGE or of the purge ends without success',
      meaning:
        'The next run reads the same changes again, so one failure loses nothing. Two failed purges in a row break the erasure budget.',
      step: 'Read the error of the run. If it was a purge, start one today.',
      notifies: 'when it opens and closes',
      conditions: runFailed(watched),
    },
    'merge-late': {
      title: 'MERGE late',
      severity: 'ERROR',
      when: `no MERGE has committed for more than ${duration(mergeLateMinutes)}`,
      meaning: `Readers miss nothing yet, because the views also read the last ${VIEW_LOOKBACK_HOURS} h of the log. After that, the views lack changes until a MERGE succeeds.`,
      step: 'Check whether the schedule runs, fails or waits, and start a run.',
      notifies: 'while it lasts',
      conditions: [logged(watched, 'health', ['minutesSinceApply', '>', mergeLateMinutes])],
    },
    'purge-late': {
      title: 'Purge late',
      severity: 'ERROR',
      when: `no purge has committed for more than ${duration(purgeLateHours * 60)}`,
      meaning:
        'Deleted memberships stay for longer. The erasure budget has room for one missed purge.',
      step: 'Read the error of the last purge, and start one today.',
      notifies: 'while it lasts',
      conditions: [logged(watched, 'health', ['hoursSincePurge', '>', purgeLateHours])],
    },
    'rows-without-ingested-at': {
      title: 'Rows without a time of loading',
      severity: 'CRITICAL',
      when: 'a loaded row has no ingested_at',
      meaning:
        'BigQuery did not fill in the default of the column. The MERGE, the views and the purge do not see such a row. Nothing is lost: the row is there.',
      step: 'Fill in the column with the statement of the runbook. The next MERGE then takes the rows.',
      notifies: 'while it lasts',
      conditions: [logged(watched, 'health', ['rowsWithoutIngestedAt', '>', 0])],
    },
  };
}

function sweepAlerts(
  watched: AlertTargets,
  { failedCallsPerHour, sweepsStoppedMinutes, oldestWaitingMinutes }: AlertThresholds,
): Definitions<'sweeps'> {
  return {
    'sweeps-failing': {
      title: 'Sweeps fail',
      severity: 'CRITICAL',
      when: `more than ${failedCallsPerHour} calls of the function failed within an hour`,
      meaning:
        'Deliveries are loaded late or not at all. Nothing is lost: objects wait in the landing bucket.',
      step: `Read the log lines with the event "${SWEEP_FAILED}": they name the step that failed.`,
      notifies: 'when it opens and closes',
      conditions: [callsFailed(watched, failedCallsPerHour)],
    },
    'sweeps-stopped': {
      title: 'Sweeps stopped',
      severity: 'CRITICAL',
      when: `no call of the function has succeeded for ${duration(sweepsStoppedMinutes)}`,
      meaning:
        'The function is not called, or every call fails. Nothing is lost: objects wait in the landing bucket.',
      step: 'Check whether Cloud Scheduler calls the function, and what the function answers.',
      notifies: 'when it opens and closes',
      conditions: [noCallSucceeded(watched, sweepsStoppedMinutes)],
    },
    'sweeps-refused': {
      title: 'Cloud Scheduler cannot reach the function',
      severity: 'CRITICAL',
      when: 'a call of Cloud Scheduler is refused before it reaches the function',
      meaning:
        'The invoker account may not call the function, or the function does not exist or does not start.',
      step: 'Read the status of the call, and check who may invoke the function.',
      notifies: 'while it lasts',
      conditions: [callRefused(watched)],
    },
    'objects-waiting': {
      title: 'Objects wait too long',
      severity: 'CRITICAL',
      when: `an object has waited for more than ${duration(oldestWaitingMinutes)}`,
      meaning: 'Updates take longer than the staleness level of 1 hour, or soon will.',
      step: 'Check whether sweeps fail, or whether more arrives than they load.',
      notifies: 'while it lasts',
      conditions: [
        logged(watched, 'sweep', ['oldestWaitingSeconds', '>', oldestWaitingMinutes * 60]),
      ],
    },
    'object-parked': {
      title: 'Object parked',
      severity: 'ERROR',
      when: 'an object could not be loaded and was set aside',
      meaning:
        'No change of this object is in the warehouse. Its copy in the staging bucket is deleted after a few days.',
      step: 'Read the reason in the log line, and have the object delivered again.',
      notifies: 'each time',
      conditions: [logged(watched, 'object_parked')],
    },
  };
}

function deliveryAlerts(
  watched: AlertTargets,
  { rejectedShare, rejectedLines, noDeletesDays, nothingReceivedHours }: AlertThresholds,
): Definitions<'deliveries'> {
  const percent = Number((rejectedShare * 100).toFixed(2));
  return {
    'object-broken': {
      title: 'Object broken',
      severity: 'CRITICAL',
      when: 'a sweep met an object that cannot be read as a whole',
      meaning:
        'None of its changes is in the warehouse, and it may be a whole day of deletes. It stays in the landing bucket until a person decides.',
      step: 'Read the reason in the log line. Have the object delivered again, then delete the broken one.',
      notifies: 'each time',
      conditions: [logged(watched, 'sweep', ['brokenObjects', '>', 0])],
    },
    'lines-rejected': {
      title: 'Lines rejected',
      severity: 'ERROR',
      when: `a sweep rejected more than ${percent} % of its lines, and at least ${rejectedLines} lines`,
      meaning: 'The delivered format has changed, or users have no valid mpId.',
      step: 'Count the rejections by reason, and read one of the rejected lines.',
      notifies: 'each time',
      conditions: [
        logged(
          watched,
          'sweep',
          ['rejectedShare', '>', rejectedShare],
          ['rejected', '>=', rejectedLines],
        ),
      ],
    },
    'no-deletes': {
      title: 'Adds arrive, deletes do not',
      severity: 'ERROR',
      when: `no delete has arrived for ${duration(noDeletesDays * 24 * 60)}, although adds arrived within the last day`,
      meaning: 'Users who leave an audience stay in it. By default, mParticle sends no deletes.',
      step: 'Check that the audience output in mParticle includes deletes.',
      notifies: 'while it lasts',
      conditions: [
        logged(
          watched,
          'sweep',
          ['secondsSinceAdd', '<', DAY_SECONDS],
          ['secondsSinceDelete', '>', noDeletesDays * DAY_SECONDS],
        ),
      ],
    },
    'nothing-received': {
      title: 'Nothing received',
      severity: 'WARNING',
      when: `no object has arrived for ${duration(nothingReceivedHours * 60)}`,
      meaning: 'The output is off, has lost its access, or no audience has changed.',
      step: 'Look at what is in the landing bucket, and check whether mParticle may write to it.',
      notifies: 'while it lasts',
      conditions: [
        logged(watched, 'sweep', ['secondsSinceObject', '>', nothingReceivedHours * 3600]),
      ],
    },
  };
}

const SWEEP_FAILED: LogEvent = 'sweep_failed';

const DAY_SECONDS = 86_400;

/** @example duration(90) // '90 min'; duration(120) // '2 h'; duration(2880) // '2 days' */
function duration(minutes: number): string {
  const [hour, day] = [60, 24 * 60];
  if (minutes % day === 0 && minutes > day) return `${minutes / day} days`;
  return minutes % hour === 0 && minutes > hour ? `${minutes / hour} h` : `${minutes} min`;
}
