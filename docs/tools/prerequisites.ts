import { markdownTable } from './markdown-table';

/** What a project must have enabled, and the deployer may do, before a resource of some type can be created. */
interface Prerequisite {
  /** Google APIs that are called for the resource, without `.googleapis.com`. */
  readonly apis: readonly Api[];
  readonly roles: readonly DeployerRole[];
}

/** API to what it is called for. */
export const APIS = {
  serviceusage: 'enables the others',
  bigquery: 'datasets, tables, load jobs',
  bigquerydatatransfer: 'scheduled MERGE and purge',
  storage: 'both buckets',
  iam: 'service accounts and who may use them',
  cloudresourcemanager: 'grants on the project',
  cloudfunctions: 'ingest function',
  run: 'runs the function; who may call it',
  cloudbuild: 'builds the function',
  artifactregistry: 'keeps the built image',
  cloudscheduler: 'calls the function',
  monitoring: 'alerts and dashboard',
  logging: 'alerts on log lines',
} as const;

export type Api = keyof typeof APIS;

/** Role of the deployer on the project to why it is needed. */
export const DEPLOYER_ROLES = {
  'roles/bigquery.admin': 'datasets, tables, grants on tables, and scheduled queries',
  'roles/storage.admin': 'buckets, their policies, and the object with the code of the function',
  'roles/iam.serviceAccountAdmin': 'the three accounts, and grants on them',
  'roles/resourcemanager.projectIamAdmin': '`roles/bigquery.jobUser` for two of the accounts',
  'roles/cloudfunctions.developer': 'the function',
  'roles/run.admin': 'lets the invoker account call the function',
  'roles/cloudscheduler.admin': 'the two schedules',
  'roles/monitoring.editor': 'alerts and dashboard',
  'roles/logging.configWriter':
    'alerts on log lines: `roles/monitoring.editor` lacks `logging.notificationRules.create`',
} as const;

export type DeployerRole = keyof typeof DEPLOYER_ROLES;

/**
 * Each resource type that the construct creates. Sources: the API that the provider calls for the type
 * (https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs) and the permissions of the roles
 * (https://cloud.google.com/iam/docs/understanding-roles).
 */
export const PREREQUISITES: Readonly<Record<string, Prerequisite>> = {
  google_bigquery_dataset: { apis: ['bigquery'], roles: ['roles/bigquery.admin'] },
  google_bigquery_table: { apis: ['bigquery'], roles: ['roles/bigquery.admin'] },
  google_bigquery_table_iam_member: { apis: ['bigquery'], roles: ['roles/bigquery.admin'] },
  google_bigquery_data_transfer_config: {
    apis: ['bigquerydatatransfer'],
    roles: ['roles/bigquery.admin'],
  },
  google_storage_bucket: { apis: ['storage'], roles: ['roles/storage.admin'] },
  google_storage_bucket_iam_policy: { apis: ['storage'], roles: ['roles/storage.admin'] },
  google_storage_bucket_object: { apis: ['storage'], roles: ['roles/storage.admin'] },
  google_service_account: { apis: ['iam'], roles: ['roles/iam.serviceAccountAdmin'] },
  google_service_account_iam_member: { apis: ['iam'], roles: ['roles/iam.serviceAccountAdmin'] },
  google_project_iam_member: {
    apis: ['cloudresourcemanager'],
    roles: ['roles/resourcemanager.projectIamAdmin'],
  },
  google_cloudfunctions2_function: {
    apis: ['cloudfunctions', 'run', 'cloudbuild', 'artifactregistry'],
    roles: ['roles/cloudfunctions.developer'],
  },
  google_cloud_run_v2_service_iam_member: { apis: ['run'], roles: ['roles/run.admin'] },
  google_cloud_scheduler_job: { apis: ['cloudscheduler'], roles: ['roles/cloudscheduler.admin'] },
  google_monitoring_alert_policy: {
    apis: ['monitoring', 'logging'],
    roles: ['roles/monitoring.editor', 'roles/logging.configWriter'],
  },
  google_monitoring_dashboard: { apis: ['monitoring'], roles: ['roles/monitoring.editor'] },
};

/** No resource is created by it, but the other APIs are enabled by it. */
export const ENABLING_API: Api = 'serviceusage';

export function apisMarkdown(): string {
  const names = Object.keys(APIS).map((api) => `${api}.googleapis.com`);
  return [
    shell([`gcloud services enable --project="$PROJECT"`, ...names]),
    table('API', Object.entries(APIS)),
  ].join('\n\n');
}

export function rolesMarkdown(): string {
  const roles = Object.keys(DEPLOYER_ROLES);
  return [
    [
      '```sh',
      `for role in ${roles.join(' \\\n  ')}; do`,
      '  gcloud projects add-iam-policy-binding "$PROJECT" --member="$DEPLOYER" --role="$role" --condition=None',
      'done',
      '```',
    ].join('\n'),
    table('role', Object.entries(DEPLOYER_ROLES)),
  ].join('\n\n');
}

/** What README says in its list. */
export function readmeRoles(): string {
  return Object.keys(DEPLOYER_ROLES)
    .map((role) => `\`${role}\``)
    .join(', ');
}

function shell(words: readonly string[]): string {
  return ['```sh', words.join(' \\\n  '), '```'].join('\n');
}

function table(what: string, entries: readonly (readonly [string, string])[]): string {
  return markdownTable(
    [what, 'for'],
    entries.map(([name, why]) => [`\`${name}\``, why]),
  );
}
