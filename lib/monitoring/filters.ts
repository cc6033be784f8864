import type { LOG_FIELDS, LogEvent } from '../../runtime/function/log';

/** A field of the log lines of one event. */
export type LogField<Event extends LogEvent> = (typeof LOG_FIELDS)[Event][number];

/** What must hold for a field of a log line, such as `['rejected', '>', 0]`. */
export type Comparison<Event extends LogEvent> = readonly [
  field: LogField<Event>,
  operator: '>' | '>=' | '<',
  value: number,
];

/** All restrictions must hold: https://cloud.google.com/monitoring/api/v3/filters */
export function allOf(...restrictions: readonly string[]): string {
  return restrictions.join(' AND ');
}

/** One name, or every name that matches a whole pattern (https://github.com/google/re2/wiki/Syntax). */
export type NameOrPattern = string | NamePattern;

export interface NamePattern {
  readonly pattern: string;
}

/** A restriction of a label, as the logging query language writes it. */
export function loggedLabel(label: string, name: NameOrPattern): string {
  return typeof name === 'string' ? `${label}="${name}"` : `${label}=~"^${name.pattern}$"`;
}

/** A restriction of a label, as the filters of metrics write it. */
export function metricLabel(label: string, name: NameOrPattern): string {
  return typeof name === 'string'
    ? `${label}="${name}"`
    : `${label}=monitoring.regex.full_match("${name.pattern}")`;
}

/** One of the values, as the logging query language writes it. */
export function anyOf(values: readonly string[]): string {
  return `(${values.map((value) => `"${value}"`).join(' OR ')})`;
}

/**
 * Selects the log lines of one event of the function.
 *
 * @example
 * logFilter('ingest', 'sweep', ['rejected', '>', 0])
 * // resource.type="cloud_run_revision" AND … AND jsonPayload.event="sweep" AND jsonPayload.rejected>0
 */
export function logFilter<Event extends LogEvent>(
  functionName: NameOrPattern,
  event: Event,
  ...comparisons: readonly Comparison<Event>[]
): string {
  return allOf(
    'resource.type="cloud_run_revision"',
    loggedLabel('resource.labels.service_name', functionName),
    `jsonPayload.event="${event}"`,
    ...comparisons.map(([field, operator, value]) => `jsonPayload.${field}${operator}${value}`),
  );
}
