import { DEFAULT_IDENTITY_TYPES } from '../../runtime/fields/identity';
import { DEFAULT_RETENTION, type Retention } from '../../runtime/warehouse/retention';
import type { ErasureSettings } from '../erasure/erasure-budget';
import { PURGE_INTERVAL_HOURS, SOFT_DELETE_HOURS, TIME_TRAVEL_HOURS } from '../erasure/lifetimes';
import { defaultRegion } from '../workspace/location';
import { resolveThresholds, type AlertThresholds } from './alert-thresholds';
import type { AudienceImportProps } from './audience-import-props';
import { Schedule } from './schedule';

/** The default of every optional prop that has one. */
export const DEFAULTS = {
  namePrefix: 'audience',
  mergeSchedule: Schedule.everyMinutes(20),
  sweepEveryMinutes: 5,
  identityTypes: DEFAULT_IDENTITY_TYPES,
  mparticleMember:
    'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com',
  landingRetentionDays: 3,
  stagedRetentionDays: 2,
  parkedRetentionDays: 3,
  tombstoneRetentionHours: DEFAULT_RETENTION.tombstoneHours,
  logRetentionHours: DEFAULT_RETENTION.logHours,
  rejectionRetentionHours: DEFAULT_RETENTION.rejectionHours,
  runbook: 'docs/runbook.md',
  alerts: true,
  dashboard: true,
  destroyData: false,
} as const;

/** Props that are absent unless they are given. */
type WithoutDefault =
  | 'owners'
  | 'deployer'
  | 'landingFolder'
  | 'kmsKeyName'
  | 'accessLogBucket'
  | 'mergeServiceAccount'
  | 'ingestServiceAccount'
  | 'invokerServiceAccount';

/** Props with every default filled in, and what follows from them. */
export interface ResolvedProps
  extends
    Required<Omit<AudienceImportProps, WithoutDefault | 'alertThresholds'>>,
    Pick<AudienceImportProps, WithoutDefault> {
  readonly alertThresholds: AlertThresholds;
  /** What the purge keeps. */
  readonly retention: Retention;
  /** Every lifetime and interval that the erasure budget adds up. */
  readonly erasure: ErasureSettings;
}

/** Fills in the defaults. A prop or threshold that is given as `undefined` counts as left out. */
export function resolveProps(props: AudienceImportProps): ResolvedProps {
  const given = {
    ...DEFAULTS,
    region: defaultRegion(props.location),
    readers: [],
    alertChannels: [],
    labels: {},
    ...withoutUndefined(props),
  };
  const alertThresholds = resolveThresholds(
    withoutUndefined(props.alertThresholds ?? {}),
    intervalsOf(given),
  );
  return {
    ...given,
    alertThresholds,
    retention: {
      tombstoneHours: given.tombstoneRetentionHours,
      logHours: given.logRetentionHours,
      rejectionHours: given.rejectionRetentionHours,
    },
    erasure: erasureSettings(given, alertThresholds),
  };
}

/** Fills in the defaults of the props of `FleetAlerts`. */
export function resolveFleetAlertsProps(
  props: Pick<AudienceImportProps, 'projectId'> & Partial<AudienceImportProps>,
) {
  const given = { ...DEFAULTS, alertChannels: [], labels: {}, ...withoutUndefined(props) };
  return {
    ...given,
    alertThresholds: resolveThresholds(
      withoutUndefined(props.alertThresholds ?? {}),
      intervalsOf(given),
    ),
  };
}

/** What the erasure budget needs of the props. */
type BudgetProps = Pick<
  Required<AudienceImportProps>,
  | 'mergeSchedule'
  | 'sweepEveryMinutes'
  | 'landingRetentionDays'
  | 'stagedRetentionDays'
  | 'parkedRetentionDays'
  | 'tombstoneRetentionHours'
  | 'logRetentionHours'
  | 'rejectionRetentionHours'
>;

function intervalsOf({ mergeSchedule, sweepEveryMinutes }: BudgetProps) {
  return {
    mergeIntervalMinutes: mergeSchedule.intervalMinutes,
    sweepIntervalMinutes: sweepEveryMinutes,
  };
}

function erasureSettings(props: BudgetProps, thresholds: AlertThresholds): ErasureSettings {
  return {
    ...intervalsOf(props),
    oldestWaitingMinutes: thresholds.oldestWaitingMinutes,
    purgeIntervalHours: PURGE_INTERVAL_HOURS,
    softDeleteHours: SOFT_DELETE_HOURS,
    timeTravelHours: TIME_TRAVEL_HOURS,
    landingRetentionDays: props.landingRetentionDays,
    stagedRetentionDays: props.stagedRetentionDays,
    parkedRetentionDays: props.parkedRetentionDays,
    logRetentionHours: props.logRetentionHours,
    rejectionRetentionHours: props.rejectionRetentionHours,
    tombstoneRetentionHours: props.tombstoneRetentionHours,
  };
}

/** The erasure settings of a workspace whose optional props are all left out. */
export const DEFAULT_ERASURE_SETTINGS: ErasureSettings = erasureSettings(
  DEFAULTS,
  resolveThresholds({}, intervalsOf(DEFAULTS)),
);

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
