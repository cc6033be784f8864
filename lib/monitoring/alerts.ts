import type { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy';
import { Construct } from 'constructs';

import type { AlertThresholds } from '../props/alert-thresholds';
import { literal } from '../workspace/terraform-text';
import { ALERT_IDS, alertDefinitions, type AlertId } from './alert-definitions';
import { addAlertPolicy, type AlertPolicyOptions } from './alert-policy';
import { runbookNames } from './runbook-names';
import type { WatchedResources } from './watched';

/**
 * Cloud Monitoring delivers at most 20 notifications of one alert on log lines a day, and none for the rest of the
 * day: https://cloud.google.com/monitoring/quotas
 */
export const HOURS_BETWEEN_NOTIFICATIONS = { CRITICAL: 2, ERROR: 24, WARNING: 24 } as const;

/** Without channels, incidents appear in the console only; adding a channel later changes nothing else. */
export interface AlertsOptions
  extends WatchedResources, Omit<AlertPolicyOptions, 'hoursBetweenNotifications'> {
  readonly workspace: string;
  readonly thresholds: AlertThresholds;
}

/**
 * The alerts of one workspace. They use built-in metrics and log lines, and no log-based metric, so that all of
 * them can be created before anything has run.
 */
export class Alerts extends Construct {
  /** The alert policies, by the heading of the runbook that they link to. */
  readonly policies: Readonly<Record<AlertId, MonitoringAlertPolicy>>;

  constructor(scope: Construct, id: string, options: AlertsOptions) {
    super(scope, id);
    const definitions = alertDefinitions(options, options.thresholds);
    const names = runbookNames(options);
    const policy = (alert: AlertId) => {
      const subject = `${literal(options.workspace)}: ${definitions[alert].title}`;
      return addAlertPolicy(
        this,
        alert,
        definitions[alert],
        { ...options, hoursBetweenNotifications: HOURS_BETWEEN_NOTIFICATIONS },
        { name: `Audience import ${subject}`, subject, names, notes: [] },
      );
    };
    this.policies = Object.fromEntries(ALERT_IDS.map((alert) => [alert, policy(alert)])) as Record<
      AlertId,
      MonitoringAlertPolicy
    >;
  }
}
