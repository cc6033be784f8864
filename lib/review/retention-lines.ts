import { readLimits } from '../../runtime/warehouse/scheduled-scripts';
import { textOf, type Attributes } from './stack-resources';

const MILLIS_PER_HOUR = 3_600_000;

/** What a resource deletes or lets be read back, and when: one line for each rule. */
export function retentionLines(attributes: Attributes): string[] {
  return [
    ...lifecycleLines(attributes),
    ...softDeleteLines(attributes),
    ...versioningLines(attributes),
    ...timeTravelLines(attributes),
    ...partitionLines(attributes),
    ...purgeLines(attributes),
  ];
}

function lifecycleLines({ lifecycle_rule: rules }: Attributes): string[] {
  return ((rules ?? []) as Record<string, Attributes>[]).map(({ action, condition }) => {
    const when = Object.entries(condition ?? {}).map(([name, value]) => `${name} ${textOf(value)}`);
    return `${textOf(action?.['type'])} when ${when.join(', ')}`;
  });
}

function softDeleteLines({ soft_delete_policy: policy }: Attributes): string[] {
  if (!policy) return [];
  const { retention_duration_seconds: seconds } = policy as Attributes;
  return [`soft delete ${textOf(seconds)} s`];
}

function versioningLines({ versioning }: Attributes): string[] {
  if (!versioning) return [];
  return [`versions ${(versioning as Attributes)['enabled'] === true ? 'kept' : 'not kept'}`];
}

function timeTravelLines({ max_time_travel_hours: hours }: Attributes): string[] {
  return hours === undefined ? [] : [`time travel ${textOf(hours)} h`];
}

function partitionLines({ time_partitioning: partitioning }: Attributes): string[] {
  if (!partitioning) return [];
  const { expiration_ms: millis } = partitioning as { expiration_ms?: number };
  const when = millis === undefined ? 'never' : `after ${millis / MILLIS_PER_HOUR} h`;
  return [`partitions expire ${when}`];
}

/** The limits are in the SQL of the scheduled purge. */
function purgeLines({ params }: Attributes): string[] {
  const { query = '' } = (params ?? {}) as { query?: string };
  return readLimits(query).map(({ into, amount, unit }) => {
    const what = into.replace(/^v_(\w+)_before$/, '$1');
    return `${what} purged after ${amount} ${unit.toLowerCase().charAt(0)}`;
  });
}
