import { randomUUID } from 'node:crypto';
import { formatTimestamp } from '../../../runtime/fields/timestamp';
import {
  bigQueryDialect,
  RUN_PARAMETERS,
  type Dialect,
  type RunParameter,
} from '../../../runtime/warehouse/dialect';
import { DEFAULT_RETENTION } from '../../../runtime/warehouse/retention';
import {
  executeRun,
  MERGE_RUN,
  purgeRun,
  type Run,
  type RunExecutor,
  type RunValues,
} from '../../../runtime/warehouse/run';
import type { Cloud } from './cloud';
import { plainRow, type Row } from './content';

/**
 * The scheduled statements on bigquery-emulator v0.8.1. What it does otherwise than BigQuery with statements, and
 * with rows that were loaded, is worked around here and nowhere else:
 * - it skips DML inside `IF`: statements are sent one by one, without the script and its transactions;
 * - `INSERT` takes a query parameter for one of the column in the same position: run parameters are literals;
 * - a temporary table ends with its request, and `CREATE OR REPLACE` fails on a table that exists: temporary
 *   tables are plain ones of the core dataset, dropped first;
 * - `MERGE` takes no subquery as its source: the subquery becomes such a table;
 * - each request takes longer the more jobs there have been: a query's job is deleted at once;
 * - it counts no changed rows: they are counted from the state before and after;
 * - load jobs leave out the defaults of columns, and put the fields of a record in any order: both are mended
 *   after each load.
 */
export class EmulatedWarehouse {
  readonly dialect: Dialect;

  constructor(private readonly cloud: Cloud) {
    this.dialect = { ...bigQueryDialect(cloud.names), parameter: (name) => `@${name}` };
  }

  /** The rows of a query as plain values. Unqualified names are those of the core dataset. */
  async rows(sql: string, values: RunValues = {}): Promise<Row[]> {
    const { bigquery, names, configuration } = this.cloud;
    const { location } = configuration;
    const response: unknown = await bigquery.query({
      query: sql.replaceAll(/@(v_\w+)/g, (_, name: RunParameter) => literal(name, values[name])),
      location,
      defaultDataset: { datasetId: names.coreDataset },
      wrapIntegers: true,
    });
    // The client's types know of no third element here.
    const [rows, , { jobReference }] = response as [
      Row[],
      unknown,
      { jobReference: { jobId: string } },
    ];
    await bigquery.job(jobReference.jobId, { location }).delete();
    return rows.map(plainRow);
  }

  /** Mends what load jobs have left unfinished. @param at gives `ingested_at`, in microseconds. */
  async finishLoads(at: number): Promise<void> {
    const type = (value: string) => `${value} IN ('email_sha256', 'customer_id')`;
    await this.rows(`
UPDATE ${this.dialect.table('membership_changes')}
SET identities = ARRAY(
  SELECT AS STRUCT
    IF(${type('i.value')}, i.value, i.type) AS type,
    IF(${type('i.value')}, i.type, i.value) AS value
  FROM UNNEST(identities) AS i WITH OFFSET AS position
  ORDER BY position
)
WHERE ingested_at IS NULL`);
    for (const table of ['membership_changes', 'rejected_changes'] as const) {
      await this.rows(`
UPDATE ${this.dialect.table(table)}
SET ingested_at = TIMESTAMP_MICROS(${at})
WHERE ingested_at IS NULL`);
    }
  }

  /**
   * One run of the MERGE.
   *
   * @param at end of the window, in microseconds since 1970-01-01T00:00:00Z.
   * @returns the shared statements that were run, as they were before any workaround.
   */
  apply(at: number): Promise<readonly string[]> {
    return this.carryOut(MERGE_RUN, at);
  }

  /** The daily purge: see {@link apply}. */
  purge(at: number): Promise<readonly string[]> {
    return this.carryOut(purgeRun(DEFAULT_RETENTION), at);
  }

  private async carryOut(run: Run, at: number): Promise<readonly string[]> {
    const statements: string[] = [];
    const executor: RunExecutor = {
      dialect: this.dialect,
      select: async (query, type) => {
        statements.push(query);
        const [row] = await this.rows(query);
        const value = String(Object.values(row ?? {})[0]);
        return type === 'TIMESTAMP' ? microsOf(value) : Number(value);
      },
      change: (statement, values) => {
        statements.push(statement);
        return this.change(statement, values);
      },
      changeAndCount: async (statement, values) => {
        statements.push(statement);
        const before = await this.state();
        await this.change(statement, values);
        const after = await this.state();
        return Math.max(missingIn(before, after), missingIn(after, before));
      },
      transact: (work) => work(),
    };
    await executeRun(run, { runId: randomUUID(), to: at }, executor);
    return statements;
  }

  private async state(): Promise<ReadonlySet<string>> {
    const rows = await this.rows(`SELECT * FROM ${this.dialect.table('membership_state')}`);
    return new Set(rows.map((row) => JSON.stringify(row)));
  }

  private async change(statement: string, values: RunValues): Promise<void> {
    const temporary = /^\s*CREATE TEMP TABLE (\w+) AS/.exec(statement);
    if (temporary) {
      const [create, name = ''] = temporary;
      return this.replaceTable(name, statement.slice(create.length), values);
    }
    const merge = /USING \((\n[^]*?\n)\) AS S\n/.exec(statement);
    if (merge) {
      const [using, subquery = ''] = merge;
      await this.replaceTable('merge_source', subquery, values);
      await this.rows(statement.replace(using, 'USING merge_source AS S\n'), values);
      return;
    }
    await this.rows(statement, values);
  }

  private async replaceTable(name: string, select: string, values: RunValues): Promise<void> {
    const table = `\`${this.cloud.names.projectId}.${this.cloud.names.coreDataset}.${name}\``;
    await this.rows(`DROP TABLE IF EXISTS ${table}`);
    await this.rows(`CREATE TABLE ${table} AS ${select}`, values);
  }
}

/** The rows of the state that an update changed, or an insert added, are new; those that a delete took are missing. */
function missingIn(state: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return [...other].filter((row) => !state.has(row)).length;
}

/** A run parameter as a GoogleSQL literal. */
function literal(name: RunParameter, value: string | number | undefined): string {
  if (value === undefined) throw new Error(`${name}: the run gives no value`);
  switch (RUN_PARAMETERS[name]) {
    case 'TIMESTAMP':
      return `TIMESTAMP '${formatTimestamp(Number(value))}'`;
    case 'STRING':
      return `'${value}'`;
    case 'INTEGER':
      return String(value);
  }
}

/** @param time fixed-width ISO 8601 with six digits of a second. */
function microsOf(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));
}
