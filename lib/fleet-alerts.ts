import type { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy';
import { Construct } from 'constructs';

import type { AudienceImportProps } from './props/audience-import-props';
import { resolveFleetAlertsProps } from './props/resolved-props';
import { validateFleetAlertsProps } from './props/validation';
import { requireJsonOutput } from './workspace/json-output';
import { namePatternOf } from './workspace/names';
import type { AlertCondition } from './monitoring/alert-conditions';
import { ALERT_IDS, alertDefinitions, type AlertId } from './monitoring/alert-definitions';
import { addAlertPolicy } from './monitoring/alert-policy';

/**
 * All workspaces of a fleet share the 20 notifications a day that Cloud Monitoring delivers of one alert. So each
 * workspace is named once a day: https://cloud.google.com/monitoring/quotas
 */
const HOURS_BETWEEN_NOTIFICATIONS = { CRITICAL: 24, ERROR: 24, WARNING: 24 } as const;

const SHARED_NOTIFICATIONS =
  'At most 20 notifications of this alert are delivered a day, for all workspaces together. The console shows every incident.';

/**
 * Props of the same names as those of a workspace. They hold for all workspaces: give the schedules of the slowest one.
 */
export type FleetAlertsProps = Pick<
  AudienceImportProps,
  | 'projectId'
  | 'namePrefix'
  | 'mergeSchedule'
  | 'sweepEveryMinutes'
  | 'alertChannels'
  | 'alertThresholds'
  | 'runbook'
  | 'labels'
>;

/**
 * The alerts of every workspace of one project and name prefix: one policy for each alert, whose notifications name the
 * workspace. Set the prop `alerts` of the workspaces to false. A workspace that is added later is watched at once; one
 * that is removed opens an incident of `sweeps-stopped`, which a person closes.
 *
 * The ids of scheduled queries follow no pattern, so `merge-failed` watches every scheduled query of the project.
 *
 * @throws {InvalidPropsError} with all faults of the props at once.
 *
 * @example
 * new FleetAlerts(stack, 'fleet-alerts', {
 *   projectId: 'ads-imports',
 *   alertChannels: ['projects/ads-imports/notificationChannels/1234567890'],
 * });
 */
export class FleetAlerts extends Construct {
  /** The alert policies, by the heading of the runbook that they link to. */
  readonly policies: Readonly<Record<AlertId, MonitoringAlertPolicy>>;

  constructor(scope: Construct, id: string, props: FleetAlertsProps) {
    super(scope, id);
    requireJsonOutput(this);
    validateFleetAlertsProps(this.node.path, props);
    const resolved = resolveFleetAlertsProps(props);
    const { projectId, namePrefix } = resolved;
    const definitions = alertDefinitions(
      {
        projectId,
        functionName: namePatternOf(namePrefix, 'ingest'),
        schedulerJobNames: namePatternOf(namePrefix, '(sweep|health)'),
      },
      resolved.alertThresholds,
    );
    const policy = (alert: AlertId) => {
      const { title, conditions } = definitions[alert];
      const variables = conditions.flatMap(variablesOf);
      return addAlertPolicy(
        this,
        alert,
        definitions[alert],
        {
          ...resolved,
          channels: resolved.alertChannels,
          hoursBetweenNotifications: HOURS_BETWEEN_NOTIFICATIONS,
        },
        {
          name: `Audience imports ${namePrefix}: ${title}`,
          subject: `${variables[0]?.value ?? namePrefix}: ${title}`,
          names: [{ name: 'PROJECT', value: projectId }, ...variables]
            .map(({ name, value }) => `export ${name}=${value}`)
            .join('\n'),
          notes: conditions.some(({ conditionMatchedLog }) => conditionMatchedLog)
            ? [SHARED_NOTIFICATIONS]
            : [],
        },
      );
    };
    this.policies = Object.fromEntries(ALERT_IDS.map((alert) => [alert, policy(alert)])) as Record<
      AlertId,
      MonitoringAlertPolicy
    >;
  }
}

/** What notifications can name, and the name of each in the runbook's commands. */
const RUNBOOK_NAMES: Readonly<Record<string, string>> = {
  workspace: 'WORKSPACE',
  service_name: 'FUNCTION',
  job_id: 'JOB',
  config_id: 'CONFIG',
};

/**
 * The variables with which a notification names what an incident is about; `$$` is how Terraform writes `$`:
 * https://cloud.google.com/monitoring/alerts/doc-variables
 */
function variablesOf(condition: AlertCondition): { name: string; value: string }[] {
  const { conditionMatchedLog, conditionThreshold, conditionAbsent } = condition;
  const extracted = Object.keys(conditionMatchedLog?.labelExtractors ?? {});
  const aggregations = (conditionThreshold ?? conditionAbsent)?.aggregations ?? [];
  const grouped = (Array.isArray(aggregations) ? aggregations : []).flatMap(
    ({ groupByFields = [] }) => groupByFields,
  );
  return [
    ...extracted.map((label) => variable(label, `log.extracted_label.${label}`)),
    ...grouped.map((field) => variable(field.replace(/^.*\./, ''), field)),
  ];
}

function variable(label: string, path: string): { name: string; value: string } {
  return { name: RUNBOOK_NAMES[label] ?? label, value: `$\${${path}}` };
}
