import type { MonitoringAlertPolicyConditions } from '@cdktf/provider-google/lib/monitoring-alert-policy';
import type { LogEvent } from '../../runtime/function/log';
import { allOf, anyOf, logFilter, type Comparison } from './filters';
import { functionCalls, transferRuns } from './metrics';
import type { WatchedResources } from './watched';

/**
 * When an alert fires. A condition on log lines must be the only one of its policy: the service takes no other. A policy
 * with several conditions names each of them.
 */
export type AlertCondition = Omit<MonitoringAlertPolicyConditions, 'displayName'> &
  Partial<Pick<MonitoringAlertPolicyConditions, 'displayName'>>;

/** The function has logged a line of this event for which all comparisons hold. */
export function logged<Event extends LogEvent>(
  { functionName }: WatchedResources,
  event: Event,
  ...comparisons: readonly Comparison<Event>[]
): AlertCondition {
  return onLogLine(logFilter(functionName, event, ...comparisons));
}

/** A run of the MERGE has failed; or, as a second condition, a run of the purge. */
export function runFailed({ merge, purge }: WatchedResources): readonly AlertCondition[] {
  const failed = (config: WatchedResources['merge']) =>
    moreThan(0, transferRuns(config, 'anything but success'), '300s');
  return [
    { ...failed(merge), displayName: 'a run of the MERGE ends without success' },
    { ...failed(purge), displayName: 'a run of the purge ends without success' },
  ];
}

/** The function has answered more calls of an hour with an error. */
export function callsFailed({ functionName }: WatchedResources, perHour: number): AlertCondition {
  return moreThan(perHour, functionCalls(functionName, '5xx'), '3600s');
}

/** The function has answered no call with success for some time. */
export function noCallSucceeded(
  { functionName }: WatchedResources,
  minutes: number,
): AlertCondition {
  return absentFor(minutes, functionCalls(functionName, '2xx'));
}

/** Answers that mean that a call has not reached the function: https://cloud.google.com/apis/design/errors */
const REFUSALS = ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'UNAVAILABLE'];

/**
 * Cloud Scheduler could not reach the function. Cloud Run does not count calls that it refuses, and an absence is
 * seen only after a first success, so that without this condition a function that nobody could ever call would be
 * silent. Errors of the function itself, and calls that come while it is busy, have other statuses.
 */
export function callRefused({ projectId, schedulerJobNames }: WatchedResources): AlertCondition {
  return onLogLine(
    allOf(
      'resource.type="cloud_scheduler_job"',
      `resource.labels.project_id="${projectId}"`,
      `resource.labels.job_id=${anyOf(schedulerJobNames)}`,
      'severity>=ERROR',
      `jsonPayload.status=${anyOf(REFUSALS)}`,
    ),
  );
}

function onLogLine(filter: string): AlertCondition {
  return { conditionMatchedLog: { filter } };
}

/** The metric's sum over a period is above a threshold. */
function moreThan(threshold: number, filter: string, period: string): AlertCondition {
  return {
    conditionThreshold: {
      filter,
      comparison: 'COMPARISON_GT',
      thresholdValue: threshold,
      duration: '0s',
      aggregations: [summedOver(period)],
    },
  };
}

/** The metric had no value for some time. */
function absentFor(minutes: number, filter: string): AlertCondition {
  return {
    conditionAbsent: { filter, duration: `${minutes * 60}s`, aggregations: [summedOver('60s')] },
  };
}

/** Adds up all revisions, causes and status codes. */
function summedOver(alignmentPeriod: string) {
  return { alignmentPeriod, perSeriesAligner: 'ALIGN_SUM', crossSeriesReducer: 'REDUCE_SUM' };
}
