import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, TerraformStack, Testing } from 'cdktf';

import { AudienceImport } from '../../lib/audience-import';
import { ALERT_IDS } from '../../lib/monitoring/alert-definitions';
import { DEFAULTS } from '../../lib/props/resolved-props';
import { inventoryOf } from '../../lib/review/inventory';
import { PROPS } from './example-props';
import { markdownTable } from './markdown-table';

/** One limit of Google's that the workspaces of a project share, as the page of `source` had it in November 2026. */
interface ProjectLimit {
  readonly what: string;
  readonly most: number;
  readonly canBeRaised: boolean;
  readonly source: string;
  /** How much of it one workspace uses. */
  readonly used: (resources: Readonly<Record<string, number>>) => number;
  /** How much of it is used once, beside the workspaces. */
  readonly usedOnce?: (alerts: Alerting) => number;
}

/** Whether each workspace has alerts, or `FleetAlerts` watches all of them. */
export type Alerting = 'per workspace' | 'for the fleet';

const of = (type: string) => (resources: Readonly<Record<string, number>>) => resources[type] ?? 0;

/** A sweep that found something starts one load job for the changes and one for the rejections. */
const LOAD_JOBS_OF_A_SWEEP = 2;
const SWEEPS_A_DAY = (24 * 60) / DEFAULTS.sweepEveryMinutes;

const PROJECT_LIMITS: readonly ProjectLimit[] = [
  {
    what: 'service accounts',
    most: 100,
    canBeRaised: true,
    source: 'https://cloud.google.com/iam/quotas',
    used: of('google_service_account'),
  },
  {
    what: 'alert policies',
    most: 2_000,
    canBeRaised: false,
    source: 'https://cloud.google.com/monitoring/quotas',
    used: of('google_monitoring_alert_policy'),
    usedOnce: (alerts) => (alerts === 'for the fleet' ? ALERT_IDS.length : 0),
  },
  {
    what: 'load jobs a day, if every sweep loads changes and rejections',
    most: 100_000,
    canBeRaised: false,
    source: 'https://cloud.google.com/bigquery/quotas#load_jobs',
    used: () => SWEEPS_A_DAY * LOAD_JOBS_OF_A_SWEEP,
  },
  {
    what: 'Cloud Scheduler jobs of a region',
    most: 1_000,
    canBeRaised: true,
    source: 'https://cloud.google.com/scheduler/quotas',
    used: of('google_cloud_scheduler_job'),
  },
  {
    what: 'members in the allow policy of the project',
    most: 1_500,
    canBeRaised: false,
    source: 'https://cloud.google.com/iam/quotas',
    used: of('google_project_iam_member'),
  },
  {
    what: 'Cloud Run services of a region',
    most: 1_000,
    canBeRaised: true,
    source: 'https://cloud.google.com/run/quotas',
    used: of('google_cloudfunctions2_function'),
  },
];

export interface Capacity {
  readonly limit: Pick<ProjectLimit, 'what' | 'most' | 'canBeRaised' | 'source'>;
  readonly used: number;
  /** Workspaces that fit under the limit; infinite if a workspace uses nothing of it. */
  readonly workspaces: number;
}

/** How many workspaces each limit allows, the tightest first. */
export function capacities(alerts: Alerting): readonly Capacity[] {
  const { resources } = inventoryOf(workspaceWith(alerts));
  return PROJECT_LIMITS.map((limit) => {
    const used = limit.used(resources);
    const left = limit.most - (limit.usedOnce?.(alerts) ?? 0);
    return { limit, used, workspaces: used === 0 ? Infinity : Math.floor(left / used) };
  }).sort((a, b) => a.workspaces - b.workspaces);
}

/** How many workspaces a project holds, and what ends it. */
export function fleetSentence(alerts: Alerting): string {
  const [first] = capacities(alerts);
  const firm = capacities(alerts).find(({ limit }) => !limit.canBeRaised);
  if (!first || !firm) throw new Error('no limit');
  return (
    `With alerts ${alerts}, a project holds ${first.workspaces} workspaces as it is, because of its ${first.limit.what}. ` +
    `Once what can be raised is raised, it holds ${firm.workspaces}, because of its ${firm.limit.what}.`
  );
}

export function fleetTable(): string {
  const forFleet = new Map(
    capacities('for the fleet').map((capacity) => [capacity.limit.what, capacity]),
  );
  const rows = capacities('per workspace').map(({ limit, used, workspaces }) => {
    const shared = forFleet.get(limit.what)?.workspaces ?? Infinity;
    return [
      `[${limit.what}](${limit.source})`,
      count(limit.most),
      count(used),
      count(workspaces),
      count(shared),
      limit.canBeRaised ? 'on request' : 'no',
    ];
  });
  const columns = [
    'limit of a project',
    'most',
    'a workspace uses',
    'workspaces, alerts per workspace',
    'workspaces, alerts for the fleet',
    'can be raised',
  ];
  return [
    markdownTable(columns, rows),
    fleetSentence('per workspace'),
    fleetSentence('for the fleet'),
  ].join('\n\n');
}

function count(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en') : 'any number';
}

/** The synthesized text of one workspace with the default props. */
function workspaceWith(alerts: Alerting): string {
  const stack = new TerraformStack(Testing.stubVersion(new App({ stackTraces: false })), 'stack');
  new GoogleProvider(stack, 'google', {});
  new AudienceImport(stack, 'audiences', { ...PROPS, alerts: alerts === 'per workspace' });
  return Testing.synth(stack, true);
}
