import { randomUUID } from 'node:crypto';

import type { DuckDBValue } from '@duckdb/node-api';

import { RUN_PARAMETERS, type RunParameter } from '../warehouse/dialect';
import type { Retention } from '../warehouse/retention';
import { executeRun, MERGE_RUN, purgeRun, type Run, type RunValues } from '../warehouse/run';
import { importDuckDb, type DuckDbDatabase } from './duckdb-database';
import { duckDbDialect } from './duckdb-dialect';

/** Outcome of one run of the MERGE. */
export interface ApplyResult {
  /** Keys with a change in the window. */
  readonly deltaRows: number;
  /** Rows of the state that were inserted or updated. */
  readonly appliedRows: number;
}

/** Outcome of one purge, which begins with a run of the MERGE. */
export interface PurgeResult extends ApplyResult {
  /** Tombstones removed. */
  readonly purgedRows: number;
}

/**
 * Runs the MERGE.
 *
 * @param at end of the window, in microseconds since 1970-01-01T00:00:00Z; the engine's clock if absent.
 */
export async function runMerge(database: DuckDbDatabase, at?: number): Promise<ApplyResult> {
  const { deltaRows, appliedRows } = await carryOut(database, MERGE_RUN, at);
  return { deltaRows, appliedRows };
}

/** Runs the daily purge. `at` as in {@link runMerge}. */
export function runPurge(
  database: DuckDbDatabase,
  retention: Retention,
  at?: number,
): Promise<PurgeResult> {
  return carryOut(database, purgeRun(retention), at);
}

async function carryOut(database: DuckDbDatabase, run: Run, at?: number): Promise<PurgeResult> {
  const change = async (statement: string, values: RunValues) =>
    database.run(statement, await boundValues(values));
  const values = await executeRun(
    run,
    { runId: randomUUID(), to: at ?? (await micros(database, 'SELECT now()')) },
    {
      dialect: duckDbDialect,
      select: (query, type) =>
        type === 'TIMESTAMP' ? micros(database, query) : number(database, query),
      change,
      changeAndCount: change,
      transact: (work) => database.inTransaction(work),
    },
  );
  return {
    deltaRows: Number(values.v_delta_rows),
    appliedRows: Number(values.v_applied_rows),
    purgedRows: Number(values.v_purged_rows),
  };
}

function micros(database: DuckDbDatabase, query: string): Promise<number> {
  return number(database, `SELECT epoch_us(t) FROM (${query}) AS times(t)`);
}

async function number(database: DuckDbDatabase, query: string): Promise<number> {
  const [row] = await database.rows(query);
  return Number(Object.values(row ?? {})[0]);
}

async function boundValues(values: RunValues): Promise<Record<string, DuckDBValue>> {
  const { DuckDBTimestampTZValue } = await importDuckDb();
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, DuckDBValue] => [
      name,
      RUN_PARAMETERS[name as RunParameter] === 'TIMESTAMP'
        ? new DuckDBTimestampTZValue(BigInt(value))
        : value,
    ]),
  );
}
