import type { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import { Fn, Token } from 'cdktf';

import { allOf, metricLabel, type NameOrPattern } from './filters';

/**
 * The metrics that alerts and charts use, with the resource type of each; the service refuses a filter that names
 * another one (https://cloud.google.com/monitoring/api/metrics_gcp). All are built in, because an alert on a
 * log-based metric cannot be created before that metric has a value.
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

/*
 * Each function below returns the filter that selects one metric of one resource.
 */

/** Runs of a scheduled query that have ended; without one, those of every scheduled query of the project. */
export function transferRuns(
  config: BigqueryDataTransferConfig | undefined,
  outcome?: 'anything but success',
): string {
  const state = 'metric.labels.completion_state';
  return metric(
    'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
    ...(config ? [`resource.labels.config_id="${transferConfigId(config)}"`] : []),
    ...(outcome === 'anything but success' ? [`${state}!="SUCCEEDED"`] : []),
  );
}

/** Calls that the function has answered, with a status of one class or of any. */
export function functionCalls(functionName: NameOrPattern, statusClass?: '2xx' | '5xx'): string {
  return metric(
    'run.googleapis.com/request_count',
    service(functionName),
    ...(statusClass ? [`metric.labels.response_code_class="${statusClass}"`] : []),
  );
}

/** How long calls of the function took, in milliseconds. */
export function functionCallMillis(functionName: string): string {
  return metric('run.googleapis.com/request_latencies', service(functionName));
}

/** Seconds of the function's instances that are billed. */
export function functionSeconds(functionName: string): string {
  return metric('run.googleapis.com/container/billable_instance_time', service(functionName));
}

/** Requests to a bucket. */
export function bucketRequests(bucketName: string): string {
  return metric('storage.googleapis.com/api/request_count', bucket(bucketName));
}

/** Bytes that a bucket holds. */
export function bucketBytes(bucketName: string): string {
  return metric('storage.googleapis.com/storage/total_bytes', bucket(bucketName));
}

/** Rows that were loaded into the tables of a dataset. */
export function loadedRows(datasetId: string): string {
  return metric('bigquery.googleapis.com/storage/uploaded_row_count', dataset(datasetId));
}

/** Bytes that the tables of a dataset hold. */
export function tableBytes(datasetId: string): string {
  return metric('bigquery.googleapis.com/storage/stored_bytes', dataset(datasetId));
}

/** Bytes that BigQuery billed the whole project: no built-in metric splits them by workspace. */
export function billedBytes(): string {
  return metric('bigquery.googleapis.com/query/scanned_bytes_billed');
}

function metric(type: keyof typeof BUILT_IN_METRICS, ...restrictions: readonly string[]): string {
  return allOf(
    `metric.type="${type}"`,
    `resource.type="${BUILT_IN_METRICS[type]}"`,
    ...restrictions,
  );
}

const service = (name: NameOrPattern) => metricLabel('resource.labels.service_name', name);
const bucket = (name: string) => `resource.labels.bucket_name="${name}"`;
const dataset = (id: string) => `resource.labels.dataset_id="${id}"`;

/** The last part of the config's name, which is known once the config has been created. */
function transferConfigId(config: BigqueryDataTransferConfig): string {
  return Token.asString(Fn.element(Fn.reverse(Fn.split('/', config.name)), 0));
}
