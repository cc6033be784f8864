import {
  ERASURE_LIMIT_HOURS,
  erasureBudget,
  FAIL_SAFE_HOURS,
  type BudgetLine,
  type ErasureBudget,
  type ErasureSettings,
  type PlaceBudget,
} from './erasure-budget';
import { markdownTable } from './markdown-table';

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

/** The places with their sums, and what each line of a sum is. */
export function erasureMarkdown(budget: ErasureBudget): string {
  return [
    markdownTable(
      ['place', 'what is there', 'the sum, in hours', 'in place until', 'readable until'],
      budget.places.map((place) => [
        place.name,
        place.holds,
        withProps(sumText(place)),
        `${place.presentHours} h`,
        place === budget.longest ? `**${place.hours} h**` : `${place.hours} h`,
      ]),
    ),
    markdownTable(
      ['line', 'hours', 'why'],
      linesOf(budget).map((line) => [withProps(line.name), String(line.hours), line.reason]),
    ),
  ].join('\n\n');
}

function sumText(place: PlaceBudget): string {
  return place.lines.map((line) => `${line.hours} ${line.name}`).join(' + ');
}

function withProps(text: string): string {
  return text.replaceAll(/\w+Retention(?:Days|Hours)/g, '`$&`');
}

/** Every line once, in the order in which the places name them. */
function linesOf(budget: ErasureBudget): BudgetLine[] {
  const lines = budget.places.flatMap((place) => place.lines);
  return [...new Map(lines.map((line) => [line.name, line])).values()];
}
