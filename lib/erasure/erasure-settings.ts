import { resolveThresholds } from '../props/alert-thresholds';
import type { ResolvedProps } from '../props/audience-import-props';
import type { ErasureSettings } from './erasure-budget';
import { SOFT_DELETE_HOURS } from '../workspace/private-bucket';
import { PURGE_INTERVAL_HOURS } from '../props/schedule';
import { TIME_TRAVEL_HOURS } from '../warehouse/warehouse';

/** What the erasure budget of a workspace is made of: its props, and what they do not change. */
export function erasureSettings(props: ResolvedProps): ErasureSettings {
  const intervals = {
    mergeIntervalMinutes: props.mergeSchedule.intervalMinutes,
    sweepIntervalMinutes: props.sweepEveryMinutes,
  };
  const { oldestWaitingMinutes } = resolveThresholds(props.alertThresholds, intervals);
  return {
    ...intervals,
    oldestWaitingMinutes,
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
