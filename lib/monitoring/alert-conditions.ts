import type { MonitoringAlertPolicyConditions } from '@cdktf/provider-google/lib/monitoring-alert-policy';
import type { LogEvent } from '../../runtime/function/log';
import { allOf, anyOf, logFilter, loggedLabel, type Comparison } from './filters';
import { functionCalls, transferRuns } from './metrics';
import type { AlertTargets } from './watched';

/**
 * When an alert fires. A condition on log lines must be the only one of its policy: the service takes no other. A policy
 * with several conditions names each of them.
 */
export type AlertCondition = Omit<MonitoringAlertPolicyConditions, 'displayName'> &
  Partial<Pick<MonitoringAlertPolicyConditions, 'displayName'>>;

/** The function has logged a line of this event for which all comparisons hold. */
export function logged<Event extends LogEvent>(
  { functionName }: AlertTargets,
  event: Event,
  ...comparisons: readonly Comparison<Event>[]
): AlertCondition {
  return onLogLine(
    logFilter(functionName, event, ...comparisons),
    typeof functionName === 'string'
      ? undefined
      : {
          workspace: 'EXTRACT(jsonPayload.workspace)',
          service_name: 'EXTRACT(resource.labels.service_name)',
        },
  );
}

/**
 * A run of the MERGE has failed; or, as a second condition, a run of the purge. For a fleet it is a run of any scheduled
 * query of the project, one incident for each query.
 */
export function runFailed({ merge, purge }: AlertTargets): readonly AlertCondition[] {
  const failed = (config: AlertTargets['merge'], ...groupBy: readonly string[]) =>
    moreThan(0, transferRuns(config, 'anything but success'), '300s', ...groupBy);
  if (!merge || !purge) {
    return [
      {
        ...failed(undefined, 'resource.label.config_id'),
        displayName: 'a run of a scheduled query ends without success',
      },
    ];
  }
  return [
    { ...failed(merge), displayName: 'a run of the MERGE ends without success' },
    { ...failed(purge), displayName: 'a run of the purge ends without success' },
  ];
}

/** The function has answered more calls of an hour with an error. */
export function callsFailed({ functionName }: AlertTargets, perHour: number): AlertCondition {
  const filter = functionCalls(functionName, '5xx');
  return moreThan(perHour, filter, '3600s', ...byFunction(functionName));
}

/** The function has answered no call with success for some time. */
export function noCallSucceeded({ functionName }: AlertTargets, minutes: number): AlertCondition {
  return absentFor(minutes, functionCalls(functionName, '2xx'), ...byFunction(functionName));
}

/** Answers that mean that a call has not reached the function: https://cloud.google.com/apis/design/errors */
const REFUSALS = ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'UNAVAILABLE'];

/**
 * Cloud Scheduler could not reach the function. Cloud Run does not count calls that it refuses, and an absence is
 * seen only after a first success, so that without this condition a function that nobody could ever call would be
 * silent. Errors of the function itself, and calls that come while it is busy, have other statuses.
 */
export function callRefused({ projectId, schedulerJobNames }: AlertTargets): AlertCondition {
  const isFleet = 'pattern' in schedulerJobNames;
  return onLogLine(
    allOf(
      'resource.type="cloud_scheduler_job"',
      `resource.labels.project_id="${projectId}"`,
      isFleet
        ? loggedLabel('resource.labels.job_id', schedulerJobNames)
        : `resource.labels.job_id=${anyOf(schedulerJobNames)}`,
      'severity>=ERROR',
      `jsonPayload.status=${anyOf(REFUSALS)}`,
    ),
    isFleet ? { job_id: 'EXTRACT(resource.labels.job_id)' } : undefined,
  );
}

/**
 * @param labelExtractors what a notification names. Each combination of their values has an incident and a limit of
 *   notifications: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#LogMatch
 */
function onLogLine(
  filter: string,
  labelExtractors?: Readonly<Record<string, string>>,
): AlertCondition {
  return { conditionMatchedLog: { filter, ...(labelExtractors ? { labelExtractors } : {}) } };
}

/** The functions of a fleet have an incident each. */
function byFunction(functionName: AlertTargets['functionName']): readonly string[] {
  return typeof functionName === 'string' ? [] : ['resource.label.service_name'];
}

/** The metric's sum over a period is above a threshold. */
function moreThan(
  threshold: number,
  filter: string,
  period: string,
  ...groupBy: readonly string[]
): AlertCondition {
  return {
    conditionThreshold: {
      filter,
      comparison: 'COMPARISON_GT',
      thresholdValue: threshold,
      duration: '0s',
      aggregations: [summedOver(period, groupBy)],
    },
  };
}

/** The metric had no value for some time. */
function absentFor(minutes: number, filter: string, ...groupBy: readonly string[]): AlertCondition {
  return {
    conditionAbsent: {
      filter,
      duration: `${minutes * 60}s`,
      aggregations: [summedOver('60s', groupBy)],
    },
  };
}

/** Adds up all revisions, causes and status codes. */
function summedOver(alignmentPeriod: string, groupBy: readonly string[]) {
  return {
    alignmentPeriod,
    perSeriesAligner: 'ALIGN_SUM',
    crossSeriesReducer: 'REDUCE_SUM',
    ...(groupBy.length > 0 ? { groupByFields: [...groupBy] } : {}),
  };
}
