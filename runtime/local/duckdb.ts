import type { LoadJob, LoadState, Loader } from '../ingest/loader';
import type { ObjectGeneration } from '../ingest/stores';
import { DEFAULT_RETENTION, type Retention } from '../warehouse/retention';
import { TABLE_NAMES, TABLES } from '../warehouse/tables';
import { VIEWS, viewsInOrder } from '../warehouse/views';
import { DuckDbDatabase, foreignFile, hasContent } from './duckdb-database';
import {
  addDuckDbColumns,
  createDuckDbTable,
  DUCKDB_PRELUDE,
  duckDbDialect,
} from './duckdb-dialect';
import { DuckDbLoads, LOAD_TABLES } from './duckdb-loads';
import { runMerge, runPurge, type ApplyResult, type PurgeResult } from './duckdb-runs';
import type { ObjectLedger } from './landing-files';

/**
 * The warehouse on an embedded engine, in one file. It runs the statements that BigQuery runs.
 *
 * The engine does not raise BigQuery's error for two source rows that match one target row; the tests assert
 * that the sources never have two.
 */
export class DuckDbWarehouse implements Loader, ObjectLedger {
  private readonly loads: DuckDbLoads;

  private constructor(private readonly database: DuckDbDatabase) {
    this.loads = new DuckDbLoads(database);
  }

  /**
   * Opens a database file, and makes it if it does not exist or is empty; `:memory:` is kept nowhere.
   *
   * @throws {DatabaseError} if another process holds the file, it is not a database of this program, which is then
   *   left as it is, or the optional package is not installed.
   */
  static async open(file: string): Promise<DuckDbWarehouse> {
    // Opened for writing, the engine would apply the log that a crash of another program has left beside its file.
    if (await hasContent(file)) (await openWithContent(file, ['ours', 'nothing'])).close();
    const database = await DuckDbDatabase.open(file, 'READ_WRITE');
    return closingOnFailure(database, () => DuckDbWarehouse.in(database));
  }

  /** Opens an existing database file for reading. @throws {DatabaseError} as {@link open}. */
  static async openForReading(file: string): Promise<DuckDbWarehouse> {
    return new DuckDbWarehouse(await openWithContent(file, ['ours']));
  }

  /** Makes the tables and views in an open database, where they are missing. */
  static async in(database: DuckDbDatabase): Promise<DuckDbWarehouse> {
    await createSchema(database);
    return new DuckDbWarehouse(database);
  }

  start(job: LoadJob): Promise<LoadState> {
    return this.loads.start(job);
  }

  stateOf(job: LoadJob): Promise<LoadState> {
    return this.loads.stateOf(job);
  }

  areMarked(objects: readonly ObjectGeneration[]): Promise<readonly boolean[]> {
    return this.loads.areMarked(objects);
  }

  arrivals(objects: readonly ObjectGeneration[], now: number): Promise<readonly number[]> {
    return this.loads.arrivals(objects, now);
  }

  mark(objects: readonly ObjectGeneration[]): Promise<void> {
    return this.loads.mark(objects);
  }

  /**
   * Runs the MERGE.
   *
   * @param at end of the window, in microseconds since 1970-01-01T00:00:00Z; the engine's clock if absent.
   */
  apply(at?: number): Promise<ApplyResult> {
    return runMerge(this.database, at);
  }

  /** Runs the daily purge. `at` as in {@link apply}. */
  purge(retention: Retention = DEFAULT_RETENTION, at?: number): Promise<PurgeResult> {
    return runPurge(this.database, retention, at);
  }

  /** The rows of a query as plain values: time as fixed-width ISO 8601, large integers as text. */
  query(sql: string): ReturnType<DuckDbDatabase['query']> {
    return this.database.query(sql);
  }

  close(): void {
    this.database.close();
  }
}

/** Tables that every version of this program has made, all in one transaction. */
const OWN_TABLES = ['core.membership_changes', 'core.membership_state', 'local.load_jobs'];

type Content = 'nothing' | 'ours' | 'foreign';

/** Whose database it is, by what is in it. */
async function contentOf(database: DuckDbDatabase): Promise<Content> {
  const rows = await database.rows(
    `SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE NOT internal
     UNION ALL
     SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal
     UNION ALL
     SELECT schema_name || '.' || sequence_name FROM duckdb_sequences()
     UNION ALL
     SELECT schema_name || '.' || type_name FROM duckdb_types() WHERE NOT internal
     UNION ALL
     SELECT schema_name || '.' || function_name FROM duckdb_functions() WHERE NOT internal
     UNION ALL
     SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND schema_name <> 'main'`,
  );
  if (rows.length === 0) return 'nothing';
  const names = new Set(rows.map(({ name }) => String(name)));
  return OWN_TABLES.every((name) => names.has(name)) ? 'ours' : 'foreign';
}

/** Opens a file for reading. @throws {DatabaseError} if it has content other than `allowed`. */
async function openWithContent(file: string, allowed: readonly Content[]): Promise<DuckDbDatabase> {
  const database = await DuckDbDatabase.open(file, 'READ_ONLY');
  return closingOnFailure(database, async () => {
    if (!allowed.includes(await contentOf(database))) throw foreignFile(file);
    return database;
  });
}

async function closingOnFailure<T>(database: DuckDbDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    database.close();
    throw error;
  }
}

async function createSchema(database: DuckDbDatabase): Promise<void> {
  await database.inTransaction(async () => {
    for (const schema of ['core', 'published', 'local']) {
      await database.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    }
    for (const macro of DUCKDB_PRELUDE) await database.run(macro);
    for (const name of TABLE_NAMES) {
      const reference = duckDbDialect.table(name);
      await database.run(createDuckDbTable(reference, TABLES[name]));
      for (const added of addDuckDbColumns(reference, TABLES[name])) await database.run(added);
    }
    for (const name of viewsInOrder()) {
      const select = VIEWS[name].select(duckDbDialect);
      await database.run(`CREATE OR REPLACE VIEW ${duckDbDialect.view(name)} AS ${select}`);
    }
    for (const table of LOAD_TABLES) await database.run(table);
  });
}
