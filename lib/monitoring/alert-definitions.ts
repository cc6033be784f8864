import type { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import type { MonitoringAlertPolicyConditions } from '@cdktf/provider-google/lib/monitoring-alert-policy';
import { VIEW_LOOKBACK_HOURS } from '../../runtime/warehouse/retention';
import type { AlertThresholds } from '../props/alert-thresholds';
import { logFilter, metricFilter, transferConfigId } from './filters';

/** What the alerts watch. */
export interface WatchedResources {
  readonly projectId: string;
  /** Name of the function's Cloud Run service, which is the function's own. */
  readonly functionName: string;
  /** Names of the Cloud Scheduler jobs that call the function. */
  readonly schedulerJobNames: readonly string[];
  readonly merge: BigqueryDataTransferConfig;
  readonly purge: BigqueryDataTransferConfig;
}

/** One alert. Its id is a heading of the runbook. */
export interface AlertDefinition {
  readonly title: string;
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  /** When it fires, in words. */
  readonly when: string;
  readonly meaning: string;
  /** The step of the runbook to take first. */
  readonly step: string;
  readonly conditions: readonly Condition[];
}

/** A condition on a log line is alone in its policy; the service takes no second one. */
export type Condition = Omit<MonitoringAlertPolicyConditions, 'displayName'>;

export const ALERT_IDS = [
  'merge-failed',
  'merge-late',
  'sweeps-failing',
  'sweeps-stopped',
  'sweeps-refused',
  'objects-waiting',
  'object-parked',
  'lines-rejected',
  'no-deletes',
  'nothing-received',
  'purge-late',
] as const;

export type AlertId = (typeof ALERT_IDS)[number];

/** https://cloud.google.com/monitoring/alerts/metric-absence: no absence longer than 23.5 hours can be seen. */
const MAX_ABSENCE_MINUTES = 23.5 * 60;

export function alertDefinitions(
  watched: WatchedResources,
  thresholds: AlertThresholds,
): Readonly<Record<AlertId, AlertDefinition>> {
  const { functionName } = watched;
  const share = Number((thresholds.rejectedShare * 100).toFixed(2));
  return {
    'merge-failed': {
      title: 'MERGE or purge failed',
      severity: 'ERROR',
      when: 'a run of the MERGE or of the purge ends without success',
      meaning:
        'The next run reads the same changes again: one failure loses nothing. Two failures of the purge in a row break the erasure budget.',
      step: 'Read the error of the run; repeat a failed purge.',
      conditions: [watched.merge, watched.purge].map(unsuccessfulRuns),
    },
    'merge-late': {
      title: 'MERGE late',
      severity: 'ERROR',
      when: `no MERGE has succeeded for ${duration(thresholds.mergeLateMinutes)}`,
      meaning: `Readers miss nothing yet, because the views read the last ${VIEW_LOOKBACK_HOURS} h of the log. After that, changes are missing.`,
      step: 'See whether the schedule runs, fails or waits; start a run.',
      conditions: [mergeLate(watched, thresholds.mergeLateMinutes)],
    },
    'sweeps-failing': {
      title: 'Sweeps fail',
      severity: 'CRITICAL',
      when: `the function has answered more than ${thresholds.failedCallsPerHour} calls of an hour with an error`,
      meaning: 'What is delivered is not loaded, or not in time. Nothing is lost: objects wait.',
      step: 'Read the lines with event "sweep_failed": they name the step.',
      conditions: [failedCalls(functionName, thresholds.failedCallsPerHour)],
    },
    'sweeps-stopped': {
      title: 'Sweeps stopped',
      severity: 'CRITICAL',
      when: `no call of the function has succeeded for ${duration(thresholds.sweepsStoppedMinutes)}`,
      meaning: 'The function is not called, or every call fails. Nothing is lost: objects wait.',
      step: 'See whether Cloud Scheduler calls the function, and what it answers.',
      conditions: [noSuccessfulCall(functionName, thresholds.sweepsStoppedMinutes)],
    },
    'sweeps-refused': {
      title: 'Cloud Scheduler cannot reach the function',
      severity: 'CRITICAL',
      when: 'a call of Cloud Scheduler is refused before it reaches the function',
      meaning:
        'The invoker may not call the function, or the function does not exist or does not start.',
      step: 'See the status of the call, and who may invoke the function.',
      conditions: [refusedCalls(watched)],
    },
    'objects-waiting': {
      title: 'Objects wait too long',
      severity: 'CRITICAL',
      when: `an object has waited for more than ${duration(thresholds.oldestWaitingMinutes)}`,
      meaning: 'The staleness level of 1 hour is broken, or about to be.',
      step: 'See whether sweeps fail, or whether more arrives than they load.',
      conditions: [
        onLog(
          logFilter(functionName, 'sweep', [
            'oldestWaitingSeconds',
            '>',
            thresholds.oldestWaitingMinutes * 60,
          ]),
        ),
      ],
    },
    'object-parked': {
      title: 'Object parked',
      severity: 'ERROR',
      when: 'an object could not be loaded and has been set aside',
      meaning: 'No change of this object is in the warehouse. A copy is kept for a few days only.',
      step: 'Find the reason in the log line; deliver the object again.',
      conditions: [onLog(logFilter(functionName, 'object_parked'))],
    },
    'lines-rejected': {
      title: 'Lines rejected',
      severity: 'ERROR',
      when: `a sweep has rejected more than ${share} % of its lines, and at least ${thresholds.rejectedLines}`,
      meaning: 'The delivered format has changed, or users have no valid mpId.',
      step: 'Count the rejections by reason; read one of the lines.',
      conditions: [
        onLog(
          logFilter(
            functionName,
            'sweep',
            ['rejectedShare', '>', thresholds.rejectedShare],
            ['rejected', '>=', thresholds.rejectedLines],
          ),
        ),
      ],
    },
    'no-deletes': {
      title: 'Adds arrive, deletes do not',
      severity: 'ERROR',
      when: `no delete has arrived for ${duration(thresholds.noDeletesDays * 24 * 60)}, but an add within the last day`,
      meaning: 'Users who leave an audience stay in it. mParticle sends no deletes by default.',
      step: 'See that the audience output includes deletes.',
      conditions: [
        onLog(
          logFilter(
            functionName,
            'sweep',
            ['secondsSinceAdd', '<', DAY_SECONDS],
            ['secondsSinceDelete', '>', thresholds.noDeletesDays * DAY_SECONDS],
          ),
        ),
      ],
    },
    'nothing-received': {
      title: 'Nothing received',
      severity: 'WARNING',
      when: `no object has arrived for ${duration(thresholds.nothingReceivedHours * 60)}`,
      meaning: 'The output is off, has lost its access, or no audience changes.',
      step: 'See what is in the landing bucket, and whether mParticle may write to it.',
      conditions: [
        onLog(
          logFilter(functionName, 'sweep', [
            'secondsSinceObject',
            '>',
            thresholds.nothingReceivedHours * 3600,
          ]),
        ),
      ],
    },
    'purge-late': {
      title: 'Purge late',
      severity: 'ERROR',
      when: `no purge has committed for more than ${duration(thresholds.purgeLateHours * 60)}`,
      meaning: 'Deleted memberships are kept for longer. One missed purge is in the budget.',
      step: 'Read the error of the last purge; start one before the next day.',
      conditions: [
        onLog(
          logFilter(functionName, 'health', ['hoursSincePurge', '>', thresholds.purgeLateHours]),
        ),
      ],
    },
  };
}

const DAY_SECONDS = 86_400;

function onLog(filter: string): Condition {
  return { conditionMatchedLog: { filter } };
}

function unsuccessfulRuns(config: BigqueryDataTransferConfig): Condition {
  return {
    conditionThreshold: {
      filter: metricFilter(
        'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
        `resource.labels.config_id="${transferConfigId(config)}"`,
        'metric.labels.completion_state!="SUCCEEDED"',
      ),
      comparison: 'COMPARISON_GT',
      thresholdValue: 0,
      duration: '0s',
      aggregations: [summed('300s')],
    },
  };
}

/** On the metric where it can be, because the health check needs the function; else on the health check. */
function mergeLate(watched: WatchedResources, minutes: number): Condition {
  if (minutes > MAX_ABSENCE_MINUTES) {
    return onLog(logFilter(watched.functionName, 'health', ['minutesSinceApply', '>', minutes]));
  }
  return {
    conditionAbsent: {
      filter: metricFilter(
        'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
        `resource.labels.config_id="${transferConfigId(watched.merge)}"`,
        'metric.labels.completion_state="SUCCEEDED"',
      ),
      duration: `${minutes * 60}s`,
      aggregations: [summed('60s')],
    },
  };
}

function failedCalls(functionName: string, perHour: number): Condition {
  return {
    conditionThreshold: {
      filter: metricFilter(
        'run.googleapis.com/request_count',
        `resource.labels.service_name="${functionName}"`,
        'metric.labels.response_code_class="5xx"',
      ),
      comparison: 'COMPARISON_GT',
      thresholdValue: perHour,
      duration: '0s',
      aggregations: [summed('3600s')],
    },
  };
}

function noSuccessfulCall(functionName: string, minutes: number): Condition {
  return {
    conditionAbsent: {
      filter: metricFilter(
        'run.googleapis.com/request_count',
        `resource.labels.service_name="${functionName}"`,
        'metric.labels.response_code_class="2xx"',
      ),
      duration: `${minutes * 60}s`,
      aggregations: [summed('60s')],
    },
  };
}

/**
 * Cloud Run does not count calls that it refuses, and an absence is only seen after a first success: without
 * this, a function that nobody could ever call would be silent. Errors of the function itself, and calls that
 * come while it is busy, are not meant.
 */
function refusedCalls({ projectId, schedulerJobNames }: WatchedResources): Condition {
  const anyOf = (values: readonly string[]) => values.map((value) => `"${value}"`).join(' OR ');
  return onLog(
    [
      'resource.type="cloud_scheduler_job"',
      `resource.labels.project_id="${projectId}"`,
      `resource.labels.job_id=(${anyOf(schedulerJobNames)})`,
      'severity>=ERROR',
      `jsonPayload.status=(${anyOf(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'UNAVAILABLE'])})`,
    ].join(' AND '),
  );
}

/** All revisions, causes and codes as one series. */
function summed(alignmentPeriod: string) {
  return { alignmentPeriod, perSeriesAligner: 'ALIGN_SUM', crossSeriesReducer: 'REDUCE_SUM' };
}

function duration(minutes: number): string {
  if (minutes % (24 * 60) === 0 && minutes > 24 * 60) return `${minutes / (24 * 60)} days`;
  return minutes % 60 === 0 && minutes > 60 ? `${minutes / 60} h` : `${minutes} min`;
}
