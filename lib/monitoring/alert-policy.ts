import {
  MonitoringAlertPolicy,
  type MonitoringAlertPolicyAlertStrategy,
} from '@cdktf/provider-google/lib/monitoring-alert-policy';
import type { Construct } from 'constructs';

import { literal } from '../workspace/terraform-text';
import type { AlertDefinition, AlertId } from './alert-definitions';

/** How long an incident outlives its last sign: longer than an hour, because the health check is hourly. */
const AUTO_CLOSE = '7200s';

/** What the alerts of one workspace, or of one fleet, share. */
export interface AlertPolicyOptions {
  readonly projectId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Notification channels: `projects/…/notificationChannels/…`. */
  readonly channels: readonly string[];
  /** Address or page where the runbook can be read. An `https://` address becomes a link. */
  readonly runbook: string;
  /** How often an alert on log lines may notify, by severity. */
  readonly hoursBetweenNotifications: Readonly<Record<AlertDefinition['severity'], number>>;
}

/** How one alert is worded, as text of Terraform. */
export interface AlertText {
  /** Name of the policy, which begins with whose it is. */
  readonly name: string;
  readonly subject: string;
  /** Lines for a shell that set the names which the runbook's commands use. */
  readonly names: string;
  /** Further paragraphs. */
  readonly notes: readonly string[];
}

export function addAlertPolicy(
  scope: Construct,
  alert: AlertId,
  definition: AlertDefinition,
  options: AlertPolicyOptions,
  { name, subject, names, notes }: AlertText,
): MonitoringAlertPolicy {
  const { projectId, labels, channels } = options;
  const runbook = literal(options.runbook);
  const hours = options.hoursBetweenNotifications[definition.severity];
  return new MonitoringAlertPolicy(scope, alert, {
    project: projectId,
    displayName: name,
    severity: definition.severity,
    combiner: 'OR',
    conditions: definition.conditions.map((condition) => ({
      displayName: definition.when,
      ...condition,
    })),
    ...(channels.length > 0 ? { notificationChannels: [...channels] } : {}),
    alertStrategy: alertStrategy(definition, hours),
    documentation: {
      subject,
      mimeType: 'text/markdown',
      content: [
        `It fires when ${definition.when}. ${notificationText(definition, hours)}`,
        definition.meaning,
        `**First step:** ${definition.step}`,
        `Runbook: ${runbook}#${alert}`,
        `Its commands use these names:\n\n\`\`\`sh\n${names}\n\`\`\``,
        ...notes,
      ].join('\n\n'),
      ...(runbook.startsWith('https://')
        ? { links: [{ displayName: 'Runbook', url: `${runbook}#${alert}` }] }
        : {}),
    },
    userLabels: { ...labels, component: 'alerts' },
  });
}

/** When an alert notifies, as a sentence. */
function notificationText({ notifies }: AlertDefinition, hours: number): string {
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
export function alertStrategy(
  { conditions: [condition] }: AlertDefinition,
  hours: number,
): MonitoringAlertPolicyAlertStrategy {
  if (condition?.conditionMatchedLog) {
    return {
      autoClose: AUTO_CLOSE,
      notificationPrompts: ['OPENED'],
      notificationRateLimit: { period: `${hours * 3600}s` },
    };
  }
  return {
    ...(condition?.conditionAbsent ? {} : { autoClose: AUTO_CLOSE }),
    notificationPrompts: ['OPENED', 'CLOSED'],
  };
}
