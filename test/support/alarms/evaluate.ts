import type { MonitoringAlertPolicyConfig } from '@cdktf/provider-google/lib/monitoring-alert-policy';

import { matchesLine } from '../stacks/monitoring-filter';

/** One line of a log. Times are minutes of the simulation. */
export interface LogLine {
  readonly at: number;
  readonly resource: string;
  readonly severity: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One point of a counter. */
export interface Point {
  readonly at: number;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Observed {
  readonly lines: readonly LogLine[];
  readonly points: readonly Point[];
  /** How long was watched, in minutes. */
  readonly until: number;
}

/** What of a policy decides when it notifies. */
export type Policy = Pick<MonitoringAlertPolicyConfig, 'alertStrategy'> & {
  readonly conditions: readonly {
    readonly conditionMatchedLog?: { readonly filter: string };
    readonly conditionThreshold?: {
      readonly filter?: string;
      readonly thresholdValue?: number;
      readonly aggregations?: unknown;
    };
    readonly conditionAbsent?: { readonly filter?: string; readonly duration: string };
  }[];
};

/** When a policy notifies of something that opens, in minutes, by the rules of Cloud Monitoring for each condition. */
export function notificationsOf(policy: Policy, observed: Observed): readonly number[] {
  const all = policy.conditions.flatMap((condition): readonly number[] => {
    const { conditionMatchedLog: log, conditionThreshold, conditionAbsent } = condition;
    if (log) {
      const period = minutes(policy.alertStrategy?.notificationRateLimit?.period);
      return atMostEvery(period, linesOf(log.filter, observed));
    }
    if (conditionThreshold) {
      const { filter = '', thresholdValue = 0, aggregations } = conditionThreshold;
      const [{ alignmentPeriod }] = aggregations as [{ alignmentPeriod: string }];
      return exceeded(pointsOf(filter, observed), minutes(alignmentPeriod), thresholdValue);
    }
    const { filter = '', duration } = conditionAbsent ?? { duration: '0s' };
    return gaps([...pointsOf(filter, observed), observed.until], minutes(duration));
  });
  return all.sort((a, b) => a - b);
}

function linesOf(filter: string, { lines }: Observed): number[] {
  const resource = /resource\.type="([^"]+)"/.exec(filter)?.[1];
  const statuses = /jsonPayload\.status=\(([^)]*)\)/.exec(filter)?.[1]?.match(/\w+/g);
  const payloadFilter = filter
    .split(' AND ')
    .filter((part) => part.startsWith('jsonPayload.') && !part.startsWith('jsonPayload.status='));
  return lines
    .filter((line) => line.resource === resource)
    .filter(({ payload }) => !statuses || statuses.some((status) => payload['status'] === status))
    .filter(({ severity }) => !filter.includes('severity>=ERROR') || severity === 'ERROR')
    .filter(({ payload }) => payloadFilter.every((part) => matchesLine(part, payload)))
    .map(({ at }) => at);
}

function pointsOf(filter: string, { points }: Observed): number[] {
  const metric = /metric\.type="([^"]+)"/.exec(filter)?.[1];
  const labels = [...filter.matchAll(/(?:metric|resource)\.labels\.(\w+)(!?=)"(.*?)"(?= AND |$)/g)];
  return points
    .filter((point) => point.metric === metric)
    .filter((point) =>
      labels.every(
        ([, label = '', operator, value]) => (point.labels[label] === value) === (operator === '='),
      ),
    )
    .map(({ at }) => at);
}

/** The first, and each that is at least this long after one that was sent. */
function atMostEvery(period: number, times: readonly number[]): number[] {
  const sent: number[] = [];
  for (const at of times) {
    if (sent.length === 0 || at - (sent.at(-1) ?? 0) >= period) sent.push(at);
  }
  return sent;
}

/** The first period of each series of periods with more points than the threshold: then an incident opens. */
function exceeded(times: readonly number[], period: number, threshold: number): number[] {
  const counts = new Map<number, number>();
  for (const at of times) {
    const index = Math.floor(at / period);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return [...counts]
    .filter(([index, count]) => count > threshold && !((counts.get(index - 1) ?? 0) > threshold))
    .map(([index]) => (index + 1) * period);
}

/** The end of the duration after each point that no other one follows in time. Nothing is absent before a first point. */
function gaps(times: readonly number[], duration: number): number[] {
  return times
    .slice(0, -1)
    .filter((at, index) => (times[index + 1] ?? 0) - at > duration)
    .map((at) => at + duration);
}

function minutes(duration = '0s'): number {
  return Number.parseInt(duration) / 60;
}
