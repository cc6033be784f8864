import type { ErasureSettings } from '../erasure/erasure-budget';
import { largestWithinLimit, type SmallestSettings } from '../erasure/erasure-faults';
import type { AudienceImportProps } from './audience-import-props';
import { DEFAULT_ERASURE_SETTINGS } from './resolved-props';

/** A prop that is a setting of the erasure sums. */
interface ErasureProp {
  /** Path of the prop. */
  readonly path: keyof AudienceImportProps | `alertThresholds.${string}`;
  /** The smallest value that is allowed. */
  readonly min: number;
}

/** The props that are settings of the erasure sums. */
export const ERASURE_PROPS = {
  oldestWaitingMinutes: { path: 'alertThresholds.oldestWaitingMinutes', min: 10 },
  sweepIntervalMinutes: { path: 'sweepEveryMinutes', min: 1 },
  mergeIntervalMinutes: { path: 'mergeSchedule', min: 5 },
  landingRetentionDays: { path: 'landingRetentionDays', min: 1 },
  stagedRetentionDays: { path: 'stagedRetentionDays', min: 1 },
  parkedRetentionDays: { path: 'parkedRetentionDays', min: 1 },
  tombstoneRetentionHours: { path: 'tombstoneRetentionHours', min: 24 },
  // The views read the last 30 hours of the log, which must hold them until the next purge but one.
  logRetentionHours: { path: 'logRetentionHours', min: 36 },
  rejectionRetentionHours: { path: 'rejectionRetentionHours', min: 24 },
} as const satisfies Partial<Record<keyof ErasureSettings, ErasureProp>>;

export type ErasureSettingProp = keyof typeof ERASURE_PROPS;

/** The smallest value of every setting that a prop decides. */
export const SMALLEST_SETTINGS: SmallestSettings = Object.fromEntries(
  Object.entries(ERASURE_PROPS).map(([setting, { min }]) => [setting, min]),
);

/** The values of a setting that are allowed if the other settings have their defaults. */
export function rangeOf(setting: ErasureSettingProp): {
  readonly min: number;
  readonly max: number;
} {
  const { min } = ERASURE_PROPS[setting];
  return { min, max: largestWithinLimit(DEFAULT_ERASURE_SETTINGS, setting) ?? min };
}

/** The path of the prop that decides a setting. */
export function pathOf(setting: keyof ErasureSettings): string {
  return setting in ERASURE_PROPS ? ERASURE_PROPS[setting as ErasureSettingProp].path : setting;
}
