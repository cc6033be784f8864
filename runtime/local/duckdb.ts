import { randomUUID } from 'node:crypto';

import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';

import { formatTimestamp } from '../fields/timestamp';
import {
  countDelta,
  createDelta,
  createMembers,
  createSeenIdentities,
  forgetIdentities,
  mergeAudiences,
  mergeIdentities,
  mergeState,
  recordRun,
  seedLock,
  selectWindowStart,
  takeLock,
} from '../warehouse/merge';
import { duckDbDialect, type RunParameter } from '../warehouse/dialect';
import {
  deleteOldChanges,
  deleteOldRejections,
  deleteOldRuns,
  deleteTombstones,
  raiseFloors,
} from '../warehouse/purge';
import {
  DEFAULT_RETENTION,
  PURGE_WINDOW_HOURS,
  RUN_HISTORY_DAYS,
  type Retention,
} from '../warehouse/retention';
import { createDuckDbTable, duckDbType, loadedColumns } from '../warehouse/schema';
import { TABLE_NAMES, TABLES, VIEW_NAMES, type Table } from '../warehouse/tables';
import { VIEWS } from '../warehouse/views';
import type { MarkLedger } from './landing-files';
import type { ObjectGeneration } from '../ingest/stores';
import { DUCKDB_PRELUDE } from './duckdb-dialect';
import type { LoadBlame, LoadJob, LoadState, LoadTarget } from '../ingest/loader';

/** Outcome of one run of the MERGE. */
export interface ApplyResult {
  /** Keys with a change in the window. */
  readonly deltaRows: number;
  /** Rows of the state inserted or updated. */
  readonly appliedRows: number;
}

/** Outcome of one purge, which begins with a run of the MERGE. */
export interface PurgeResult extends ApplyResult {
  /** Tombstones removed. */
  readonly purgedRows: number;
}

/** The database cannot be used as asked; the message says why, in one line. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

const HOUR_MICROS = 3_600_000_000;

/** Objects that have been ingested: what a bucket keeps as a mark on the object itself. */
const INGESTED_OBJECTS = 'local.ingested_objects';

/** Loads that were carried out: what BigQuery knows by their job ids. */
const LOAD_JOBS = 'local.load_jobs';

/** The names and generations of the parameter `objects` as rows. */
const OBJECTS_PARAMETER = `
  SELECT object.name, object.generation
  FROM (
    SELECT unnest(from_json($objects, '[{"name":"VARCHAR","generation":"VARCHAR"}]')) AS object
  )`;

function objectsJson(objects: readonly ObjectGeneration[]): string {
  return JSON.stringify(objects.map(({ name, generation }) => ({ name, generation })));
}

/**
 * The warehouse on an embedded engine, in one file. It runs the statements that BigQuery runs.
 *
 * The engine does not raise BigQuery's error for two source rows that match one target row; the tests assert
 * that the sources never have two.
 */
export class DuckDbWarehouse implements LoadTarget, MarkLedger {
  private transactions: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens a database file, and makes it if it does not exist; `:memory:` is kept nowhere.
   *
   * @throws {DatabaseError} when another process holds the file, it is no database, or the optional package
   *   is not installed.
   */
  static async open(file: string): Promise<DuckDbWarehouse> {
    const engine = await DuckDbWarehouse.connect(file, {});
    await engine.createSchema();
    return engine;
  }

  /** Opens an existing database file for reading. @throws {DatabaseError} as {@link open}. */
  static async openForReading(file: string): Promise<DuckDbWarehouse> {
    return DuckDbWarehouse.connect(file, { access_mode: 'READ_ONLY' });
  }

  private static async connect(
    file: string,
    options: Record<string, string>,
  ): Promise<DuckDbWarehouse> {
    const { DuckDBInstance } = await importDuckDb();
    try {
      const instance = await DuckDBInstance.create(file, options);
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      return new DuckDbWarehouse(instance, connection);
    } catch (error) {
      throw openingError(file, error);
    }
  }

  private async createSchema(): Promise<void> {
    await this.inTransaction(async () => {
      for (const schema of ['core', 'published', 'local']) {
        await this.connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      }
      for (const macro of DUCKDB_PRELUDE) await this.connection.run(macro);
      for (const name of TABLE_NAMES) {
        await this.connection.run(createDuckDbTable(duckDbDialect.table(name), TABLES[name]));
      }
      for (const name of VIEW_NAMES) {
        const select = VIEWS[name].select(duckDbDialect);
        await this.connection.run(
          `CREATE OR REPLACE VIEW ${duckDbDialect.view(name)} AS ${select}`,
        );
      }
      await this.connection.run(
        `CREATE TABLE IF NOT EXISTS ${INGESTED_OBJECTS} (
          name VARCHAR, generation VARCHAR, PRIMARY KEY (name, generation)
        )`,
      );
      await this.connection.run(
        `CREATE TABLE IF NOT EXISTS ${LOAD_JOBS} (id VARCHAR PRIMARY KEY, loaded_rows BIGINT)`,
      );
    });
  }

  async areMarked(objects: readonly ObjectGeneration[]): Promise<readonly boolean[]> {
    const reader = await this.connection.runAndReadAll(
      `SELECT name, generation FROM ${INGESTED_OBJECTS}
       SEMI JOIN (${OBJECTS_PARAMETER}) AS asked USING (name, generation)`,
      { objects: objectsJson(objects) },
    );
    const marked = new Set(
      reader.getRowObjects().map(({ name, generation }) => `${String(generation)}/${String(name)}`),
    );
    return objects.map(({ name, generation }) => marked.has(`${generation}/${name}`));
  }

  async mark(objects: readonly ObjectGeneration[]): Promise<void> {
    await this.inTransaction(() =>
      this.connection.run(`INSERT OR IGNORE INTO ${INGESTED_OBJECTS} ${OBJECTS_PARAMETER}`, {
        objects: objectsJson(objects),
      }),
    );
  }

  /** Carries a load out, with the record of its id in one transaction: a job is done, or was never begun. */
  async start(job: LoadJob): Promise<LoadState> {
    try {
      return await this.inTransaction(async () => {
        const done = await this.loadedRows(job.id);
        if (done !== undefined) return { state: 'loaded', rows: done };
        const rows = await this.append(TABLES[job.table], `core.${job.table}`, job.source);
        await this.connection.run(`INSERT INTO ${LOAD_JOBS} VALUES ($id, $rows)`, {
          id: job.id,
          rows,
        });
        return { state: 'loaded', rows };
      });
    } catch (error) {
      return failedLoad(error);
    }
  }

  stateOf(job: LoadJob): Promise<LoadState> {
    return this.start(job);
  }

  private async loadedRows(id: string): Promise<number | undefined> {
    const reader = await this.connection.runAndReadAll(
      `SELECT loaded_rows FROM ${LOAD_JOBS} WHERE id = $id`,
      { id },
    );
    const rows = reader.getRows()[0]?.[0];
    return rows === undefined ? undefined : Number(rows);
  }

  private async append(table: Table, reference: string, file: string): Promise<number> {
    const columns = loadedColumns(table);
    const names = columns.map((column) => column.name).join(', ');
    const types = columns.map((column) => `${column.name}: '${duckDbType(column)}'`).join(', ');
    const { rowsChanged } = await this.connection.run(
      `INSERT INTO ${reference} (${names})
       SELECT ${names}
       FROM read_json($file, format = 'newline_delimited', columns = {${types}})`,
      { file },
    );
    return rowsChanged;
  }

  /**
   * One run of the MERGE.
   *
   * @param at end of the window, in microseconds since 1970-01-01T00:00:00Z; the engine's clock if absent.
   */
  async apply(at?: number): Promise<ApplyResult> {
    const to = at ?? (await this.now());
    return this.applyWindow(await this.windowStart(), to);
  }

  /** The daily purge: see the warehouse's `purge` statements. `at` as in {@link apply}. */
  async purge(retention: Retention = DEFAULT_RETENTION, at?: number): Promise<PurgeResult> {
    const to = at ?? (await this.now());
    const from = Math.min(await this.windowStart(), to - PURGE_WINDOW_HOURS * HOUR_MICROS);
    const applied = await this.applyWindow(from, to);
    const run = this.newRun(from, to);
    const purgedRows = await this.inTransaction(async () => {
      await this.runStatement(takeLock(duckDbDialect), run);
      const cut = { v_tombstones_before: to - retention.tombstoneHours * HOUR_MICROS };
      await this.runStatement(raiseFloors(duckDbDialect), cut);
      const purged = await this.runStatement(deleteTombstones(duckDbDialect), cut);
      await this.runStatement(recordRun(duckDbDialect, 'purge'), {
        ...run,
        v_delta_rows: applied.deltaRows,
        v_applied_rows: applied.appliedRows,
        v_purged_rows: purged,
      });
      return purged;
    });
    await this.runStatement(deleteOldChanges(duckDbDialect), {
      v_log_before: wholeHour(to - retention.logHours * HOUR_MICROS),
    });
    await this.runStatement(deleteOldRejections(duckDbDialect), {
      v_rejects_before: wholeHour(to - retention.rejectionHours * HOUR_MICROS),
    });
    await this.runStatement(deleteOldRuns(duckDbDialect), {
      v_runs_before: to - RUN_HISTORY_DAYS * 24 * HOUR_MICROS,
    });
    return { ...applied, purgedRows };
  }

  private async applyWindow(from: number, to: number): Promise<ApplyResult> {
    const run = this.newRun(from, to);
    await this.runStatement(createDelta(duckDbDialect), run);
    const deltaRows = Number(await this.scalar(countDelta()));
    await this.runStatement(seedLock(duckDbDialect), run);
    return this.inTransaction(async () => {
      await this.runStatement(takeLock(duckDbDialect), run);
      const appliedRows = deltaRows > 0 ? await this.mergeDelta(run) : 0;
      await this.runStatement(recordRun(duckDbDialect, 'apply'), {
        ...run,
        v_delta_rows: deltaRows,
        v_applied_rows: appliedRows,
        v_purged_rows: 0,
      });
      return { deltaRows, appliedRows };
    });
  }

  private async mergeDelta(run: RunValues): Promise<number> {
    const appliedRows = await this.runStatement(mergeState(duckDbDialect), run);
    await this.runStatement(mergeAudiences(duckDbDialect), run);
    await this.runStatement(createSeenIdentities(duckDbDialect), run);
    await this.runStatement(createMembers(duckDbDialect), run);
    await this.runStatement(mergeIdentities(duckDbDialect), run);
    await this.runStatement(forgetIdentities(duckDbDialect), run);
    return appliedRows;
  }

  private newRun(from: number, to: number): RunValues {
    return { v_run_id: randomUUID(), v_from: from, v_to: to };
  }

  private async windowStart(): Promise<number> {
    return Number(
      await this.scalar(`SELECT epoch_us(w) FROM (${selectWindowStart(duckDbDialect)}) AS t(w)`),
    );
  }

  private async now(): Promise<number> {
    return Number(await this.scalar('SELECT epoch_us(now())'));
  }

  private async scalar(sql: string): Promise<DuckDBValue | undefined> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRows()[0]?.[0];
  }

  /** Runs one shared statement with those of the values that it refers to; returns the rows it changed. */
  private async runStatement(sql: string, values: RunValues): Promise<number> {
    const used = Object.entries(values).filter(([name]) => new RegExp(`\\$${name}\\b`).test(sql));
    const { DuckDBTimestampTZValue } = await importDuckDb();
    const bound = used.map(([name, value]): [string, DuckDBValue] => [
      name,
      TIME_PARAMETERS.has(name) ? new DuckDBTimestampTZValue(BigInt(value)) : value,
    ]);
    const result = await this.connection.run(sql, Object.fromEntries(bound));
    return result.rowsChanged;
  }

  /** Commits what `work` did, or nothing of it. A connection has one transaction: they take turns. */
  private inTransaction<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.transactions.then(() => this.transact(work));
    this.transactions = turn.catch(() => undefined);
    return turn;
  }

  private async transact<T>(work: () => Promise<T>): Promise<T> {
    await this.connection.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.connection.run('COMMIT');
      return result;
    } catch (error) {
      await this.connection.run('ROLLBACK');
      throw error;
    }
  }

  /** The rows of a query as plain values: time as fixed-width ISO 8601, large integers as text. */
  async query(sql: string): Promise<{
    readonly columns: readonly string[];
    readonly rows: AsyncIterable<Record<string, unknown>>;
  }> {
    const result = await this.connection.stream(sql);
    const columns = result.columnNames();
    const rows = async function* () {
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        for (const row of chunk.getRowObjects(columns)) yield plainRow(row);
      }
    };
    return { columns, rows: rows() };
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

type RunValues = Partial<Record<RunParameter, string | number>>;

const TIME_PARAMETERS: ReadonlySet<string> = new Set<RunParameter>([
  'v_from',
  'v_to',
  'v_tombstones_before',
  'v_log_before',
  'v_rejects_before',
  'v_runs_before',
]);

function wholeHour(micros: number): number {
  return Math.floor(micros / HOUR_MICROS) * HOUR_MICROS;
}

function plainRow(row: Record<string, DuckDBValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('micros' in value) return formatTimestamp(Number(value.micros));
  if ('items' in value) return value.items.map(plainValue);
  if ('entries' in value) return plainRow(value.entries as Record<string, DuckDBValue>);
  return value.toString();
}

/** The engine's kinds of errors, as the first word of its message tells them. */
const BLAME: Readonly<Record<string, LoadBlame>> = {
  Conversion: 'rows',
  Constraint: 'rows',
  Invalid: 'rows',
  // A staged file that is not there.
  IO: 'missing',
};

function failedLoad(error: unknown): LoadState {
  const kind = /^\w+/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'unknown';
  return { state: 'failed', blame: BLAME[kind] ?? 'other', reason: kind };
}

async function importDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch {
    throw new DatabaseError(
      'the embedded engine is not installed: run "npm install @duckdb/node-api" beside this package',
    );
  }
}

function openingError(file: string, error: unknown): DatabaseError {
  const message = error instanceof Error ? error.message : String(error);
  if (/lock/i.test(message)) {
    return new DatabaseError(`${file}: another process is using this database; wait until it ends`);
  }
  if (/not a valid DuckDB|file header|serializ/i.test(message)) {
    return new DatabaseError(`${file}: not a database of this program; name another file`);
  }
  return new DatabaseError(
    `${file}: cannot be opened as a database: ${message.split('\n')[0] ?? ''}`,
  );
}
