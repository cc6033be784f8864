import { readLimits } from '../../runtime/warehouse/scheduled-scripts';

/** What a stack would provision, as a reviewer reads it. Every list is sorted. */
export interface Inventory {
  /** Resource type to number of resources. */
  readonly resources: Readonly<Record<string, number>>;
  /** Resource type to `name (location)`, of what has a name. A changed name replaces the resource. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** `member: role on what`, and the title of a condition. */
  readonly grants: readonly string[];
  /** `name: schedule`. */
  readonly schedules: readonly string[];
  /** `name: what is deleted, or can be read back, and when`. */
  readonly retention: readonly string[];
}

type Attributes = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/**
 * Reads the inventory out of one stack's synthesized Terraform JSON.
 *
 * @param terraformJson content of a stack's `cdk.tf.json`.
 */
export function inventoryOf(terraformJson: string): Inventory {
  const { resource = {} } = JSON.parse(terraformJson) as { resource?: Resources };
  const stack = Object.entries(resource).map(
    ([type, members]) =>
      [type, Object.values(members).map((attributes) => resolved(attributes, resource))] as const,
  );
  const each = (lines: (attributes: Attributes, type: string) => string[]): string[] =>
    stack
      .flatMap(([type, members]) => members.flatMap((attributes) => lines(attributes, type)))
      .sort();
  return {
    resources: Object.fromEntries(stack.map(([type, members]) => [type, members.length])),
    names: Object.fromEntries(
      stack
        .filter(([type]) => !isGrant(type))
        .map(([type, members]) => [type, members.flatMap(nameAndLocation).sort()]),
    ),
    grants: each((attributes, type) => (isGrant(type) ? [grantLine(attributes)] : [])),
    schedules: each(scheduleLines),
    retention: each((attributes) =>
      retentionOf(attributes).map((line) => `${nameOf(attributes)}: ${line}`),
    ),
  };
}

/** The inventory as text, one fact a line, so that two of them differ where the stacks do. */
export function renderInventory(inventory: Inventory): string {
  const { resources, names } = inventory;
  const total = Object.values(resources).reduce((sum, count) => sum + count, 0);
  return [
    `${total} resources:`,
    ...Object.entries(resources).flatMap(([type, count]) => [
      `  ${count} ${type}`,
      ...(names[type] ?? []).map((name) => `      ${name}`),
    ]),
    ...section('grants', inventory.grants),
    ...section('schedules, UTC unless a zone is named', inventory.schedules),
    ...section('retention', inventory.retention),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function isGrant(type: string): boolean {
  return type.endsWith('_iam_member') || type === 'google_bigquery_dataset_access';
}

/** What a grant is on is whatever it names beside who, what and where. */
const NOT_A_TARGET = new Set(['member', 'role', 'project', 'location', 'region']);

function grantLine(grant: Attributes): string {
  const target = Object.entries(grant)
    .filter(([name, value]) => typeof value === 'string' && !NOT_A_TARGET.has(name))
    .map(([, value]) => value)
    .join('.');
  const on = target === '' ? `project ${textOf(grant['project'])}` : target;
  const { dataset } = (grant['dataset'] ?? {}) as { dataset?: Attributes };
  if (dataset) return `views of ${textOf(dataset['dataset_id'])}: read on ${on}`;
  const { title } = (grant['condition'] ?? {}) as Attributes;
  const condition = title === undefined ? '' : `, ${textOf(title)}`;
  return `${textOf(grant['member'])}: ${textOf(grant['role'])} on ${on}${condition}`;
}

function nameOf(attributes: Attributes): string {
  const { dataset_id, table_id, account_id, display_name, name } = attributes;
  if (table_id !== undefined) return `${textOf(dataset_id)}.${textOf(table_id)}`;
  return textOf(account_id ?? name ?? display_name ?? dataset_id ?? '');
}

function nameAndLocation(attributes: Attributes): string[] {
  const name = nameOf(attributes);
  const place = attributes['location'] ?? attributes['region'];
  if (name === '') return [];
  return [place === undefined ? name : `${name} (${textOf(place)})`];
}

function scheduleLines(attributes: Attributes): string[] {
  const { schedule, time_zone: zone } = attributes;
  if (typeof schedule !== 'string') return [];
  return [`${nameOf(attributes)}: ${schedule}${zone === undefined ? '' : ` ${textOf(zone)}`}`];
}

const MILLIS_PER_HOUR = 3_600_000;

function retentionOf(attributes: Attributes): string[] {
  const { lifecycle_rule, soft_delete_policy, versioning } = attributes;
  const { max_time_travel_hours, time_partitioning, params } = attributes;
  const lines: string[] = [];
  for (const { action, condition } of (lifecycle_rule ?? []) as Record<string, Attributes>[]) {
    const when = Object.entries(condition ?? {}).map(([name, value]) => `${name} ${textOf(value)}`);
    lines.push(`${textOf(action?.['type'])} when ${when.join(', ')}`);
  }
  if (soft_delete_policy) {
    const { retention_duration_seconds: seconds } = soft_delete_policy as Attributes;
    lines.push(`soft delete ${textOf(seconds)} s`);
  }
  if (versioning) {
    lines.push(`versions ${(versioning as Attributes)['enabled'] === true ? 'kept' : 'not kept'}`);
  }
  if (max_time_travel_hours !== undefined) {
    lines.push(`time travel ${textOf(max_time_travel_hours)} h`);
  }
  if (time_partitioning) {
    const { expiration_ms: millis } = time_partitioning as { expiration_ms?: number };
    lines.push(
      `partitions expire ${millis === undefined ? 'never' : `after ${millis / MILLIS_PER_HOUR} h`}`,
    );
  }
  const { query = '' } = (params ?? {}) as { query?: string };
  for (const { into, amount, unit } of readLimits(query)) {
    const what = into.replace(/^v_(\w+)_before$/, '$1');
    lines.push(`${what} purged after ${amount} ${unit.toLowerCase().charAt(0)}`);
  }
  return lines;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The attributes of a resource, with references to the same stack replaced by the values it gives. */
function resolved(attributes: Attributes, resource: Resources): Attributes {
  return JSON.parse(JSON.stringify(attributes), (_, value: unknown) =>
    typeof value === 'string' ? resolveReference(value, resource) : value,
  ) as Attributes;
}

/** `${google_type.id.attribute}` as the value it has in this stack, where the stack gives one. */
export function resolveReference(text: string, resource: Resources): string {
  const [, type, id, attribute] = /^\$\{(\w+)\.([\w-]+)\.(\w+)\}$/.exec(text) ?? [];
  const attributes = type && id ? resource[type]?.[id] : undefined;
  if (!attributes || attribute === undefined) return text;
  if (attribute === 'member') {
    return `serviceAccount:${textOf(attributes['account_id'])}@${textOf(attributes['project'])}.iam.gserviceaccount.com`;
  }
  const value = attributes[attribute];
  return typeof value === 'string' ? resolveReference(value, resource) : text;
}
