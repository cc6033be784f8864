import {
  ERASURE_LIMIT_HOURS,
  erasureBudget,
  type BudgetLine,
  type ErasurePlace,
  type ErasureSettings,
} from './erasure-budget';

/** A place keeps a deleted membership for longer than the contract allows. */
export interface ErasureFault {
  readonly code: 'kept_too_long';
  /** `erasure of PLACE`: the sum is one of several props. */
  readonly prop: `erasure of ${ErasurePlace}`;
  /** Hours until nothing can be read there any more. */
  readonly got: number;
  /** What is allowed, in words. */
  readonly allowed: string;
  /** The steps that add up to `got`. */
  readonly lines: readonly BudgetLine[];
  /** Every setting that takes part in the sum and can be changed. */
  readonly settings: readonly SettingInSum[];
}

/** A setting in a sum that is too large. */
export interface SettingInSum {
  readonly name: keyof ErasureSettings;
  readonly got: number;
  /** The largest value that would do with the other settings as they are; absent if no allowed value would. */
  readonly atMost?: number;
}

/** The smallest value of every setting that can be changed. */
export type SmallestSettings = Partial<ErasureSettings>;

/** One fault for each place that keeps a deleted membership too long. */
export function erasureFaults(
  settings: ErasureSettings,
  smallest: SmallestSettings,
): ErasureFault[] {
  return erasureBudget(settings)
    .places.filter(({ hours }) => hours > ERASURE_LIMIT_HOURS)
    .map(({ place, hours, lines }) => ({
      code: 'kept_too_long',
      prop: `erasure of ${place}`,
      got: hours,
      allowed: `at most ${ERASURE_LIMIT_HOURS} h after a delete was delivered`,
      lines,
      settings: settingsInSum(place, lines, settings, smallest),
    }));
}

function settingsInSum(
  place: ErasurePlace,
  lines: readonly BudgetLine[],
  settings: ErasureSettings,
  smallest: SmallestSettings,
): SettingInSum[] {
  const names = new Set(lines.flatMap((line) => line.settings));
  return [...names].flatMap((name) => {
    const least = smallest[name];
    if (least === undefined) return [];
    const atMost = largestWithinLimit(settings, name, [place]);
    const isEnough = atMost !== undefined && atMost >= least;
    return [{ name, got: settings[name], ...(isEnough ? { atMost } : {}) }];
  });
}

/** Beyond this, no setting is within the limit: a week in minutes. */
const LARGEST_SETTING = ERASURE_LIMIT_HOURS * 60;

/**
 * The largest value of one setting that keeps the places within the limit, with the other settings as they are;
 * `undefined` if not even 0 does.
 *
 * @param places all places, unless some are named.
 */
export function largestWithinLimit(
  settings: ErasureSettings,
  name: keyof ErasureSettings,
  places?: readonly ErasurePlace[],
): number | undefined {
  const isWithin = (value: number) =>
    erasureBudget({ ...settings, [name]: value }).places.every(
      ({ place, hours }) => hours <= ERASURE_LIMIT_HOURS || places?.includes(place) === false,
    );
  if (!isWithin(0)) return undefined;
  // A larger setting never makes a sum smaller.
  let [within, beyond] = [0, LARGEST_SETTING + 1];
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (isWithin(middle)) within = middle;
    else beyond = middle;
  }
  return within;
}
