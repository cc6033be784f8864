import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Testing } from 'cdktf';

import { Schedule } from '../../../lib/index';
import { ALERT_IDS, type AlertId } from '../../../lib/monitoring/alert-definitions';
import {
  DEFAULT_THRESHOLDS,
  resolveThresholds,
  type AlertThresholds,
} from '../../../lib/props/alert-thresholds';
import { Alerts, type AlertsOptions } from '../../../lib/monitoring/alerts';
import { VIEW_LOOKBACK_HOURS } from '../../../runtime/warehouse/retention';
import { filterFaults, matchesLine } from '../../support/stacks/monitoring-filter';
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
  readonly alert_strategy?: { auto_close?: string; notification_rate_limit?: { period: string } };
  readonly documentation: { content: string; subject: string; links?: { url: string }[] };
}

type Policies = Readonly<Record<AlertId, Policy>>;

function synthesized(
  options: Partial<AlertsOptions> = {},
  thresholds: Partial<AlertThresholds> = {},
  intervals = INTERVALS,
): Policies {
  const { stack, watched } = watchedStack();
  new Alerts(stack, 'alerts', {
    ...watched,
    workspace: 'acme-news',
    labels: { workspace: 'acme-news' },
    thresholds: resolveThresholds(thresholds, intervals),
    channels: [],
    runbook: 'docs/runbook.md',
    ...options,
  });
  const policies = all(parsed(Testing.synth(stack, true)), 'google_monitoring_alert_policy');
  return Object.fromEntries(
    policies.map((policy) => {
      const { content } = (policy as Policy).documentation;
      return [/#([\w-]+)$/.exec(content)?.[1], policy];
    }),
  ) as Policies;
}

const kinds = ({ conditions }: Policy) =>
  conditions.flatMap((condition) => Object.keys(condition).filter((key) => key !== 'display_name'));

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

  test.each(ALERT_IDS)('The alert %s can be created before anything has run', (id) => {
    expect(filters(DEFAULT[id]).flatMap(filterFaults)).toEqual([]);
  });

  test.each([
    'metric.type="logging.googleapis.com/user/x" AND resource.type="cloud_run_revision"',
    'metric.type="run.googleapis.com/request_count" AND resource.type="gcs_bucket"',
    'metric.type="run.googleapis.com/request_count"',
    'resource.type="cloud_run_revision" AND jsonPayload.event="sweep" AND jsonPayload.typo>1',
    'resource.type="cloud_run_revision" AND jsonPayload.event="sweep" AND jsonPayload.hoursSincePurge>1',
    'resource.type="cloud_run_revision" AND jsonPayload.event="nothing" AND jsonPayload.rejected>1',
  ])('The check above finds the fault of the filter %s', (filter) => {
    expect(filterFaults(filter)).not.toEqual([]);
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
      expect(documentation.content).toContain(`It fires when ${names.join()}.`);
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
    },
  );
});

describe('conditions', () => {
  test('Any outcome of a MERGE or purge but success fires the alert', () => {
    expect(filters(DEFAULT['merge-failed'])).toEqual(
      ['merge', 'purge'].map(
        (id) =>
          `metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND resource.type="bigquery_dts_config" AND resource.labels.config_id="\${element(reverse(split("/", google_bigquery_data_transfer_config.${id}.name)), 0)}" AND metric.labels.completion_state!="SUCCEEDED"`,
      ),
    );
    expect(kinds(DEFAULT['merge-failed'])).toEqual(['condition_threshold', 'condition_threshold']);
  });

  test('Half an hour without a successful call fires the alert, by the metric of Cloud Run', () => {
    const [condition] = DEFAULT['sweeps-stopped'].conditions;
    expect(condition?.condition_absent).toMatchObject({
      duration: '1800s',
      filter: expect.stringContaining('response_code_class="2xx"') as string,
    });
  });

  test('More than three errors within an hour fire the alert', () => {
    const [condition] = DEFAULT['sweeps-failing'].conditions;
    expect(condition?.condition_threshold).toMatchObject({
      threshold_value: 3,
      comparison: 'COMPARISON_GT',
      aggregations: [{ alignment_period: '3600s', per_series_aligner: 'ALIGN_SUM' }],
      filter: expect.stringContaining('response_code_class="5xx"') as string,
    });
  });

  test('A call that Cloud Run refuses fires the alert, although no metric counts it', () => {
    expect(filters(DEFAULT['sweeps-refused'])[0]).toMatch(
      /^resource\.type="cloud_scheduler_job" AND .* AND severity>=ERROR AND jsonPayload\.status=\("UNAUTHENTICATED" OR "PERMISSION_DENIED"/,
    );
  });

  const quiet = {
    event: 'sweep',
    objects: 0,
    rejected: 0,
    rejectedShare: 0,
    oldestWaitingSeconds: 0,
    secondsSinceObject: 60,
    secondsSinceAdd: 60,
    secondsSinceDelete: 60,
  };
  const healthy = { event: 'health', minutesSinceApply: 10, hoursSincePurge: 10 };

  test.each<[AlertId, Partial<AlertThresholds>, object, object]>([
    ['objects-waiting', {}, { oldestWaitingSeconds: 3600 }, { oldestWaitingSeconds: 3601 }],
    [
      'objects-waiting',
      { oldestWaitingMinutes: 30 },
      { oldestWaitingSeconds: 1800 },
      { oldestWaitingSeconds: 1801 },
    ],
    [
      'lines-rejected',
      {},
      { rejected: 1000, rejectedShare: 0.01 },
      { rejected: 10, rejectedShare: 0.011 },
    ],
    ['lines-rejected', {}, { rejected: 9, rejectedShare: 1 }, { rejected: 1000, rejectedShare: 1 }],
    [
      'lines-rejected',
      { rejectedShare: 0.07, rejectedLines: 2 },
      { rejected: 2, rejectedShare: 0.07 },
      { rejected: 2, rejectedShare: 0.08 },
    ],
    ['no-deletes', {}, { secondsSinceDelete: 259_200 }, { secondsSinceDelete: 259_201 }],
    [
      'no-deletes',
      {},
      { secondsSinceDelete: 900_000, secondsSinceAdd: 86_400 },
      { secondsSinceDelete: 900_000, secondsSinceAdd: 86_399 },
    ],
    [
      'no-deletes',
      { noDeletesDays: 7 },
      { secondsSinceDelete: 604_800 },
      { secondsSinceDelete: 604_801 },
    ],
    ['nothing-received', {}, { secondsSinceObject: 86_400 }, { secondsSinceObject: 86_401 }],
    [
      'nothing-received',
      { nothingReceivedHours: 72 },
      { secondsSinceObject: 259_200 },
      { secondsSinceObject: 259_201 },
    ],
    ['object-parked', {}, {}, { event: 'object_parked' }],
  ])(
    'The alert %s with the thresholds %j does not fire on %j, and fires on %j',
    (id, thresholds, below, above) => {
      const [filter = ''] = filters(synthesized({}, thresholds)[id]);
      expect(matchesLine(filter, quiet)).toBe(false);
      expect(matchesLine(filter, { ...quiet, ...below })).toBe(false);
      expect(matchesLine(filter, { ...quiet, ...above })).toBe(true);
    },
  );

  test('The alert purge-late fires neither before the first purge nor at 26 hours', () => {
    const [filter = ''] = filters(DEFAULT['purge-late']);
    expect(matchesLine(filter, { ...healthy, hoursSincePurge: null })).toBe(false);
    expect(matchesLine(filter, { ...healthy, hoursSincePurge: 26 })).toBe(false);
    expect(matchesLine(filter, { ...healthy, hoursSincePurge: 27 })).toBe(true);
  });
});

describe('a late MERGE', () => {
  const schedules: [string, Schedule, number, string][] = [
    ['5 minutes', Schedule.everyMinutes(5), 60, 'condition_absent'],
    ['20 minutes', Schedule.everyMinutes(20), 60, 'condition_absent'],
    ['30 minutes', Schedule.everyMinutes(30), 90, 'condition_absent'],
    ['6 hours', Schedule.everyHours(6), 1080, 'condition_absent'],
    ['8 hours', Schedule.everyHours(8), 1440, 'condition_matched_log'],
    ['12 hours', Schedule.everyHours(12), 1560, 'condition_matched_log'],
    ['day', Schedule.daily(), 1560, 'condition_matched_log'],
  ];

  test.each(schedules)(
    'A MERGE that is late is found in time if it should run every %s',
    (_, schedule, minutes, kind) => {
      const { intervalMinutes } = schedule;
      const policy = synthesized({}, {}, { ...INTERVALS, mergeIntervalMinutes: intervalMinutes })[
        'merge-late'
      ];
      expect(kinds(policy)).toEqual([kind]);
      // One run that is missed or waits is no alarm, and there is time before the views lose changes.
      expect(minutes).toBeGreaterThan(intervalMinutes);
      expect(minutes).toBeLessThan(VIEW_LOOKBACK_HOURS * 60);
      const [condition] = policy.conditions;
      if (condition?.condition_absent) {
        expect(condition.condition_absent.duration).toBe(`${minutes * 60}s`);
        expect(minutes).toBeLessThanOrEqual(23.5 * 60);
        expect(condition.condition_absent.filter).toContain('completion_state="SUCCEEDED"');
      } else {
        const filter = condition?.condition_matched_log?.filter ?? '';
        const line = (minutesSinceApply: number) => ({ event: 'health', minutesSinceApply });
        expect(matchesLine(filter, line(minutes))).toBe(false);
        expect(matchesLine(filter, line(minutes + 1))).toBe(true);
      }
    },
  );
});

describe('thresholds', () => {
  const source = readFileSync(join(__dirname, '../../../lib/props/alert-thresholds.ts'), 'utf8');
  const documented = [...source.matchAll(/@default (.*)\n\s*\*\/\n\s*readonly (\w+):/g)].map(
    ([, value = '', name = '']): [string, string] => [name, value],
  );

  test('The documented default of each threshold is the real one', () => {
    const resolved: Partial<Record<string, number>> = { ...resolveThresholds({}, INTERVALS) };
    expect(documented.map(([name]) => name).sort()).toEqual(Object.keys(resolved).sort());
    for (const [name, value] of documented) {
      const derived = !(name in DEFAULT_THRESHOLDS);
      expect([name, value.startsWith('- ')]).toEqual([name, derived]);
      if (!derived) expect([name, value]).toEqual([name, String(resolved[name])]);
    }
  });

  test.each<[AlertId, Partial<AlertThresholds>, string]>([
    ['objects-waiting', { oldestWaitingMinutes: 45 }, '45 min'],
    ['merge-late', { mergeLateMinutes: 120 }, '2 h'],
    ['purge-late', { purgeLateHours: 30 }, '30 h'],
    ['sweeps-stopped', { sweepsStoppedMinutes: 20 }, '20 min'],
    ['sweeps-failing', { failedCallsPerHour: 7 }, 'more than 7 calls'],
    ['lines-rejected', { rejectedShare: 0.07 }, '7 %'],
    ['lines-rejected', { rejectedLines: 99 }, 'at least 99'],
    ['no-deletes', { noDeletesDays: 5 }, '5 days'],
    ['nothing-received', { nothingReceivedHours: 48 }, '2 days'],
  ])('The text of the alert %s states its threshold %j', (id, thresholds, text) => {
    const policy = synthesized({}, thresholds)[id];
    expect(policy.documentation.content).toContain(text);
    expect(policy.conditions).not.toEqual(DEFAULT[id].conditions);
  });
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
