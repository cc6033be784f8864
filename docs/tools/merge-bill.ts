import { DEFAULTS } from '../../lib/props/resolved-props';
import { bigQueryDialect, type Dialect } from '../../runtime/warehouse/dialect';
import { DEFAULT_RETENTION } from '../../runtime/warehouse/retention';
import { MERGE_RUN, purgeRun, type Run, type Step } from '../../runtime/warehouse/run';
import { markdownTable } from './markdown-table';

/** As in docs/tools/quiet-month.ts: 730 hours, so that a month is the same everywhere. */
const HOURS_A_MONTH = 730;
const MERGES = (HOURS_A_MONTH * 60) / DEFAULTS.mergeSchedule.intervalMinutes;
const PURGES = HOURS_A_MONTH / 24;

/** US dollars for a TiB, multi-region EU, on demand: https://cloud.google.com/bigquery/pricing, November 2026. */
const DOLLARS_A_TEBIBYTE = 6.25;

/** "a minimum 10 MB data processed per table referenced by the query", on the same page; MB is 2^20 bytes there. */
const LEAST_MEBIBYTES = 10;
const MEBIBYTES_A_TEBIBYTE = 2 ** 20;

const SQL: Dialect = bigQueryDialect({
  projectId: 'my-project',
  coreDataset: 'core',
  publishedDataset: 'published',
});

/**
 * How many tables a run is billed for, counted once in each statement that reads them. A statement reads its sources,
 * and the target of a MERGE, UPDATE or DELETE; the target of an INSERT or CREATE is only written.
 *
 * @param hasChanges whether the window of the run has changes: without, most steps are left out.
 */
export function billedTables(run: Run, hasChanges: boolean): number {
  const temporary = temporaryTables(run.steps);
  const statements = [run.windowStart(SQL), ...statementsOf(run.steps, hasChanges)];
  return statements.reduce((sum, text) => sum + tablesRead(text, temporary).size, 0);
}

function statementsOf(steps: readonly Step[], hasChanges: boolean): string[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'statement':
      case 'selection':
        return [step.text(SQL)];
      case 'transaction':
        return statementsOf(step.steps, hasChanges);
      case 'unless-zero':
        return hasChanges ? statementsOf(step.steps, hasChanges) : [];
    }
  });
}

function temporaryTables(steps: readonly Step[]): Set<string> {
  return new Set(
    statementsOf(steps, true).flatMap((text) => /CREATE TEMP TABLE (\w+)/.exec(text)?.[1] ?? []),
  );
}

/** @example tablesRead('MERGE INTO `p.d.t` AS T USING (SELECT mp_id FROM delta)', new Set(['delta'])) // `p.d.t`, delta */
export function tablesRead(text: string, temporary: ReadonlySet<string>): Set<string> {
  const named = [...text.matchAll(/\b(?:FROM|JOIN|USING|MERGE INTO|UPDATE)\s+(`[^`]+`|\w+)/g)];
  return new Set(
    named
      .map(([, name = '']) => name)
      .filter((name) => name.startsWith('`') || temporary.has(name)),
  );
}

/** What the scheduled queries cost in a month, by the share of MERGE runs that find changes: the least, US dollars. */
export function mergeBill(share: number): number {
  const tables =
    MERGES *
      (share * billedTables(MERGE_RUN, true) + (1 - share) * billedTables(MERGE_RUN, false)) +
    PURGES * billedTables(purgeRun(DEFAULT_RETENTION), share > 0);
  return ((tables * LEAST_MEBIBYTES) / MEBIBYTES_A_TEBIBYTE) * DOLLARS_A_TEBIBYTE;
}

export function mergeBillTable(): string {
  const tables = [
    ['MERGE', MERGE_RUN, MERGES],
    ['purge', purgeRun(DEFAULT_RETENTION), PURGES],
  ] as const;
  const shares = [
    ['no MERGE run finds changes', 0],
    ['half of the runs find changes', 0.5],
    ['every run finds changes', 1],
  ] as const;
  return [
    markdownTable(
      ['run', 'runs a month', 'without changes', 'with changes'],
      tables.map(([name, run, runs]) => [
        name,
        Math.round(runs).toLocaleString('en'),
        least(billedTables(run, false)),
        least(billedTables(run, true)),
      ]),
    ),
    markdownTable(
      ['month', 'US $ at least'],
      shares.map(([month, share]) => [month, mergeBill(share).toFixed(2)]),
    ),
  ].join('\n\n');
}

function least(tables: number): string {
  return `${tables} tables, ${tables * LEAST_MEBIBYTES} MiB`;
}
