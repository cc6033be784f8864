import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, TerraformStack, Testing } from 'cdktf';

import { ALERT_IDS, type AlertId } from '../../lib/monitoring/alert-definitions';
import { FleetAlerts, type FleetAlertsProps } from '../../lib/fleet-alerts';
import { workspaceNames } from '../../lib/workspace/names';
import { filterFaults } from '../support/stacks/monitoring-filter';
import { all, parsed, synthesized, type Attributes } from '../support/stacks/stacks';

interface Aggregation {
  readonly group_by_fields?: readonly string[];
}

interface MetricCondition {
  readonly filter: string;
  readonly duration: string;
  readonly aggregations: readonly Aggregation[];
}

interface Policy extends Attributes {
  readonly conditions: readonly {
    readonly condition_matched_log?: {
      readonly filter: string;
      readonly label_extractors: Readonly<Record<string, string>>;
    };
    readonly condition_threshold?: MetricCondition;
    readonly condition_absent?: MetricCondition;
  }[];
  readonly alert_strategy: { readonly notification_rate_limit?: { readonly period: string } };
  readonly documentation: { readonly content: string; readonly subject: string };
}

function fleet(props: Partial<FleetAlertsProps> = {}): Readonly<Record<AlertId, Policy>> {
  const stack = new TerraformStack(Testing.stubVersion(new App({ stackTraces: false })), 'stack');
  new GoogleProvider(stack, 'google', {});
  new FleetAlerts(stack, 'fleet-alerts', { projectId: 'ads-imports', ...props });
  const policies = all(parsed(Testing.synth(stack, true)), 'google_monitoring_alert_policy');
  return Object.fromEntries(
    (policies as Policy[]).map((policy) => [
      /^Runbook: .*#([\w-]+)$/m.exec(policy.documentation.content)?.[1],
      policy,
    ]),
  ) as Readonly<Record<AlertId, Policy>>;
}

const DEFAULT = fleet();

function filtersOf({ conditions }: Policy): string[] {
  return conditions.map(
    (one) =>
      (one.condition_matched_log ?? one.condition_threshold ?? one.condition_absent)?.filter ?? '',
  );
}

/** The pattern of a filter, whichever of the two languages it is in. */
function patternIn(filter: string): RegExp | undefined {
  const [, pattern] = /(?:=~"\^|full_match\(")(.*?)\$?"/.exec(filter) ?? [];
  return pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
}

test('There is one policy for each alert of a workspace, and each can be created before anything has run', () => {
  expect(Object.keys(DEFAULT).sort()).toEqual([...ALERT_IDS].sort());
  for (const policy of Object.values(DEFAULT)) {
    expect(filtersOf(policy).flatMap(filterFaults)).toEqual([]);
  }
});

test.each(ALERT_IDS.filter((id) => id !== 'merge-failed'))(
  'The alert %s watches every workspace of its prefix, and no other service',
  (id) => {
    const [filter = ''] = filtersOf(DEFAULT[id]);
    const names = (workspace: string, prefix = 'audience') => {
      const all = workspaceNames('ads-imports', workspace, prefix);
      return id === 'sweeps-refused' ? [all.sweepJob, all.healthJob] : [all.ingestFunction];
    };
    const workspaces = ['acme-news', 'a', 'Ünï', '___', 'x'.repeat(200), '9 lives'];
    for (const name of workspaces.flatMap((workspace) => names(workspace))) {
      expect(name).toMatch(patternIn(filter) ?? '');
    }
    for (const name of [...names('acme', 'other'), 'audience-api', 'my-audience-ingest-0123abcd']) {
      expect(name).not.toMatch(patternIn(filter) ?? '');
    }
  },
);

test.each(ALERT_IDS)(
  'The alert %s names what it is about, in its subject and its commands',
  (id) => {
    const { conditions, documentation } = DEFAULT[id];
    for (const {
      condition_matched_log: log,
      condition_threshold,
      condition_absent,
    } of conditions) {
      const metric = condition_threshold ?? condition_absent;
      const variables = log
        ? Object.keys(log.label_extractors).map((label) => `log.extracted_label.${label}`)
        : (metric?.aggregations[0]?.group_by_fields ?? []);
      expect(variables).not.toEqual([]);
      const best = variables.find((one) => one.endsWith('workspace')) ?? variables[0] ?? '';
      expect(documentation.subject).toContain(`$\${${best}}`);
      for (const variable of variables) expect(documentation.content).toContain(`$\${${variable}}`);
    }
  },
);

test('An alert on a log line of the function names the workspace', () => {
  expect(DEFAULT['object-parked'].conditions[0]?.condition_matched_log?.label_extractors).toEqual({
    workspace: 'EXTRACT(jsonPayload.workspace)',
    service_name: 'EXTRACT(resource.labels.service_name)',
  });
});

test('A failed run is found by its scheduled query, whichever of the project it is', () => {
  const [condition, ...others] = DEFAULT['merge-failed'].conditions;
  expect(others).toEqual([]);
  expect(condition?.condition_threshold).toMatchObject({
    filter:
      'metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND ' +
      'resource.type="bigquery_dts_config" AND metric.labels.completion_state!="SUCCEEDED"',
    aggregations: [{ group_by_fields: ['resource.label.config_id'] }],
  });
});

test('A workspace is named once a day, because all share the notifications of a day', () => {
  for (const { conditions, alert_strategy, documentation } of Object.values(DEFAULT)) {
    const onLog = conditions.some((condition) => condition.condition_matched_log);
    expect(alert_strategy.notification_rate_limit).toEqual(
      onLog ? { period: '86400s' } : undefined,
    );
    expect(documentation.content.includes('for all workspaces together')).toBe(onLog);
  }
});

test('Thresholds, channels, labels and the prefix are those that are given', () => {
  const policies = fleet({
    namePrefix: 'crm',
    sweepEveryMinutes: 30,
    alertThresholds: { oldestWaitingMinutes: 45 },
    alertChannels: ['projects/ads-imports/notificationChannels/1'],
    labels: { team: 'ads' },
  });
  expect(filtersOf(policies['objects-waiting'])[0]).toContain('oldestWaitingSeconds>2700');
  expect(policies['sweeps-stopped'].conditions[0]?.condition_absent?.duration).toBe('3300s');
  for (const policy of Object.values(policies)) {
    expect(policy['notification_channels']).toEqual([
      'projects/ads-imports/notificationChannels/1',
    ]);
    expect(policy['user_labels']).toEqual({ team: 'ads', component: 'alerts' });
    expect(policy['display_name']).toMatch(/^Audience imports crm: /);
  }
});

test('Wrong props are refused all at once, with the construct and what is allowed', () => {
  const props = { sweepEveryMinutes: 7, workspace: 'acme' } as Partial<FleetAlertsProps>;
  expect(() => fleet(props)).toThrow(
    /^FleetAlerts "stack\/fleet-alerts" has 2 invalid props:[^]*sweepEveryMinutes[^]*workspace/,
  );
});

test('A workspace without alerts of its own has no policy, and everything else', () => {
  const [own, none] = [synthesized(), synthesized({ alerts: false })];
  const { google_monitoring_alert_policy: policies, ...others } = own.resource;
  expect(Object.keys(policies ?? {})).toHaveLength(ALERT_IDS.length);
  expect(none.resource).toEqual(others);
  expect(none.construct.alerts).toBeUndefined();
});
