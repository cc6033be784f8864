import { randomUUID } from 'node:crypto';
import { formatTimestamp } from '../../../runtime/fields/timestamp';
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
} from '../../../runtime/warehouse/merge';
import {
  bigQueryDialect,
  type Dialect,
  type RunParameter,
} from '../../../runtime/warehouse/dialect';
import {
  deleteOldChanges,
  deleteOldRejections,
  deleteOldRuns,
  deleteTombstones,
  raiseFloors,
} from '../../../runtime/warehouse/purge';
import {
  DEFAULT_RETENTION,
  PURGE_WINDOW_HOURS,
  RUN_HISTORY_DAYS,
} from '../../../runtime/warehouse/retention';
import type { Cloud } from './cloud';
import { plainRow, type Row } from './content';

const HOUR_MICROS = 3_600_000_000;

/** GoogleSQL literals. */
type Values = Readonly<Partial<Record<RunParameter, string>>>;

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
  private statements: string[] = [];

  constructor(private readonly cloud: Cloud) {
    this.dialect = { ...bigQueryDialect(cloud.names), parameter: (name) => `@${name}` };
  }

  /** The rows of a query as plain values. Unqualified names are those of the core dataset. */
  async rows(sql: string, values: Values = {}): Promise<Row[]> {
    const { bigquery, names, configuration } = this.cloud;
    const { location } = configuration;
    const response: unknown = await bigquery.query({
      query: sql.replaceAll(/@(v_\w+)/g, (_, name: RunParameter) => values[name] ?? name),
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
  async apply(at: number): Promise<readonly string[]> {
    this.statements = [];
    await this.applyWindow(await this.windowStart(), formatTimestamp(at));
    return this.statements;
  }

  /** The daily purge: see {@link apply}. */
  async purge(at: number): Promise<readonly string[]> {
    this.statements = [];
    const sql = this.dialect;
    const earliest = formatTimestamp(at - PURGE_WINDOW_HOURS * HOUR_MICROS);
    const start = await this.windowStart();
    const run = await this.applyWindow(start < earliest ? start : earliest, formatTimestamp(at));
    const cut = { v_tombstones_before: hoursBefore(at, DEFAULT_RETENTION.tombstoneHours) };
    await this.run(takeLock(sql), run);
    const before = await this.state();
    await this.run(raiseFloors(sql), cut);
    await this.run(deleteTombstones(sql), cut);
    const purged = before.size - (await this.state()).size;
    await this.run(recordRun(sql, 'purge'), { ...run, v_purged_rows: String(purged) });
    await this.run(deleteOldChanges(sql), {
      v_log_before: hoursBefore(wholeHour(at), DEFAULT_RETENTION.logHours),
    });
    await this.run(deleteOldRejections(sql), {
      v_rejects_before: hoursBefore(wholeHour(at), DEFAULT_RETENTION.rejectionHours),
    });
    await this.run(deleteOldRuns(sql), { v_runs_before: hoursBefore(at, RUN_HISTORY_DAYS * 24) });
    return this.statements;
  }

  private async windowStart(): Promise<string> {
    const [row] = await this.run(selectWindowStart(this.dialect));
    return String(row?.['window_from']);
  }

  private async applyWindow(from: string, to: string): Promise<Values> {
    const sql = this.dialect;
    const run = {
      v_run_id: `'${randomUUID()}'`,
      v_from: `TIMESTAMP '${from}'`,
      v_to: `TIMESTAMP '${to}'`,
    };
    await this.run(createDelta(sql), run);
    const [count] = await this.run(countDelta());
    const deltaRows = String(count?.['delta_rows']);
    await this.run(seedLock(sql), run);
    await this.run(takeLock(sql), run);
    const applied = deltaRows === '0' ? 0 : await this.mergeDelta(run);
    const recorded = {
      ...run,
      v_delta_rows: deltaRows,
      v_applied_rows: String(applied),
      v_purged_rows: '0',
    };
    await this.run(recordRun(sql, 'apply'), recorded);
    return recorded;
  }

  private async mergeDelta(run: Values): Promise<number> {
    const sql = this.dialect;
    const before = await this.state();
    await this.run(mergeState(sql), run);
    const after = await this.state();
    await this.run(mergeAudiences(sql), run);
    await this.run(createSeenIdentities(sql), run);
    await this.run(createMembers(sql), run);
    await this.run(mergeIdentities(sql), run);
    await this.run(forgetIdentities(sql), run);
    return [...after].filter((row) => !before.has(row)).length;
  }

  private async state(): Promise<ReadonlySet<string>> {
    const rows = await this.rows(`SELECT * FROM ${this.dialect.table('membership_state')}`);
    return new Set(rows.map((row) => JSON.stringify(row)));
  }

  private async run(statement: string, values: Values = {}): Promise<Row[]> {
    this.statements.push(statement);
    const temporary = /^\s*CREATE OR REPLACE TEMP TABLE (\w+) AS/.exec(statement);
    if (temporary) {
      const [create, name = ''] = temporary;
      await this.replaceTable(name, statement.slice(create.length), values);
      return [];
    }
    const merge = /USING \((\n[^]*?\n)\) AS S\n/.exec(statement);
    if (merge) {
      const [using, subquery = ''] = merge;
      await this.replaceTable('merge_source', subquery, values);
      return this.rows(statement.replace(using, 'USING merge_source AS S\n'), values);
    }
    return this.rows(statement, values);
  }

  private async replaceTable(name: string, select: string, values: Values): Promise<void> {
    const table = `\`${this.cloud.names.projectId}.${this.cloud.names.coreDataset}.${name}\``;
    await this.rows(`DROP TABLE IF EXISTS ${table}`);
    await this.rows(`CREATE TABLE ${table} AS ${select}`, values);
  }
}

function hoursBefore(at: number, hours: number): string {
  return `TIMESTAMP '${formatTimestamp(at - hours * HOUR_MICROS)}'`;
}

function wholeHour(micros: number): number {
  return Math.floor(micros / HOUR_MICROS) * HOUR_MICROS;
}
