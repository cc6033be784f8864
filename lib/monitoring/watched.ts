import type { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';

import type { NameOrPattern, NamePattern } from './filters';

/** What alerts watch: the resources of one workspace, or those of every workspace of a project. */
export interface AlertTargets {
  readonly projectId: string;
  /** Name of the ingest function, or the pattern of all. */
  readonly functionName: NameOrPattern;
  /** Names of the Cloud Scheduler jobs that call the function, or the pattern of all. */
  readonly schedulerJobNames: readonly string[] | NamePattern;
  /** Absent for a fleet: no pattern selects scheduled queries, because the service makes up their ids. */
  readonly merge?: BigqueryDataTransferConfig;
  /** Absent for a fleet, as `merge`. */
  readonly purge?: BigqueryDataTransferConfig;
}

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
