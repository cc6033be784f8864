import type { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import { Fn, Token } from 'cdktf';
import type { LOG_FIELDS, LogEvent } from '../../runtime/function/log';

/**
 * The metrics that alerts and charts use, with the resource type that each is written for: a filter that
 * names another one is refused (https://cloud.google.com/monitoring/api/metrics_gcp). All are built in: an
 * alert on a metric of one's own cannot be created before its first value is written.
 */
export const BUILT_IN_METRICS = {
  'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs': 'bigquery_dts_config',
  'run.googleapis.com/request_count': 'cloud_run_revision',
  'run.googleapis.com/request_latencies': 'cloud_run_revision',
  'run.googleapis.com/container/billable_instance_time': 'cloud_run_revision',
  'storage.googleapis.com/api/request_count': 'gcs_bucket',
  'storage.googleapis.com/storage/total_bytes': 'gcs_bucket',
  'bigquery.googleapis.com/storage/uploaded_row_count': 'bigquery_dataset',
  'bigquery.googleapis.com/storage/stored_bytes': 'bigquery_dataset',
  'bigquery.googleapis.com/query/scanned_bytes_billed': 'global',
} as const;

export type BuiltInMetric = keyof typeof BUILT_IN_METRICS;

/** @param restrictions such as `metric.labels.completion_state!="SUCCEEDED"`; all must hold. */
export function metricFilter(metric: BuiltInMetric, ...restrictions: string[]): string {
  return [
    `metric.type="${metric}"`,
    `resource.type="${BUILT_IN_METRICS[metric]}"`,
    ...restrictions,
  ].join(' AND ');
}

/** Lines of one event of the function, on which all the comparisons hold. */
export function logFilter<Event extends LogEvent>(
  functionName: string,
  event: Event,
  ...comparisons: readonly (readonly [
    field: (typeof LOG_FIELDS)[Event][number],
    operator: '>' | '>=' | '<',
    value: number,
  ])[]
): string {
  return [
    'resource.type="cloud_run_revision"',
    `resource.labels.service_name="${functionName}"`,
    `jsonPayload.event="${event}"`,
    ...comparisons.map(([field, operator, value]) => `jsonPayload.${field}${operator}${value}`),
  ].join(' AND ');
}

/** `resource.labels.config_id` of a scheduled query's runs: the last part of its name, known once it is made. */
export function transferConfigId(config: BigqueryDataTransferConfig): string {
  return Token.asString(Fn.element(Fn.reverse(Fn.split('/', config.name)), 0));
}
