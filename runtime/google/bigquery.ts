import type { BigQuery, JobMetadata } from '@google-cloud/bigquery';

import { loadSchema } from '../warehouse/schema';
import { TABLES } from '../warehouse/tables';
import {
  WarehouseError,
  type LoadBlame,
  type LoadJob,
  type LoadState,
  type Loader,
  type WarehouseState,
} from '../ingest/loader';

/** A table's place. */
export interface TableReference {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

export interface BigQueryTables {
  readonly membership_changes: TableReference;
  readonly rejected_changes: TableReference;
  readonly merge_runs: TableReference;
}

/** The tables of a core dataset that the function works with. */
export function coreTables(projectId: string, datasetId: string): BigQueryTables {
  const table = (tableId: keyof BigQueryTables) => ({ projectId, datasetId, tableId });
  return {
    membership_changes: table('membership_changes'),
    rejected_changes: table('rejected_changes'),
    merge_runs: table('merge_runs'),
  };
}

/** Source: https://cloud.google.com/bigquery/docs/error-messages. Other reasons may pass by themselves. */
const BLAME: Readonly<Record<string, LoadBlame>> = { invalid: 'rows', notFound: 'missing' };

/** A workspace's tables in BigQuery: loads into two of them, and what a third one tells. */
export class BigQueryWarehouse implements Loader {
  constructor(
    private readonly client: BigQuery,
    private readonly tables: BigQueryTables,
    private readonly location: string,
    private readonly labels: Readonly<Record<string, string>>,
  ) {}

  async start(job: LoadJob): Promise<LoadState> {
    try {
      await this.client.createJob({
        jobId: job.id,
        location: this.location,
        configuration: { load: loadConfiguration(job, this.tables), labels: { ...this.labels } },
      });
    } catch (error) {
      if (!isMade(error)) throw warehouseError(`load job ${job.id}`, error);
    }
    return this.stateOf(job);
  }

  async stateOf({ id }: LoadJob): Promise<LoadState> {
    try {
      // Without its location a job is looked for in US, and not found.
      const job = this.client.job(id, { location: this.location });
      const [{ status, statistics }] = (await job.getMetadata()) as [JobMetadata, unknown];
      if (status?.state !== 'DONE') return { state: 'running' };
      const reason = status.errorResult?.reason;
      return reason === undefined
        ? { state: 'loaded', rows: Number(statistics?.load?.outputRows ?? 0) }
        : { state: 'failed', blame: BLAME[reason] ?? 'other', reason };
    } catch (error) {
      throw warehouseError(`load job ${id}`, error);
    }
  }

  /** Reads one small table and the NULL partition of two others, each billed as the least that a table costs. */
  async readState(): Promise<WarehouseState> {
    const { merge_runs, membership_changes, rejected_changes } = this.tables;
    const query = `
SELECT
  CAST(UNIX_MICROS(MAX(CASE WHEN kind = 'apply' THEN committed_at END)) AS STRING) AS apply_at,
  CAST(UNIX_MICROS(MAX(CASE WHEN kind = 'purge' THEN committed_at END)) AS STRING) AS purge_at,
  CAST(
    (SELECT COUNT(*) FROM ${quoted(membership_changes)} WHERE ingested_at IS NULL)
    + (SELECT COUNT(*) FROM ${quoted(rejected_changes)} WHERE ingested_at IS NULL) AS STRING
  ) AS rows_without_ingested_at
FROM ${quoted(merge_runs)}`;
    try {
      const [rows] = await this.client.query({ query, location: this.location });
      const [row] = rows as Partial<Record<string, string | null>>[];
      return {
        ...(row?.['apply_at'] ? { applyAt: Number(row['apply_at']) } : {}),
        ...(row?.['purge_at'] ? { purgeAt: Number(row['purge_at']) } : {}),
        rowsWithoutIngestedAt: Number(row?.['rows_without_ingested_at'] ?? 0),
      };
    } catch (error) {
      throw warehouseError(`state of ${merge_runs.datasetId}`, error);
    }
  }
}

function quoted({ projectId, datasetId, tableId }: TableReference): string {
  return `\`${projectId}.${datasetId}.${tableId}\``;
}

/**
 * Rows are appended to a table that is there, all or none. The schema leaves out what the warehouse fills in:
 * a column that a load does not name takes its default.
 */
function loadConfiguration({ table, source }: LoadJob, tables: BigQueryTables) {
  return {
    sourceUris: [source],
    sourceFormat: 'NEWLINE_DELIMITED_JSON',
    destinationTable: { ...tables[table] },
    schema: loadSchema(TABLES[table]),
    createDisposition: 'CREATE_NEVER',
    writeDisposition: 'WRITE_APPEND',
    maxBadRecords: 0,
    autodetect: false,
  };
}

/**
 * Whether there is a job though making it was rejected. Its id is taken (409): by an earlier sweep, or by this very
 * request, repeated after its answer was lost. Or it has failed by the time of the answer: the client rejects with
 * the errors of the job, which have no status.
 */
function isMade(error: unknown): boolean {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return code === 409 || (code === undefined && Array.isArray(errors));
}

/** BigQuery's messages may repeat values of rows: only the status and the reason are kept. */
function warehouseError(place: string, error: unknown): WarehouseError {
  const { code, name, errors } = error as {
    code?: number | string;
    name?: string;
    errors?: readonly { readonly reason?: string }[];
  };
  const reason = errors?.[0]?.reason;
  const status = String(code ?? name);
  return new WarehouseError(
    `${place}: BigQuery answers ${status}${reason === undefined ? '' : ` (${reason})`}`,
  );
}
