import {
  countDelta,
  createDelta,
  createMembers,
  createSeenIdentities,
  forgetIdentities,
  mergeAudiences,
  mergeIdentities,
  mergeState,
  recordMerge,
  recordPurge,
  seedLock,
  selectWindowStart,
  takeLock,
} from './merge';
import { RUN_PARAMETERS, type Dialect, type RunParameter } from './dialect';
import {
  deleteOldChanges,
  deleteOldRejections,
  deleteOldRuns,
  deleteTombstones,
  raiseFloors,
} from './purge';
import { PURGE_WINDOW_HOURS, RUN_HISTORY_DAYS, type Retention } from './retention';

/*
 * The MERGE and the purge as ordered steps. Their order is written here and nowhere else:
 * `scheduled-scripts.ts` renders it as the scripts that BigQuery runs, and `executeRun` carries it out one
 * statement after the other.
 */

/** One step of a run. */
export type Step = StatementStep | SelectionStep | TransactionStep | ConditionStep;

/** A statement that changes tables. */
export interface StatementStep {
  readonly kind: 'statement';
  readonly text: (sql: Dialect) => string;
  /** The run parameters that the text refers to: all of them, and no others. */
  readonly needs: readonly RunParameter[];
  /** The parameter that receives the number of rows that the statement changed. */
  readonly changedRowsInto?: RunParameter;
  readonly comment?: string;
}

/** A query of one number. */
export interface SelectionStep {
  readonly kind: 'selection';
  readonly text: (sql: Dialect<never>) => string;
  readonly into: RunParameter;
}

/** Steps of which all take effect or none. */
export interface TransactionStep {
  readonly kind: 'transaction';
  readonly steps: readonly Step[];
}

/** Steps that are left out if the parameter is 0. */
export interface ConditionStep {
  readonly kind: 'unless-zero';
  readonly parameter: RunParameter;
  readonly steps: readonly Step[];
  readonly comment: string;
}

/** How far before the end of its window a run deletes something. */
export interface AgeLimit {
  /** The parameter that receives the time: what is older is deleted. */
  readonly into: RunParameter;
  readonly amount: number;
  readonly unit: 'HOUR' | 'DAY';
  /** Whether the time is rounded down to a whole hour. */
  readonly isWholeHour: boolean;
}

/** The MERGE or the purge: a window of the log, and what is done with it. */
export interface Run {
  /** Selects the start of the window. The end is the time at which the run begins. */
  readonly windowStart: (sql: Dialect<never>) => string;
  /** The window starts at least this long before its end. */
  readonly readBack?: { readonly hours: number; readonly comment: string };
  readonly limits: readonly AgeLimit[];
  readonly steps: readonly Step[];
}

const RECORDED = [
  'v_run_id',
  'v_from',
  'v_to',
  'v_delta_rows',
  'v_applied_rows',
  'v_purged_rows',
] as const;

const MERGE_STEPS: readonly Step[] = [
  statement(createDelta, ['v_from', 'v_to']),
  { kind: 'selection', text: countDelta, into: 'v_delta_rows' },
  statement(seedLock, ['v_to']),
  transaction(
    statement(takeLock, ['v_run_id', 'v_to']),
    {
      kind: 'unless-zero',
      parameter: 'v_delta_rows',
      comment: 'A MERGE is billed for the whole target: nothing to merge, nothing to pay.',
      steps: [
        statement(mergeState, [], { changedRowsInto: 'v_applied_rows' }),
        statement(mergeAudiences, ['v_from', 'v_to']),
        statement(createSeenIdentities, ['v_from', 'v_to']),
        statement(createMembers, []),
        statement(mergeIdentities, []),
        statement(forgetIdentities, []),
      ],
    },
    statement(recordMerge, RECORDED),
  ),
];

/** The scheduled MERGE. */
export const MERGE_RUN: Run = { windowStart: selectWindowStart, limits: [], steps: MERGE_STEPS };

/** The daily purge: a MERGE that reads further back, and then what has outlived its time is deleted. */
export function purgeRun(retention: Retention): Run {
  return {
    windowStart: selectWindowStart,
    readBack: {
      hours: PURGE_WINDOW_HOURS,
      comment: 'Loads that committed later than the usual overlap are read here.',
    },
    limits: purgeLimits(retention),
    steps: [
      ...MERGE_STEPS,
      transaction(
        statement(takeLock, ['v_run_id', 'v_to']),
        statement(raiseFloors, ['v_tombstones_before']),
        statement(deleteTombstones, ['v_tombstones_before'], { changedRowsInto: 'v_purged_rows' }),
        statement(recordPurge, [...RECORDED, 'v_tombstones_before']),
      ),
      statement(deleteOldChanges, ['v_log_before'], {
        comment: 'Everything below v_to is applied by now.',
      }),
      statement(deleteOldRejections, ['v_rejects_before']),
      statement(deleteOldRuns, ['v_runs_before']),
    ],
  };
}

/** What a purge keeps. The log and the rejections lose whole hours: BigQuery drops a partition without reading it. */
export function purgeLimits(retention: Retention): readonly AgeLimit[] {
  const { tombstoneHours, logHours, rejectionHours } = retention;
  return [
    { into: 'v_tombstones_before', amount: tombstoneHours, unit: 'HOUR', isWholeHour: false },
    { into: 'v_log_before', amount: logHours, unit: 'HOUR', isWholeHour: true },
    { into: 'v_rejects_before', amount: rejectionHours, unit: 'HOUR', isWholeHour: true },
    { into: 'v_runs_before', amount: RUN_HISTORY_DAYS, unit: 'DAY', isWholeHour: false },
  ];
}

/** The compiler checks that the text refers to no parameter that is not among `needs`. */
function statement<const Needs extends readonly RunParameter[]>(
  text: (sql: Dialect<Needs[number]>) => string,
  needs: Needs,
  options: Pick<StatementStep, 'changedRowsInto' | 'comment'> = {},
): StatementStep {
  return { kind: 'statement', text, needs, ...options };
}

function transaction(...steps: readonly Step[]): TransactionStep {
  return { kind: 'transaction', steps };
}

/** Values of run parameters: text, numbers, and times in microseconds since 1970-01-01T00:00:00Z. */
export type RunValues = Partial<Record<RunParameter, string | number>>;

/** An engine that carries out a run statement by statement. */
export interface RunExecutor {
  readonly dialect: Dialect;
  /** The one value of a query: a number, or a time in microseconds since 1970-01-01T00:00:00Z. */
  readonly select: (query: string, type: 'INTEGER' | 'TIMESTAMP') => Promise<number>;
  readonly change: (statement: string, values: RunValues) => Promise<unknown>;
  /** As `change`. @returns the number of rows that the statement changed. */
  readonly changeAndCount: (statement: string, values: RunValues) => Promise<number>;
  /** Commits what `work` did, or nothing of it. */
  readonly transact: <T>(work: () => Promise<T>) => Promise<T>;
}

const HOUR_MICROS = 3_600_000_000;

/**
 * Carries out a run.
 *
 * @param to end of the window, in microseconds since 1970-01-01T00:00:00Z.
 * @returns the values of all run parameters, as they are at the end.
 */
export async function executeRun(
  run: Run,
  { runId, to }: { readonly runId: string; readonly to: number },
  executor: RunExecutor,
): Promise<RunValues> {
  const start = await executor.select(run.windowStart(executor.dialect), RUN_PARAMETERS.v_from);
  const earliest = run.readBack ? to - run.readBack.hours * HOUR_MICROS : start;
  const values: RunValues = {
    v_run_id: runId,
    v_to: to,
    v_from: Math.min(start, earliest),
    v_delta_rows: 0,
    v_applied_rows: 0,
    v_purged_rows: 0,
  };
  for (const limit of run.limits) values[limit.into] = timeOf(limit, to);
  await executeSteps(run.steps, values, executor);
  return values;
}

function timeOf({ amount, unit, isWholeHour }: AgeLimit, to: number): number {
  const time = to - amount * (unit === 'DAY' ? 24 : 1) * HOUR_MICROS;
  return isWholeHour ? Math.floor(time / HOUR_MICROS) * HOUR_MICROS : time;
}

async function executeSteps(
  steps: readonly Step[],
  values: RunValues,
  executor: RunExecutor,
): Promise<void> {
  for (const step of steps) await executeStep(step, values, executor);
}

async function executeStep(step: Step, values: RunValues, executor: RunExecutor): Promise<void> {
  switch (step.kind) {
    case 'statement': {
      const { needs, changedRowsInto } = step;
      const text = step.text(executor.dialect);
      const given = picked(values, needs);
      if (changedRowsInto === undefined) await executor.change(text, given);
      else values[changedRowsInto] = await executor.changeAndCount(text, given);
      return;
    }
    case 'selection':
      values[step.into] = await executor.select(step.text(executor.dialect), 'INTEGER');
      return;
    case 'transaction':
      return executor.transact(() => executeSteps(step.steps, values, executor));
    case 'unless-zero':
      if (values[step.parameter] !== 0) await executeSteps(step.steps, values, executor);
  }
}

function picked(values: RunValues, names: readonly RunParameter[]): RunValues {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
