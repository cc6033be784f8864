import { DEFAULT_RETENTION } from '../runtime';
import { Schedule } from './schedule';

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
   * replaces every resource.
   */
  readonly location: string;

  /**
   * IAM members who may read the published dataset, such as `serviceAccount:reader@example.com`.
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
   * Labels of every resource that can have them, beside `workspace`, `component` and `version`.
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

/** The default of every optional prop that has one. */
export const DEFAULTS = {
  namePrefix: 'audience',
  mergeSchedule: Schedule.everyMinutes(20),
  mparticleMember:
    'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com',
  landingRetentionDays: 3,
  tombstoneRetentionHours: DEFAULT_RETENTION.tombstoneHours,
  logRetentionHours: DEFAULT_RETENTION.logHours,
  rejectionRetentionHours: DEFAULT_RETENTION.rejectionHours,
  destroyData: false,
} as const;

/** Props with every default filled in. */
export type ResolvedProps = Required<AudienceImportProps>;

export function resolveProps(props: AudienceImportProps): ResolvedProps {
  return { ...DEFAULTS, readers: [], labels: {}, ...props };
}
