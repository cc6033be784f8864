import {
  ERASURE_LIMIT_HOURS,
  FAIL_SAFE_HOURS,
  type ErasureBudget,
  type PlaceBudget,
} from './erasure-budget';

/** Place to its sum on one line, for an output. */
export function erasureOutput(budget: ErasureBudget): Record<string, string> {
  return Object.fromEntries([
    ...budget.places.map((place) => [place.place, `${place.hours} h = ${sumText(place)}`]),
    ['limit', `${ERASURE_LIMIT_HOURS} h after a delete was delivered`],
    ['fail-safe', `${FAIL_SAFE_HOURS} h more in BigQuery, which no setting changes`],
  ]) as Record<string, string>;
}

/** A sum as text, such as `2 until ingested + 72 landingRetentionDays`. */
export function sumText(place: PlaceBudget): string {
  return place.lines.map((line) => `${line.hours} ${line.name}`).join(' + ');
}
