import { Testing } from 'cdktf';

import { ALERT_IDS, type AlertId } from '../../../lib/monitoring/alert-definitions';
import { resolveThresholds } from '../../../lib/props/alert-thresholds';
import { Alerts, type AlertsOptions } from '../../../lib/monitoring/alerts';
import { all, parsed, type Attributes } from '../../support/stacks/stacks';
import { watchedStack } from '../../../docs/tools/watched';

const INTERVALS = { mergeIntervalMinutes: 20, sweepIntervalMinutes: 5 };

interface Condition {
  readonly display_name: string;
  readonly condition_matched_log?: { readonly filter: string };
  readonly condition_threshold?: { readonly filter: string; readonly threshold_value: number };
  readonly condition_absent?: { readonly filter: string; readonly duration: string };
}

interface Policy extends Attributes {
  readonly display_name: string;
  readonly severity: string;
  readonly conditions: readonly Condition[];
  readonly alert_strategy?: {
    readonly auto_close?: string;
    readonly notification_prompts?: readonly string[];
    readonly notification_rate_limit?: { readonly period: string };
  };
  readonly documentation: { content: string; subject: string; links?: { url: string }[] };
}

type Policies = Readonly<Record<AlertId, Policy>>;

function synthesized(options: Partial<AlertsOptions> = {}): Policies {
  const { stack, watched } = watchedStack();
  new Alerts(stack, 'alerts', {
    ...watched,
    workspace: 'acme-news',
    labels: { workspace: 'acme-news' },
    thresholds: resolveThresholds({}, INTERVALS),
    channels: [],
    runbook: 'docs/runbook.md',
    ...options,
  });
  const policies = all(parsed(Testing.synth(stack, true)), 'google_monitoring_alert_policy');
  return Object.fromEntries(
    policies.map((policy) => {
      const { content } = (policy as Policy).documentation;
      return [/^Runbook: .*#([\w-]+)$/m.exec(content)?.[1], policy];
    }),
  ) as Policies;
}

const filters = ({ conditions }: Policy) =>
  conditions.map(
    (condition) =>
      condition.condition_matched_log?.filter ??
      condition.condition_threshold?.filter ??
      condition.condition_absent?.filter ??
      '',
  );

const DEFAULT = synthesized();

describe('each alert', () => {
  test('There is one policy for each alert, and no two have the same name', () => {
    expect(Object.keys(DEFAULT).sort()).toEqual([...ALERT_IDS].sort());
    const names = Object.values(DEFAULT).map((policy) => policy.display_name);
    expect(new Set(names).size).toBe(ALERT_IDS.length);
    for (const name of names) expect(name).toMatch(/^Audience import acme-news: /);
  });

  test.each(ALERT_IDS)('The alert %s watches this workspace only', (id) => {
    for (const filter of filters(DEFAULT[id])) {
      expect(filter).toMatch(
        /audience-acme-news-ingest-7e64b4c6|google_bigquery_data_transfer_config\.|"acme-sweep" OR "acme-health"/,
      );
    }
  });

  test.each(ALERT_IDS)('The alert %s says what it means and what to do first', (id) => {
    const { documentation, conditions, severity } = DEFAULT[id];
    const names = conditions.map((condition) => condition.display_name);
    expect(new Set(names).size).toBe(names.length);
    if (names.length === 1) {
      expect(documentation.content).toContain(`It fires when ${names.join()}. It `);
    }
    expect(documentation.content).toMatch(/\*\*First step:\*\* .{10,}/);
    expect(documentation.content).toContain(`Runbook: docs/runbook.md#${id}`);
    expect(documentation.subject).toMatch(/^acme-news: /);
    expect(['CRITICAL', 'ERROR', 'WARNING']).toContain(severity);
  });

  test.each(ALERT_IDS)(
    'The alert %s keeps to what the service allows for its kind of condition',
    (id) => {
      const { alert_strategy: strategy, conditions } = DEFAULT[id];
      const onLog = conditions.some((condition) => condition.condition_matched_log);
      if (onLog) expect(conditions).toHaveLength(1);
      expect(strategy?.notification_rate_limit !== undefined).toBe(onLog);
      const absent = conditions.some((condition) => condition.condition_absent);
      // An absence that closed for want of data would close while it lasts.
      expect(strategy?.auto_close !== undefined).toBe(!absent);
      expect(strategy?.notification_prompts).toEqual(onLog ? ['OPENED'] : ['OPENED', 'CLOSED']);
    },
  );
});

test('No alert on log lines may notify more often than is delivered, which is 20 times a day', () => {
  const periods = Object.values(DEFAULT).flatMap(({ alert_strategy: strategy }) =>
    strategy?.notification_rate_limit ? [strategy.notification_rate_limit.period] : [],
  );
  expect(new Set(periods)).toEqual(new Set(['7200s', '86400s']));
  for (const period of periods) expect(86_400 / Number.parseInt(period)).toBeLessThanOrEqual(20);
});

test('An alert says that it is repeated only if its log line is', () => {
  const repeated = (id: AlertId) => DEFAULT[id].documentation.content.includes('It is repeated');
  expect(repeated('nothing-received')).toBe(true);
  expect(repeated('object-broken')).toBe(false);
  expect(repeated('sweeps-stopped')).toBe(false);
});

describe('options', () => {
  test('Channels are notified, and without any the policies are enabled all the same', () => {
    const channels = ['projects/ads-imports/notificationChannels/1'];
    for (const policy of Object.values(synthesized({ channels }))) {
      expect(policy['notification_channels']).toEqual(channels);
    }
    for (const policy of Object.values(DEFAULT)) {
      expect(policy).not.toHaveProperty('notification_channels');
      expect(policy).not.toHaveProperty('enabled');
    }
  });

  test('A runbook with an https address becomes a link', () => {
    const runbook = 'https://wiki.example.com/audience-import';
    expect(synthesized({ runbook })['no-deletes'].documentation.links).toEqual([
      { display_name: 'Runbook', url: `${runbook}#no-deletes` },
    ]);
    expect(DEFAULT['no-deletes'].documentation.links).toBeUndefined();
  });

  test('Each policy has the labels and the project', () => {
    for (const policy of Object.values(DEFAULT)) {
      expect(policy['user_labels']).toEqual({ workspace: 'acme-news', component: 'alerts' });
      expect(policy['project']).toBe('ads-imports');
    }
  });

  test('A workspace id that looks like a template of Terraform is shown as it is', () => {
    const policy = synthesized({ workspace: 'a${b}%{c}' })['merge-late'];
    expect(policy.display_name).toBe('Audience import a$${b}%%{c}: MERGE late');
    expect(policy.documentation.subject).toBe('a$${b}%%{c}: MERGE late');
  });
});
