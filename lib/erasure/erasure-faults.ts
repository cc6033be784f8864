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
}

/** One fault for each place that keeps a deleted membership too long. */
export function erasureFaults(settings: ErasureSettings): ErasureFault[] {
  return erasureBudget(settings)
    .places.filter(({ hours }) => hours > ERASURE_LIMIT_HOURS)
    .map(({ place, hours, lines }) => ({
      code: 'kept_too_long',
      prop: `erasure of ${place}`,
      got: hours,
      allowed: `at most ${ERASURE_LIMIT_HOURS} h after a delete was delivered`,
      lines,
    }));
}
