/** What a stack would provision, as a reviewer counts it. */
export interface Inventory {
  /** Resource type to number of resources. */
  readonly resources: Readonly<Record<string, number>>;
  readonly datasets: readonly string[];
  readonly buckets: readonly string[];
  readonly functions: readonly string[];
  /** `member: role on what`. */
  readonly grants: readonly string[];
  /** `name: schedule`. */
  readonly schedules: readonly string[];
}

type Attributes = Readonly<Record<string, unknown>>;

/**
 * Reads the inventory out of one stack's synthesized Terraform JSON.
 *
 * @param terraformJson content of a stack's `cdk.tf.json`.
 */
export function inventoryOf(terraformJson: string): Inventory {
  const { resource = {} } = JSON.parse(terraformJson) as {
    resource?: Record<string, Record<string, Attributes>>;
  };
  const all = (type: string): Attributes[] => Object.values(resource[type] ?? {});
  const named = (reference: unknown) => resolveReference(String(reference), resource);
  const grants = Object.entries(resource)
    .filter(([type]) => type.endsWith('_iam_member'))
    .flatMap(([, members]) => Object.values(members))
    .map((grant) => `${named(grant['member'])}: ${named(grant['role'])} on ${target(grant, named)}`)
    .concat(all('google_bigquery_dataset_access').map((access) => authorization(access, named)));
  return {
    resources: Object.fromEntries(
      Object.entries(resource).map(([type, members]) => [type, Object.keys(members).length]),
    ),
    datasets: all('google_bigquery_dataset').map(
      (dataset) => `${named(dataset['dataset_id'])} (${named(dataset['location'])})`,
    ),
    buckets: all('google_storage_bucket').map(
      (bucket) => `${named(bucket['name'])} (${named(bucket['location'])})`,
    ),
    functions: all('google_cloudfunctions2_function').map(
      (deployed) => `${named(deployed['name'])} (${named(deployed['location'])})`,
    ),
    grants: grants.sort(),
    schedules: [
      ...all('google_bigquery_data_transfer_config').map(
        (config) => `${named(config['display_name'])}: ${named(config['schedule'])}`,
      ),
      ...all('google_cloud_scheduler_job').map(
        (job) => `${named(job['name'])}: ${named(job['schedule'])}`,
      ),
    ],
  };
}

/** An authorized dataset: its views read, whoever asks them. */
function authorization(access: Attributes, named: (reference: unknown) => string): string {
  const authorized = (access['dataset'] as { dataset: Attributes }).dataset;
  return `views of ${named(authorized['dataset_id'])}: read on ${named(access['dataset_id'])}`;
}

/** What a grant is on; a condition narrows it, and is named. */
function target(grant: Attributes, named: (reference: unknown) => string): string {
  const on =
    grant['bucket'] ??
    grant['dataset_id'] ??
    grant['service_account_id'] ??
    grant['name'] ??
    `project ${String(grant['project'])}`;
  const table = 'table_id' in grant ? `.${named(grant['table_id'])}` : '';
  const condition = grant['condition'] as { title: string } | undefined;
  return `${named(on)}${table}${condition ? `, ${condition.title}` : ''}`;
}

/** `${google_type.id.attribute}` as the value it has in this stack, where the stack gives one. */
export function resolveReference(
  text: string,
  resource: Readonly<Record<string, Readonly<Record<string, Attributes>>>>,
): string {
  const [, type, id, attribute] = /^\$\{(\w+)\.([\w-]+)\.(\w+)\}$/.exec(text) ?? [];
  const attributes = type && id ? resource[type]?.[id] : undefined;
  if (!attributes || attribute === undefined) return text;
  if (attribute === 'member') {
    return `serviceAccount:${String(attributes['account_id'])}@${String(attributes['project'])}.iam.gserviceaccount.com`;
  }
  const value = attributes[attribute];
  return typeof value === 'string' ? resolveReference(value, resource) : text;
}
