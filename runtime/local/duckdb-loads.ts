import type { LoadBlame, LoadJob, LoadState, Loader } from '../ingest/loader';
import type { ObjectGeneration } from '../ingest/stores';
import { loadedColumns } from '../warehouse/schema';
import { TABLES } from '../warehouse/tables';
import { DatabaseError, messageOf, type DuckDbDatabase } from './duckdb-database';
import { duckDbDialect, duckDbType } from './duckdb-dialect';
import type { ObjectLedger } from './landing-files';

/** Objects that have been ingested: what a bucket keeps as a mark on the object itself. */
const INGESTED_OBJECTS = 'local.ingested_objects';

/** When each object was first seen: what a bucket keeps as the time of its creation. */
const SEEN_OBJECTS = 'local.seen_objects';

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

/** The tables of the loads: they stand for what BigQuery and Cloud Storage remember. */
export const LOAD_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${INGESTED_OBJECTS} (
    name VARCHAR, generation VARCHAR, PRIMARY KEY (name, generation)
  )`,
  `CREATE TABLE IF NOT EXISTS ${SEEN_OBJECTS} (
    name VARCHAR, generation VARCHAR, seen_at BIGINT, PRIMARY KEY (name, generation)
  )`,
  `CREATE TABLE IF NOT EXISTS ${LOAD_JOBS} (id VARCHAR PRIMARY KEY, loaded_rows BIGINT)`,
];

/** Loads of staged rows into the log tables, and the marks of ingested objects. */
export class DuckDbLoads implements Loader, ObjectLedger {
  constructor(private readonly database: DuckDbDatabase) {}

  async areMarked(objects: readonly ObjectGeneration[]): Promise<readonly boolean[]> {
    const rows = await this.database.rows(
      `SELECT name, generation FROM ${INGESTED_OBJECTS}
       SEMI JOIN (${OBJECTS_PARAMETER}) AS asked USING (name, generation)`,
      { objects: objectsJson(objects) },
    );
    const marked = new Set(
      rows.map(({ name, generation }) => `${String(generation)}/${String(name)}`),
    );
    return objects.map(({ name, generation }) => marked.has(`${generation}/${name}`));
  }

  async arrivals(objects: readonly ObjectGeneration[], now: number): Promise<readonly number[]> {
    if (objects.length === 0) return [];
    const asked = objectsJson(objects);
    await this.database.inTransaction(() =>
      this.database.run(
        `INSERT OR IGNORE INTO ${SEEN_OBJECTS}
         SELECT name, generation, $now FROM (${OBJECTS_PARAMETER})`,
        { objects: asked, now: BigInt(now) },
      ),
    );
    const rows = await this.database.rows(
      `SELECT name, generation, seen_at FROM ${SEEN_OBJECTS}
       SEMI JOIN (${OBJECTS_PARAMETER}) AS asked USING (name, generation)`,
      { objects: asked },
    );
    const seenAt = new Map(
      rows.map((row) => [
        `${String(row['generation'])}/${String(row['name'])}`,
        Number(row['seen_at']),
      ]),
    );
    return objects.map(({ name, generation }) => seenAt.get(`${generation}/${name}`) ?? now);
  }

  async mark(objects: readonly ObjectGeneration[]): Promise<void> {
    await this.database.inTransaction(() =>
      this.database.run(`INSERT OR IGNORE INTO ${INGESTED_OBJECTS} ${OBJECTS_PARAMETER}`, {
        objects: objectsJson(objects),
      }),
    );
  }

  /**
   * Carries out a load and records its id in one transaction, so that a job is done or was never begun.
   *
   * @throws {DatabaseError} if the machine is at fault.
   */
  async start(job: LoadJob): Promise<LoadState> {
    try {
      return await this.database.inTransaction(async () => {
        const done = await this.loadedRows(job.id);
        if (done !== undefined) return { state: 'loaded', rows: done };
        const rows = await this.append(job);
        await this.database.run(`INSERT INTO ${LOAD_JOBS} VALUES ($id, $rows)`, {
          id: job.id,
          rows,
        });
        return { state: 'loaded', rows };
      });
    } catch (error) {
      // No other attempt helps while the disk is full: the run ends, and the next one starts the same job again.
      if (error instanceof DatabaseError) throw error;
      return failedLoad(error);
    }
  }

  stateOf(job: LoadJob): Promise<LoadState> {
    return this.start(job);
  }

  private async loadedRows(id: string): Promise<number | undefined> {
    const [row] = await this.database.rows(`SELECT loaded_rows FROM ${LOAD_JOBS} WHERE id = $id`, {
      id,
    });
    return row === undefined ? undefined : Number(row['loaded_rows']);
  }

  private append({ table, source }: LoadJob): Promise<number> {
    const columns = loadedColumns(TABLES[table]);
    const names = columns.map((column) => column.name).join(', ');
    const types = columns.map((column) => `${column.name}: '${duckDbType(column)}'`).join(', ');
    return this.database.run(
      `INSERT INTO ${duckDbDialect.table(table)} (${names})
       SELECT ${names}
       FROM read_json($source, format = 'newline_delimited', columns = {${types}})`,
      { source },
    );
  }
}

/** What is to blame, by the kind of the engine's error. */
const BLAME: Readonly<Record<string, LoadBlame>> = {
  Conversion: 'rows',
  Constraint: 'rows',
  Invalid: 'rows',
};

/** The engine's message may repeat rows: only the kind of the error is passed on. */
function failedLoad(error: unknown): LoadState {
  const message = messageOf(error);
  if (message.startsWith('IO Error: No files found')) {
    return { state: 'failed', blame: 'missing', reason: 'the staged file is not there' };
  }
  const kind = /^\w+/.exec(message)?.[0] ?? 'unknown';
  return { state: 'failed', blame: BLAME[kind] ?? 'other', reason: kind };
}
