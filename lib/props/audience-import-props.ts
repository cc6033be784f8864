import type { AlertThresholds } from './alert-thresholds';
import type { Schedule } from './schedule';

/** What one customer workspace needs. */
export interface AudienceImportProps {
  /** Id of the customer's workspace: 1 to 200 characters. Every name is derived from it; it cannot be a token. */
  readonly workspace: string;

  /** Project that holds everything. Bucket names are derived from it; it cannot be a token. */
  readonly projectId: string;

  /** Number of the same project: Google's service agents are named by it. */
  readonly projectNumber: string;

  /**
   * BigQuery and Cloud Storage location of everything, such as `EU`, `US` or `europe-west1`. Changing it
   * replaces every resource; it cannot be a token.
   */
  readonly location: string;

  /**
   * E-mail of the service account that Cloud Build builds the ingest function as: of the same project, and
   * shared by its workspaces. What it must be allowed is among the prerequisites.
   */
  readonly buildServiceAccount: string;

  /**
   * Region of the ingest function and its schedules, inside the location. Changing it replaces them; it
   * cannot be a token.
   * @default - the location, if that is a region; `europe-west1` in `EU`, `us-central1` in `US`
   */
  readonly region?: string;

  /**
   * IAM members who may read the published dataset, such as `serviceAccount:reader@example.com`; at most four.
   * @default - nobody
   */
  readonly readers?: readonly string[];

  /**
   * Start of every name: a lower-case letter, then at most nine lower-case letters, digits or dashes.
   * Changing it replaces every resource.
   * @default 'audience'
   */
  readonly namePrefix?: string;

  /**
   * How often the MERGE runs. It decides cost, not freshness: the published views read the log too.
   * @default Schedule.everyMinutes(20)
   */
  readonly mergeSchedule?: Schedule;

  /**
   * Minutes between two sweeps of the landing bucket: 1 to 30, and a divisor of 60.
   * @default 5
   */
  readonly sweepEveryMinutes?: number;

  /**
   * Additional identity types that are kept, named as they are delivered; at most five, of lower-case
   * letters, digits and `_`. The others are not stored at all. E-mail is stored as a hash only.
   * @default ['email', 'customer_id']
   */
  readonly identityTypes?: readonly string[];

  /**
   * Who delivers: may create objects in the landing bucket, and nothing else. mParticle uses one identity
   * for all its customers.
   * @default 'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com'
   */
  readonly mparticleMember?: string;

  /**
   * Days that a landing object is kept once it has been ingested. One that has not is kept for ever.
   * @default 3
   */
  readonly landingRetentionDays?: number;

  /**
   * Days that rows on their way into the tables are kept in the staging bucket.
   * @default 2
   */
  readonly stagedRetentionDays?: number;

  /**
   * Days that copies of objects that could not be ingested are kept in the staging bucket.
   * @default 3
   */
  readonly parkedRetentionDays?: number;

  /**
   * Hours that a tombstone outlives the delete it stands for. Shorter than deliveries can be late, and an
   * old add is dropped.
   * @default 66
   */
  readonly tombstoneRetentionHours?: number;

  /**
   * Hours that the log of changes is kept.
   * @default 66
   */
  readonly logRetentionHours?: number;

  /**
   * Hours that the positions and reasons of rejected lines are kept.
   * @default 66
   */
  readonly rejectionRetentionHours?: number;

  /**
   * Cloud KMS key that encrypts the datasets, tables and buckets:
   * `projects/P/locations/L/keyRings/R/cryptoKeys/K`, in the Cloud KMS location of `location` (`europe` for
   * `EU`, `us` for `US`). Set it with the first deployment: tables are not encrypted anew. Who must be granted
   * the key is in docs/security.md.
   * @default - Google's own keys
   */
  readonly kmsKeyName?: string;

  /**
   * E-mail of an existing account of the project that runs the MERGE and the purge. It gets the grants that a
   * made one would; give each workspace accounts of its own, or one reaches the data of the others.
   * @default - an account is made
   */
  readonly mergeServiceAccount?: string;

  /**
   * E-mail of an existing account of the project that the ingest function runs as: see `mergeServiceAccount`.
   * @default - an account is made
   */
  readonly ingestServiceAccount?: string;

  /**
   * E-mail of an existing account of the project that Cloud Scheduler calls the function as: see
   * `mergeServiceAccount`.
   * @default - an account is made
   */
  readonly invokerServiceAccount?: string;

  /**
   * Name of an existing bucket that receives the access logs of the buckets, each under the name of its own.
   * @default - no access logs
   */
  readonly accessLogBucket?: string;

  /**
   * Notification channels that are told of incidents: `projects/P/notificationChannels/N`, at most 16.
   * @default - nobody is told; incidents show in the console
   */
  readonly alertChannels?: readonly string[];

  /**
   * When alerts fire; those left out keep their default.
   * @default - see AlertThresholds
   */
  readonly alertThresholds?: Partial<AlertThresholds>;

  /**
   * Where the runbook can be read, for the alerts to name: a page, or an `https://` address, which becomes a
   * link.
   * @default 'docs/runbook.md'
   */
  readonly runbook?: string;

  /**
   * Whether there is a dashboard of the workspace.
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Labels of every resource that can have them, beside `workspace`, `component` and `version`; at most 60.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;

  /**
   * The first of two switches that let a plan destroy or replace what holds data. The second is the context
   * key `cdktf-audience-import:destroyData`. With one of them alone everything is retained.
   * @default false
   */
  readonly destroyData?: boolean;
}
