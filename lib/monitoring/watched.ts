import type { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';

/** The resources of one workspace that alerts and dashboard watch. */
export interface WatchedResources {
  readonly projectId: string;
  /** BigQuery location of the datasets and the scheduled queries. */
  readonly location: string;
  /** Region of the function and its schedules. */
  readonly region: string;
  /** Name of the ingest function, and of the Cloud Run service behind it. */
  readonly functionName: string;
  /** Names of the Cloud Scheduler jobs that call the function. */
  readonly schedulerJobNames: readonly string[];
  readonly landingBucketName: string;
  readonly stagingBucketName: string;
  readonly coreDatasetId: string;
  readonly publishedDatasetId: string;
  /** The scheduled query that runs the MERGE. */
  readonly merge: BigqueryDataTransferConfig;
  /** The scheduled query that runs the purge. */
  readonly purge: BigqueryDataTransferConfig;
}
