import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ALERT_IDS, alertDefinitions } from '../../lib/alert-definitions';
import { resolveThresholds } from '../../lib/alert-thresholds';
import { erasureBudget } from '../../lib/erasure-budget';
import { erasureMarkdown } from '../../lib/erasure-report';
import { markdownTable } from '../../lib/markdown-table';
import { DEFAULT_ERASURE_SETTINGS } from './default-erasure-settings';
import { quietMonthTable } from './quiet-month';
import { watchedStack } from './watched';

const DOCS = join(__dirname, '..', '..', 'docs');

/** Parts of pages that are made from the code: page, name of the part, text. */
export const GENERATED_PARTS: readonly (readonly [string, string, () => string])[] = [
  ['erasure.md', 'erasure budget', () => erasureMarkdown(erasureBudget(DEFAULT_ERASURE_SETTINGS))],
  ['runbook.md', 'alerts', alertsTable],
  ['ingest.md', 'quiet month', quietMonthTable],
];

function alertsTable(): string {
  const alerts = alertDefinitions(
    watchedStack().watched,
    resolveThresholds({}, DEFAULT_ERASURE_SETTINGS),
  );
  return markdownTable(
    ['alert', 'severity', 'fires when'],
    ALERT_IDS.map((id) => [`[${id}](#${id})`, alerts[id].severity, alerts[id].when]),
  );
}

/** The page as it is, and as the code would have it. */
export function generatedPage(page: string, name: string, text: string): [string, string] {
  const actual = readFileSync(join(DOCS, page), 'utf8');
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [before, rest] = split(actual, begin);
  const [, after] = split(rest, end);
  return [actual, `${before}${begin}\n\n${text}\n\n${end}${after}`];
}

function split(text: string, mark: string): [string, string] {
  const [before, after, ...more] = text.split(mark);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`not exactly one ${mark}`);
  }
  return [before, after];
}

/** `npm run docs` */
if (require.main === module) {
  for (const [page, name, text] of GENERATED_PARTS) {
    writeFileSync(join(DOCS, page), generatedPage(page, name, text())[1]);
  }
}
