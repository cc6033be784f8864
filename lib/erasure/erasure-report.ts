import {
  ERASURE_LIMIT_HOURS,
  erasureBudget,
  FAIL_SAFE_HOURS,
  type ErasureBudget,
  type ErasureSettings,
  type PlaceBudget,
} from './erasure-budget';

/** One fault for each place that keeps a deleted membership too long, with its sum line by line. */
export function erasureFaults(settings: ErasureSettings): string[] {
  return erasureBudget(settings)
    .places.filter(({ hours }) => hours > ERASURE_LIMIT_HOURS)
    .map(({ place, hours, lines }) => {
      const sum = [...lines, { name: 'in all', hours }].map(
        (line) => `      ${String(line.hours).padStart(5)} h  ${line.name}`,
      );
      return `erasure of ${place}: got ${hours} h; allowed: at most ${ERASURE_LIMIT_HOURS} h after a delete was delivered\n${sum.join('\n')}`;
    });
}

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
