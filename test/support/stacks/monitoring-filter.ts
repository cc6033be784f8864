import { BUILT_IN_METRICS } from '../../../lib/monitoring/metrics';
import { LOG_FIELDS } from '../../../runtime/function/log';

/** What is wrong with a filter of an alert or a chart: an empty list if a first apply can rely on it. */
export function filterFaults(filter: string): string[] {
  const value = (field: string) => new RegExp(`${field}="([^"]*)"`).exec(filter)?.[1];
  const [metric, resource, event] = ['metric.type', 'resource.type', 'jsonPayload.event'].map(
    value,
  );
  if (resource === undefined) return ['no resource.type'];
  if (metric !== undefined) {
    const expected = (BUILT_IN_METRICS as Record<string, string>)[metric];
    return expected === resource ? [] : [`${metric} is not built in for ${resource}`];
  }
  const fields = [...filter.matchAll(/jsonPayload\.(\w+)/g)].map(([, field = '']) => field);
  const known: Record<string, readonly string[]> = LOG_FIELDS;
  const allowed =
    resource === 'cloud_scheduler_job' ? ['status'] : ['event', ...(known[event ?? ''] ?? [])];
  return fields.filter((field) => !allowed.includes(field)).map((field) => `no field ${field}`);
}

/** Whether a line of the function's log matches, for the part of the filter language that we use. */
export function matchesLine(filter: string, line: Readonly<Record<string, unknown>>): boolean {
  return filter.split(' AND ').every((comparison) => {
    const [, field = '', operator = '', text = ''] =
      /^jsonPayload\.(\w+)(=|>=|>|<)(.*)$/.exec(comparison) ?? [];
    if (field === '') return comparison.startsWith('resource.');
    const actual = line[field];
    if (operator === '=') return JSON.stringify(actual) === text;
    if (typeof actual !== 'number') return false;
    if (operator === '<') return actual < Number(text);
    return operator === '>' ? actual > Number(text) : actual >= Number(text);
  });
}
