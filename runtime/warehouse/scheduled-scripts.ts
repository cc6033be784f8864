import {
  bigQueryDialect,
  RUN_PARAMETERS,
  type DatasetNames,
  type Dialect,
  type RunParameter,
} from './dialect';
import { DEFAULT_RETENTION, type Retention } from './retention';
import { MERGE_RUN, purgeRun, type AgeLimit, type Run, type Step } from './run';
import { GOOGLE_SQL_TYPES } from './schema';

/**
 * The scheduled MERGE of one workspace: one GoogleSQL script.
 *
 * A run that meets another one is cancelled by the lock row, rolls back and fails visibly. Nothing is lost,
 * because the watermark has not moved: the next run reads the same window.
 */
export function applyScript(names: DatasetNames): string {
  return scriptOf(MERGE_RUN, bigQueryDialect(names));
}

/** The daily purge of one workspace: a MERGE that reads further back, then what has outlived its time goes. */
export function purgeScript(names: DatasetNames, retention: Retention = DEFAULT_RETENTION): string {
  return scriptOf(purgeRun(retention), bigQueryDialect(names));
}

function scriptOf(run: Run, sql: Dialect): string {
  return [
    declared('v_run_id', ' DEFAULT @@script.job_id'),
    declared('v_to', ' DEFAULT CURRENT_TIMESTAMP()'),
    declared('v_from', ` DEFAULT ${subquery(run.windowStart(sql))}`),
    declared('v_delta_rows', ' DEFAULT 0'),
    declared('v_applied_rows', ' DEFAULT 0'),
    declared('v_purged_rows', ' DEFAULT 0'),
    ...run.limits.map(declaredLimit),
    ...readBack(run),
    ...run.steps.map((step) => rendered(step, sql)),
    '',
  ].join('\n');
}

function declared(name: RunParameter, fallback: string): string {
  return `DECLARE ${name} ${GOOGLE_SQL_TYPES[RUN_PARAMETERS[name]]}${fallback};`;
}

function declaredLimit({ into, amount, unit, isWholeHour }: AgeLimit): string {
  const time = `TIMESTAMP_SUB(v_to, INTERVAL ${amount} ${unit})`;
  return declared(into, `\n  DEFAULT ${isWholeHour ? `TIMESTAMP_TRUNC(${time}, HOUR)` : time}`);
}

/** {@link declaredLimit} read back from a script. */
const DECLARED_LIMIT =
  /^DECLARE (v_\w+) TIMESTAMP\n {2}DEFAULT (TIMESTAMP_TRUNC\()?TIMESTAMP_SUB\(v_to, INTERVAL (\d+) (HOUR|DAY)\)/gm;

/** What the purge of a script keeps: the limits that the script was rendered from; none of a MERGE. */
export function readLimits(script: string): AgeLimit[] {
  return [...script.matchAll(DECLARED_LIMIT)].map(([, into, truncated, amount, unit]) => ({
    into: into as RunParameter,
    amount: Number(amount),
    unit: unit as AgeLimit['unit'],
    isWholeHour: truncated !== undefined,
  }));
}

function readBack({ readBack: back }: Run): string[] {
  if (!back) return [];
  const earliest = `TIMESTAMP_SUB(v_to, INTERVAL ${back.hours} HOUR)`;
  return [`\n-- ${back.comment}`, `SET v_from = LEAST(v_from, ${earliest});`];
}

/** A step with a line break before each statement, so that an empty line parts it from what stands before. */
function rendered(step: Step, sql: Dialect): string {
  switch (step.kind) {
    case 'statement': {
      const { comment, text, changedRowsInto } = step;
      const before = comment === undefined ? '' : `\n-- ${comment}\n`;
      const after = changedRowsInto === undefined ? '' : `\nSET ${changedRowsInto} = @@row_count;`;
      return `${before}${text(sql)};${after}`;
    }
    case 'selection':
      return `SET ${step.into} = ${subquery(step.text(sql))};`;
    case 'unless-zero':
      return `-- ${step.comment}
IF ${step.parameter} > 0 THEN${indented(step.steps, sql)}
END IF;`;
    case 'transaction':
      return `
BEGIN
  BEGIN TRANSACTION;${indented(step.steps, sql)}
  COMMIT TRANSACTION;
EXCEPTION WHEN ERROR THEN
  ROLLBACK TRANSACTION;
  RAISE;
END;`;
  }
}

function indented(steps: readonly Step[], sql: Dialect): string {
  return moreIndented(steps.map((step) => `\n${rendered(step, sql)}`).join(''));
}

function subquery(select: string): string {
  return `(${moreIndented(select)}\n)`;
}

function moreIndented(sql: string): string {
  return sql.replaceAll(/\n(?=[^\n])/g, '\n  ');
}
