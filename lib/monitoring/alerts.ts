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

/** How long an incident outlives its last sign: longer than an hour, because the health check is hourly. */
const AUTO_CLOSE = '7200s';

/**
 * How often an alert on log lines may notify, in hours. An alert may notify 20 times a day, and is silent for the rest
 * of the day: https://cloud.google.com/monitoring/quotas
 */
const HOURS_BETWEEN_NOTIFICATIONS = { CRITICAL: 2, ERROR: 24, WARNING: 24 } as const;

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
      alertStrategy: alertStrategy(definition),
      documentation: {
        subject: title,
        mimeType: 'text/markdown',
        content: this.documentation(alert, definition),
        ...this.link(alert),
      },
      userLabels: { ...labels, component: 'alerts' },
    });
  }

  private documentation(alert: AlertId, definition: AlertDefinition): string {
    const { when, meaning, step } = definition;
    return [
      `It fires when ${when}. ${notificationText(definition)}`,
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

/** When an alert notifies, as a sentence. */
export function notificationText({ notifies, severity }: AlertDefinition): string {
  const hours = HOURS_BETWEEN_NOTIFICATIONS[severity];
  switch (notifies) {
    case 'when it opens and closes':
      return 'It notifies when the incident opens and when it closes.';
    case 'each time':
      return `It notifies each time this happens, at most every ${hours} h, and is not repeated.`;
    case 'while it lasts':
      return `It is repeated every ${hours} h for as long as it lasts.`;
  }
}

/**
 * An absence has no data by its nature, so an incident must not close because there is no data. The prompts are written
 * out: the service fills in what is left out, and a plan would show that as a change.
 */
function alertStrategy({
  conditions: [condition],
  severity,
}: AlertDefinition): MonitoringAlertPolicyAlertStrategy {
  if (condition?.conditionMatchedLog) {
    const seconds = HOURS_BETWEEN_NOTIFICATIONS[severity] * 3600;
    return {
      autoClose: AUTO_CLOSE,
      notificationPrompts: ['OPENED'],
      notificationRateLimit: { period: `${seconds}s` },
    };
  }
  return {
    ...(condition?.conditionAbsent ? {} : { autoClose: AUTO_CLOSE }),
    notificationPrompts: ['OPENED', 'CLOSED'],
  };
}
