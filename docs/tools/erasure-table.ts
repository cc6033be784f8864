import { sumText } from '../../lib/erasure/erasure-report';
import type { BudgetLine, ErasureBudget } from '../../lib/erasure/erasure-budget';
import { markdownTable } from './markdown-table';

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

function withProps(text: string): string {
  return text.replaceAll(/\w+Retention(?:Days|Hours)/g, '`$&`');
}

/** Every line once, in the order in which the places name them. */
function linesOf(budget: ErasureBudget): BudgetLine[] {
  const lines = budget.places.flatMap((place) => place.lines);
  return [...new Map(lines.map((line) => [line.name, line])).values()];
}
