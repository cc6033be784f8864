import type { AlertThresholds } from './alert-thresholds';
import type { Schedule } from './schedule';

/** What one customer workspace needs. */
export interface AudienceImportProps {
  /** Id of the customer's workspace: 1 to 200 characters. Every name is derived from it; it cannot be a token. */
  readonly workspace: string;

  /** Project that holds everything. Bucket names are derived from it; it cannot be a token. */
  readonly projectId: string;

  /** Number of the same project, as a text of digits. Google names its service agents by it. */
  readonly projectNumber: string;

  /**
   * BigQuery and Cloud Storage location of everything, such as `EU`, `US` or `europe-west1`. Changing it
   * replaces every resource; it cannot be a token.
   */
  readonly location: string;

  /**
   * E-mail of the service account that Cloud Build builds the ingest function as. It belongs to the same
   * project, and the workspaces of a project share it. The README's prerequisites list the roles it needs.
   */
  readonly buildServiceAccount: string;

  /**
   * Region of the ingest function and its schedules, inside the location. Changing it replaces them; it
   * cannot be a token.
   * @default - the location, if that is a region; `europe-west1` in `EU`, `us-central1` in `US`
   */
  readonly region?: string;

  /**
   * IAM members who may read the published dataset: `user:`, `serviceAccount:`, `group:`, `domain:`, `principal:` or
   * `principalSet:`, such as `serviceAccount:reader@example.com`; at most 1,000. The kind is written out, what follows
   * it may be a token. Members whose line is removed lose their access with the next apply.
   * @default - none
   */
  readonly readers?: readonly string[];

  /**
   * IAM members who own both datasets and manage both buckets, of the same kinds as `readers`; 1 to 100. They may read
   * every table, and no object. Nobody else keeps access: neither the deployer in person nor, by their basic roles,
   * viewers and editors of the project.
   * @default - the owners of the project
   */
  readonly owners?: readonly string[];

  /**
   * Start of every name: a lower-case letter, then at most nine lower-case letters, digits or dashes.
   * Changing it replaces every resource.
   * @default 'audience'
   */
  readonly namePrefix?: string;

  /**
   * How often the MERGE runs. It decides cost, not freshness, because the published views read the log too.
   * @default Schedule.everyMinutes(20)
   */
  readonly mergeSchedule?: Schedule;

  /**
   * Minutes between two sweeps of the landing bucket: 1 to 30, and a divisor of 60.
   * @default 5
   */
  readonly sweepEveryMinutes?: number;

  /**
   * Identity types that are kept beside the mpId, named as they are delivered: at most five, of lower-case
   * letters, digits and `_`. Others are not stored. E-mail addresses are stored as hashes only.
   * @default ['email', 'customer_id']
   */
  readonly identityTypes?: readonly string[];

  /**
   * IAM member that applies the stack, such as `serviceAccount:deployer@PROJECT.iam.gserviceaccount.com`. It may act as
   * each account that the construct creates (`roles/iam.serviceAccountUser`), before the function, the scheduled queries
   * and the schedules are made to run as them. Google asks for this, and nobody can grant it before the accounts exist.
   * @default - no grant: the deployer has the role on the project, or on existing accounts
   */
  readonly deployer?: string;

  /**
   * IAM member that delivers. It may create objects in the landing bucket, and nothing else. mParticle uses one
   * identity for all its customers.
   * @default 'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com'
   */
  readonly mparticleMember?: string;

  /**
   * Folder of the landing bucket that deliveries go to: 16 to 100 letters, digits, `-` and `_`, chosen at random. The
   * grant of `mparticleMember` and the function are restricted to it. Because mParticle writes with one identity for all
   * its customers, another customer who guessed the name of the bucket could otherwise deliver into it. Name the same
   * folder in the audience output. Objects that still wait outside of a new folder are not read any more.
   * @default - deliveries go anywhere in the bucket
   */
  readonly landingFolder?: string;

  /**
   * Days that a landing object is kept after it was ingested. Objects not yet ingested never expire.
   * @default 3
   */
  readonly landingRetentionDays?: number;

  /**
   * Days that the staging bucket keeps rows on their way into the tables.
   * @default 2
   */
  readonly stagedRetentionDays?: number;

  /**
   * Days that the staging bucket keeps copies of objects that could not be ingested.
   * @default 3
   */
  readonly parkedRetentionDays?: number;

  /**
   * Hours that a delete stays in the state and in `membership_feed` after it was loaded. An add that is delivered
   * later than this after a newer delete makes no member. Readers of the feed read it at least every so many hours
   * less 2.
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
   * `EU`, `us` for `US`). Set it with the first deployment, because existing tables are not encrypted again.
   * docs/security.md says who must be allowed to use the key.
   * @default - Google's own keys
   */
  readonly kmsKeyName?: string;

  /**
   * E-mail of an existing account of the project that runs the MERGE and the purge. It receives the same grants
   * as a created account. Use one per workspace: a shared account can read every workspace's data.
   * @default - an account is created
   */
  readonly mergeServiceAccount?: string;

  /**
   * E-mail of an existing account of the project that the ingest function runs as: see `mergeServiceAccount`.
   * @default - an account is created
   */
  readonly ingestServiceAccount?: string;

  /**
   * E-mail of an existing account of the project that Cloud Scheduler calls the function as: see
   * `mergeServiceAccount`.
   * @default - an account is created
   */
  readonly invokerServiceAccount?: string;

  /**
   * Name of an existing bucket that receives the access logs of both buckets. The name of a log object begins
   * with that of the bucket.
   * @default - no access logs
   */
  readonly accessLogBucket?: string;

  /**
   * Whether the workspace has alert policies of its own. Without, `FleetAlerts` watches it together with the other
   * workspaces of the project; the props that begin with `alert` then have no effect.
   * @default true
   */
  readonly alerts?: boolean;

  /**
   * Notification channels that are notified of incidents: `projects/P/notificationChannels/N`, at most 16.
   * @default - none: incidents appear in the console only
   */
  readonly alertChannels?: readonly string[];

  /**
   * When alerts fire. Thresholds that are left out keep their defaults.
   * @default - see AlertThresholds
   */
  readonly alertThresholds?: Partial<AlertThresholds>;

  /**
   * Where the runbook is, as the alerts state it: the name of a page, or an `https://` address, which becomes
   * a link.
   * @default 'docs/runbook.md'
   */
  readonly runbook?: string;

  /**
   * Whether the workspace has a dashboard.
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Labels of every resource that can have them, at most 60. The construct adds `workspace` and `component`, and
   * `version` to the function.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;

  /**
   * The first of two switches that let a plan destroy or replace what holds data. The second is the context
   * key `cdktf-audience-import:destroyData`. One switch alone changes nothing.
   * @default false
   */
  readonly destroyData?: boolean;
}
