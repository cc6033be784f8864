import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runbookNames } from '../../../lib/monitoring/runbook-names';
import { watchedStack } from '../../../docs/tools/watched';

const variables = (text: string) =>
  [...text.matchAll(/^export (\w+)=/gm)].map(([, variable]) => variable);

test('The lines set the names of one workspace', () => {
  expect(runbookNames(watchedStack().watched)).toBe(`export PROJECT=ads-imports
export LOCATION=eu
export REGION=europe-west1
export FUNCTION=audience-acme-news-ingest-7e64b4c6
export LANDING=acme-landing
export STAGING=acme-staging
export CORE=acme_core
export PUBLISHED=acme_published`);
});

test('The runbook sets the same names, and those of the two scheduled queries', () => {
  const runbook = readFileSync(join(__dirname, '../../../docs/runbook.md'), 'utf8');
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(runbook) ?? [];
  expect(variables(block)).toEqual([
    ...variables(runbookNames(watchedStack().watched)),
    'MERGE',
    'PURGE',
  ]);
});
