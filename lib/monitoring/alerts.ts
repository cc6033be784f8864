import {
  MonitoringAlertPolicy,
  type MonitoringAlertPolicyAlertStrategy,
} from '@cdktf/provider-google/lib/monitoring-alert-policy';
import { Construct } from 'constructs';

import type { AlertThresholds } from '../props/alert-thresholds';
import { literal } from '../workspace/terraform-text';
import {
  ALERT_IDS,
  alertDefinitions,
  type AlertDefinition,
  type AlertId,
} from './alert-definitions';
import { runbookNames } from './runbook-names';
import type { WatchedResources } from './watched';

/** How long an incident outlives its last sign. While trouble lasts, the hourly health check shows it again. */
const AUTO_CLOSE = '7200s';

/** How often an alert on log lines may notify: hourly if it is critical, else daily. */
const RATE_LIMIT = { CRITICAL: '3600s', ERROR: '86400s', WARNING: '86400s' } as const;

export interface AlertsOptions extends WatchedResources {
  readonly workspace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly thresholds: AlertThresholds;
  /**
   * Notification channels: `projects/…/notificationChannels/…`. Without any, incidents appear in the console only;
   * adding a channel later changes nothing else.
   */
  readonly channels: readonly string[];
  /** Address or page where the runbook can be read. An `https://` address becomes a link. */
  readonly runbook: string;
}

/**
 * The alerts of one workspace. They use built-in metrics and log lines, and no log-based metric, so that all of
 * them can be created before anything has run.
 */
export class Alerts extends Construct {
  /** The alert policies, by the heading of the runbook that they link to. */
  readonly policies: Readonly<Record<AlertId, MonitoringAlertPolicy>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: AlertsOptions,
  ) {
    super(scope, id);
    const definitions = alertDefinitions(options, options.thresholds);
    this.policies = Object.fromEntries(
      ALERT_IDS.map((alert) => [alert, this.policy(alert, definitions[alert])]),
    ) as Record<AlertId, MonitoringAlertPolicy>;
  }

  private policy(alert: AlertId, definition: AlertDefinition): MonitoringAlertPolicy {
    const { projectId, labels, channels } = this.options;
    const title = `${literal(this.options.workspace)}: ${definition.title}`;
    return new MonitoringAlertPolicy(this, alert, {
      project: projectId,
      displayName: `Audience import ${title}`,
      severity: definition.severity,
      combiner: 'OR',
      conditions: definition.conditions.map((condition) => ({
        displayName: definition.when,
        ...condition,
      })),
      ...(channels.length > 0 ? { notificationChannels: [...channels] } : {}),
      ...alertStrategy(definition),
      documentation: {
        subject: title,
        mimeType: 'text/markdown',
        content: this.documentation(alert, definition),
        ...this.link(alert),
      },
      userLabels: { ...labels, component: 'alerts' },
    });
  }

  private documentation(alert: AlertId, { when, meaning, step }: AlertDefinition): string {
    return [
      `It fires when ${when}.`,
      meaning,
      `**First step:** ${step}`,
      `Runbook: ${literal(this.options.runbook)}#${alert}`,
      `Its commands use these names:\n\n\`\`\`sh\n${runbookNames(this.options)}\n\`\`\``,
    ].join('\n\n');
  }

  private link(alert: AlertId) {
    const { runbook } = this.options;
    if (!runbook.startsWith('https://')) return {};
    return { links: [{ displayName: 'Runbook', url: `${literal(runbook)}#${alert}` }] };
  }
}

/** An absence has no data by its nature, so an incident must not close because there is no data. */
function alertStrategy(definition: AlertDefinition): {
  readonly alertStrategy?: MonitoringAlertPolicyAlertStrategy;
} {
  const [condition] = definition.conditions;
  if (condition?.conditionAbsent) return {};
  if (!condition?.conditionMatchedLog) return { alertStrategy: { autoClose: AUTO_CLOSE } };
  return {
    alertStrategy: {
      autoClose: AUTO_CLOSE,
      notificationRateLimit: { period: RATE_LIMIT[definition.severity] },
    },
  };
}
