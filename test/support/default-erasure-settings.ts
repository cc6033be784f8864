import { DEFAULT_THRESHOLDS } from '../../lib/alert-thresholds';
import { DEFAULTS } from '../../lib/audience-import-props';
import type { ErasureSettings } from '../../lib/erasure-budget';
import { SOFT_DELETE_HOURS } from '../../lib/landing-bucket';
import { PURGE_INTERVAL_HOURS } from '../../lib/schedule';
import { TIME_TRAVEL_HOURS } from '../../lib/warehouse';

/** The settings of a workspace whose props are all left out. */
export const DEFAULT_ERASURE_SETTINGS: ErasureSettings = {
  oldestWaitingMinutes: DEFAULT_THRESHOLDS.oldestWaitingMinutes,
  sweepIntervalMinutes: 5,
  mergeIntervalMinutes: DEFAULTS.mergeSchedule.intervalMinutes,
  purgeIntervalHours: PURGE_INTERVAL_HOURS,
  landingRetentionDays: DEFAULTS.landingRetentionDays,
  stagedRetentionDays: 2,
  parkedRetentionDays: 3,
  softDeleteHours: SOFT_DELETE_HOURS,
  logRetentionHours: DEFAULTS.logRetentionHours,
  rejectionRetentionHours: DEFAULTS.rejectionRetentionHours,
  tombstoneRetentionHours: DEFAULTS.tombstoneRetentionHours,
  timeTravelHours: TIME_TRAVEL_HOURS,
};
