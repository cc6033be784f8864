import { grantLines, isGrant } from './grants';
import { retentionLines } from './retention-lines';
import { resourcesByType, textOf, type Attributes } from './stack-resources';

/** What a stack would provision, for its reviewer. Every list is sorted. */
export interface Inventory {
  /** Resource type to number of resources. */
  readonly resources: Readonly<Record<string, number>>;
  /** Resource type to `name (location)`, for resources that have a name. A changed name replaces the resource. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** `member: role on what`, and the title of a condition. */
  readonly grants: readonly string[];
  /** `name: schedule`. */
  readonly schedules: readonly string[];
  /** `name: what is deleted or can be read back, and when`. */
  readonly retention: readonly string[];
}

/**
 * Reads the inventory from one stack's synthesized Terraform JSON.
 *
 * @param terraformJson content of a stack's `cdk.tf.json`.
 */
export function inventoryOf(terraformJson: string): Inventory {
  const stack = resourcesByType(terraformJson);
  const others = stack.filter(([type]) => !isGrant(type));
  return {
    resources: Object.fromEntries(stack.map(([type, resources]) => [type, resources.length])),
    names: Object.fromEntries(
      others.map(([type, resources]) => [type, resources.flatMap(nameLines).sort()]),
    ),
    grants: stack
      .flatMap(([type, resources]) => resources.flatMap((each) => grantLines(type, each)))
      .sort(),
    schedules: sortedLines(stack, scheduleLines),
    retention: sortedLines(stack, (resource) =>
      retentionLines(resource).map((line) => `${nameOf(resource)}: ${line}`),
    ),
  };
}

function sortedLines(
  stack: readonly (readonly [type: string, resources: readonly Attributes[]])[],
  linesOf: (resource: Attributes) => string[],
): string[] {
  return stack.flatMap(([, resources]) => resources.flatMap(linesOf)).sort();
}

function nameOf(resource: Attributes): string {
  const { dataset_id, table_id, account_id, display_name, name } = resource;
  if (table_id !== undefined) return `${textOf(dataset_id)}.${textOf(table_id)}`;
  return textOf(account_id ?? name ?? display_name ?? dataset_id ?? '');
}

function nameLines(resource: Attributes): string[] {
  const name = nameOf(resource);
  if (name === '') return [];
  const place = resource['location'] ?? resource['region'];
  return [place === undefined ? name : `${name} (${textOf(place)})`];
}

function scheduleLines(resource: Attributes): string[] {
  const { schedule, time_zone: zone } = resource;
  if (typeof schedule !== 'string') return [];
  return [`${nameOf(resource)}: ${schedule}${zone === undefined ? '' : ` ${textOf(zone)}`}`];
}
