import { DefaultTokenResolver, StringConcat, Tokenization } from 'cdktf';

import {
  callRefused,
  callsFailed,
  logged,
  noCallSucceeded,
  runFailed,
} from '../../../lib/monitoring/alert-conditions';
import { watchedStack } from '../../../docs/tools/watched';

const { stack, watched } = watchedStack();
const { functionName } = watched;

/** With references as Terraform reads them. */
const resolved = (value: unknown): unknown =>
  Tokenization.resolve(value, {
    scope: stack,
    resolver: new DefaultTokenResolver(new StringConcat()),
    preparing: false,
  });

const SERVICE = `resource.type="cloud_run_revision" AND resource.labels.service_name="${functionName}"`;
const runsOf = (id: string) =>
  `metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND resource.type="bigquery_dts_config" AND resource.labels.config_id="\${element(reverse(split("/", google_bigquery_data_transfer_config.${id}.name)), 0)}"`;
const summedOver = (alignmentPeriod: string) => [
  { alignmentPeriod, perSeriesAligner: 'ALIGN_SUM', crossSeriesReducer: 'REDUCE_SUM' },
];

test('A run fails with any outcome but success, and MERGE and purge each have a condition', () => {
  const failed = (id: string) => ({
    filter: `${runsOf(id)} AND metric.labels.completion_state!="SUCCEEDED"`,
    comparison: 'COMPARISON_GT',
    thresholdValue: 0,
    duration: '0s',
    aggregations: summedOver('300s'),
  });
  expect(resolved(runFailed(watched))).toEqual([
    {
      displayName: 'a run of the MERGE ends without success',
      conditionThreshold: failed('merge'),
    },
    {
      displayName: 'a run of the purge ends without success',
      conditionThreshold: failed('purge'),
    },
  ]);
});

test('Calls fail if more of an hour than allowed are answered with 5xx', () => {
  expect(callsFailed(watched, 3)).toEqual({
    conditionThreshold: {
      filter: `metric.type="run.googleapis.com/request_count" AND ${SERVICE} AND metric.labels.response_code_class="5xx"`,
      comparison: 'COMPARISON_GT',
      thresholdValue: 3,
      duration: '0s',
      aggregations: summedOver('3600s'),
    },
  });
});

test('No call succeeds if none is answered with 2xx for the whole time', () => {
  expect(noCallSucceeded(watched, 30)).toEqual({
    conditionAbsent: {
      filter: `metric.type="run.googleapis.com/request_count" AND ${SERVICE} AND metric.labels.response_code_class="2xx"`,
      duration: '1800s',
      aggregations: summedOver('60s'),
    },
  });
});

test('A call that never reaches the function is seen in the log of Cloud Scheduler', () => {
  expect(callRefused(watched)).toEqual({
    conditionMatchedLog: {
      filter:
        'resource.type="cloud_scheduler_job" AND resource.labels.project_id="ads-imports" AND ' +
        'resource.labels.job_id=("acme-sweep" OR "acme-health") AND severity>=ERROR AND ' +
        'jsonPayload.status=("UNAUTHENTICATED" OR "PERMISSION_DENIED" OR "NOT_FOUND" OR "UNAVAILABLE")',
    },
  });
});

test('A log line is selected by its event and by all comparisons', () => {
  expect(logged(watched, 'sweep', ['rejected', '>=', 10], ['rejectedShare', '>', 0.01])).toEqual({
    conditionMatchedLog: {
      filter: `${SERVICE} AND jsonPayload.event="sweep" AND jsonPayload.rejected>=10 AND jsonPayload.rejectedShare>0.01`,
    },
  });
  expect(logged(watched, 'object_parked')).toEqual({
    conditionMatchedLog: { filter: `${SERVICE} AND jsonPayload.event="object_parked"` },
  });
});
