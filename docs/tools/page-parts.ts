import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ALERTS_BY_SUBJECT, alertDefinitions } from '../../lib/monitoring/alert-definitions';
import { resolveProps } from '../../lib/props/resolved-props';
import { PROPS } from './example-props';
import { erasureBudget } from '../../lib/erasure/erasure-budget';
import { erasureMarkdown } from './erasure-table';
import { fleetTable } from './fleet-limits';
import { alarmWeekTable } from './alarm-week';
import { markdownTable } from './markdown-table';
import { DEFAULT_ERASURE_SETTINGS } from '../../lib/props/resolved-props';
import { mergeBillTable } from './merge-bill';
import { apisMarkdown, rolesMarkdown } from './prerequisites';
import { quietMonthTable } from './quiet-month';
import { watchedStack } from './watched';
import { ROOT } from './examples';

/** Parts of written pages that are made from the code: page, name of the part, text. */
export const PAGE_PARTS: readonly (readonly [page: string, part: string, text: () => string])[] = [
  [
    'docs/erasure.md',
    'erasure budget',
    () => erasureMarkdown(erasureBudget(DEFAULT_ERASURE_SETTINGS)),
  ],
  ['docs/runbook.md', 'alerts', alertsTable],
  ['docs/alerts.md', 'alarm week', alarmWeekTable],
  ['docs/ingest.md', 'quiet month', quietMonthTable],
  ['docs/performance.md', 'fleet', fleetTable],
  ['docs/performance.md', 'merge bill', mergeBillTable],
  ['docs/first-apply.md', 'apis', apisMarkdown],
  ['docs/first-apply.md', 'roles', rolesMarkdown],
];

function alertsTable(): string {
  const alerts = alertDefinitions(watchedStack().watched, resolveProps(PROPS).alertThresholds);
  return markdownTable(
    ['watches', 'alert', 'severity', 'fires when', 'notifies'],
    Object.entries(ALERTS_BY_SUBJECT).flatMap(([subject, ids]) =>
      ids.map((id) => {
        const { severity, when, notifies } = alerts[id];
        return [subject, `[${id}](#${id})`, severity, when, notifies];
      }),
    ),
  );
}

/** The page as it is, with the text between the marks of the part. */
export function pageWithPart(page: string, part: string, text: string): string {
  const actual = readFileSync(join(ROOT, page), 'utf8');
  const [begin, end] = [`<!-- begin ${part} -->`, `<!-- end ${part} -->`];
  const [before, rest] = split(actual, begin);
  const [, after] = split(rest, end);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

function split(text: string, mark: string): [string, string] {
  const [before, after, ...more] = text.split(mark);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`not exactly one ${mark}`);
  }
  return [before, after];
}
