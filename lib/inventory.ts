/** What a stack would provision, as a reviewer counts it. */
export interface Inventory {
  /** Resource type to number of resources. */
  readonly resources: Readonly<Record<string, number>>;
  readonly datasets: readonly string[];
  readonly buckets: readonly string[];
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
    .map(
      (grant) => `${named(grant['member'])}: ${named(grant['role'])} on ${named(target(grant))}`,
    );
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
    grants: grants.sort(),
    schedules: all('google_bigquery_data_transfer_config').map(
      (config) => `${named(config['display_name'])}: ${named(config['schedule'])}`,
    ),
  };
}

function target(grant: Attributes): unknown {
  return (
    grant['bucket'] ??
    grant['dataset_id'] ??
    grant['service_account_id'] ??
    `project ${String(grant['project'])}`
  );
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
  return typeof attributes[attribute] === 'string' ? attributes[attribute] : text;
}
