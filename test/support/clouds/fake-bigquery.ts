import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';

import { BigQueryWarehouse } from '../../../runtime/google/bigquery';
import type { LoadedTable } from '../../../runtime/ingest/loader';
import { fitsTable, isTaken, type LoadConfiguration } from './load-check';
import type { Row } from './memory-cloud';
import { callOf, type RestCall } from './rest-call';

export const PROJECT = 'my-project';
export const DATASET = 'core';
export const LOCATION = 'EU';
export const LABELS = { component: 'audience-import' };

/** What becomes of one load job. */
export interface Fate {
  /** The job is accepted, and the answer to that says 503. */
  readonly answerIsLost?: boolean;
  /** How often it is asked for before it is done. */
  readonly runningAnswers?: number;
  /** Why it fails. */
  readonly reason?: string;
  /** The answer to its making tells already how it ended. */
  readonly endsAtOnce?: boolean;
  /** How many rows it says it has loaded, if that is not the truth. */
  readonly outputRows?: number;
}

/** A job as it was asked for. */
export interface JobRequest {
  readonly jobReference: { readonly jobId?: string; readonly location?: string };
  readonly configuration: {
    readonly load: LoadConfiguration;
    readonly labels: Readonly<Record<string, string>>;
  };
}

interface Job {
  readonly request: JobRequest;
  readonly fate: Fate;
  readonly rows: number;
  readonly error?: { readonly reason: string; readonly message: string };
  asked: number;
}

/** An answer with an error; its message repeats what was sent, as BigQuery's do. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The parts of BigQuery's REST API that the engine uses, with the rules that emulators do not have: a job id is
 * taken once, all rows of a job come or none, a job is found in its location only, jobs run and fail.
 */
export class FakeBigQuery {
  readonly tables: Readonly<Record<LoadedTable, Row[]>> = {
    membership_changes: [],
    rejected_changes: [],
  };
  readonly jobs = new Map<string, Job>();
  /** Method and path of every request, in their order. */
  readonly requests: string[] = [];
  /** Takes every request as it was sent, with its answer. */
  record: (call: RestCall) => void = () => undefined;
  /** What becomes of the next jobs, one after the other. */
  readonly fates: Fate[] = [];
  /** What the next requests are answered with, instead of being looked at. */
  readonly failures: Refusal[] = [];
  /** Rows that are taken for invalid. */
  refuses: (row: Row) => boolean = () => false;
  /** Tables that refuse every load, as those with another schema do. */
  readonly refusing = new Set<string>();
  /** Rows of `merge_runs`; `undefined` where there is no such table. */
  runs: readonly { readonly kind: string; readonly committedAt: number }[] | undefined = [];
  /** How many loaded rows have no `ingested_at`. */
  rowsWithoutIngestedAt = 0;
  /** The last query. */
  query = '';

  private constructor(
    private readonly server: Server,
    private readonly contentOf: (uri: string) => Promise<string | undefined>,
  ) {}

  /** @param contentOf what a staged object holds; `undefined` where there is none. */
  static async start(
    contentOf: (uri: string) => Promise<string | undefined>,
  ): Promise<FakeBigQuery> {
    const server = createServer();
    const fake = new FakeBigQuery(server, contentOf);
    server.on('request', (request, response) => void fake.answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The engine, with the real client. */
  engine({ location = LOCATION, autoRetry = true } = {}): BigQueryWarehouse {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'any' });
    const apiEndpoint = this.endpoint;
    const client = new BigQuery({ projectId: PROJECT, apiEndpoint, authClient, autoRetry });
    const table = (tableId: string) => ({ projectId: PROJECT, datasetId: DATASET, tableId });
    return new BigQueryWarehouse(
      client,
      {
        membership_changes: table('membership_changes'),
        rejected_changes: table('rejected_changes'),
        merge_runs: table('merge_runs'),
      },
      location,
      LABELS,
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let body: unknown;
    const text = await textOf(request);
    try {
      body = await this.route(request, text);
    } catch (error) {
      const { reason, message } = error as Refusal;
      status = error instanceof Refusal ? error.status : 500;
      body = { error: { code: status, message, errors: [{ reason, message, domain: 'global' }] } };
    }
    const headers = { 'content-type': 'application/json' };
    const answer = { status, headers, body: Buffer.from(JSON.stringify(body)) };
    this.record(callOf(request, Buffer.from(text), answer));
    response.writeHead(status, headers).end(answer.body);
  }

  private async route(request: IncomingMessage, text: string): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const path = pathname.replace(/^(?:\/bigquery\/v2)?\/projects\//, '');
    this.requests.push(`${request.method ?? ''} ${path}`);
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (path === `${PROJECT}/queries`) return this.queried(JSON.parse(text) as QueryRequest);
    if (path === `${PROJECT}/jobs`) return this.inserted(JSON.parse(text) as JobRequest);
    const [, id] = new RegExp(`^${PROJECT}/jobs/([\\w-]+)$`).exec(path) ?? [];
    const job = id === undefined ? undefined : this.jobs.get(id);
    // Asked for without a location, a job is looked for in US.
    const location = searchParams.get('location') ?? 'US';
    if (job?.request.jobReference.location !== location) {
      throw new Refusal(404, 'notFound', `Not found: Job ${path} in ${location}`);
    }
    job.asked += 1;
    return resource(job);
  }

  private async inserted(request: JobRequest): Promise<unknown> {
    const { jobReference, configuration } = request;
    const { load } = configuration;
    const { projectId, datasetId } = load.destinationTable;
    const texts = await Promise.all(load.sourceUris.map((uri) => this.contentOf(uri)));
    const id = jobReference.jobId;
    if (id === undefined) throw new Refusal(400, 'required', 'the caller does not name the job');
    if (this.jobs.has(id)) throw new Refusal(409, 'duplicate', `Already Exists: Job ${id}`);
    const isHere = jobReference.location === LOCATION && projectId === PROJECT;
    if (!isHere || datasetId !== DATASET || !fitsTable(load)) {
      throw new Refusal(400, 'invalid', JSON.stringify(load));
    }
    const isStaged = texts.every((text) => text !== undefined);
    const fate = { ...(isStaged ? {} : { reason: 'notFound' }), ...this.fates.shift() };
    const job = { request, fate, asked: 0, ...this.carriedOut(load, texts.join(''), fate) };
    this.jobs.set(id, job);
    if (fate.answerIsLost) throw new Refusal(503, 'backendError', 'try again');
    return resource(job);
  }

  private carriedOut(
    { destinationTable, schema }: LoadConfiguration,
    text: string,
    { reason }: Fate,
  ): Pick<Job, 'rows' | 'error'> {
    if (reason !== undefined) return { rows: 0, error: { reason, message: `failed at ${text}` } };
    const lines = text.split('\n').filter((line) => line !== '');
    const rows = lines.map((line) => JSON.parse(line) as Row);
    const refused = rows.find((row) => this.refuses(row) || !isTaken(row, schema.fields));
    if (refused || this.refusing.has(destinationTable.tableId)) {
      const message = `Error while reading data: ${JSON.stringify(refused)}`;
      return { rows: 0, error: { reason: 'invalid', message } };
    }
    this.tables[destinationTable.tableId as LoadedTable].push(...rows);
    return { rows: rows.length };
  }

  private queried({ query, location, useLegacySql }: QueryRequest): unknown {
    this.query = query;
    if (location !== LOCATION || useLegacySql !== false) {
      throw new Refusal(400, 'invalid', 'another location, or another SQL');
    }
    if (!this.runs || !query.includes(`FROM \`${PROJECT}.${DATASET}.merge_runs\``)) {
      throw new Refusal(404, 'notFound', `Not found: Table in ${query}`);
    }
    const last = (kind: string) => {
      const times = (this.runs ?? []).filter((run) => run.kind === kind);
      return times.length === 0 ? null : String(Math.max(...times.map((run) => run.committedAt)));
    };
    return {
      jobComplete: true,
      jobReference: { projectId: PROJECT, jobId: 'query', location },
      schema: { fields: QUERY_COLUMNS.map((name) => ({ name, type: 'STRING' })) },
      totalRows: '1',
      rows: [
        {
          f: [last('apply'), last('purge'), String(this.rowsWithoutIngestedAt)].map((v) => ({ v })),
        },
      ],
    };
  }
}

const QUERY_COLUMNS = ['apply_at', 'purge_at', 'rows_without_ingested_at'];

interface QueryRequest {
  readonly query: string;
  readonly location?: string;
  readonly useLegacySql?: boolean;
}

/** A job as the API shows it: counts are text. */
function resource({ request, fate, rows, error, asked }: Job): unknown {
  const { configuration, jobReference } = request;
  const answers = { configuration, jobReference: { projectId: PROJECT, ...jobReference } };
  if (asked === 0 && fate.endsAtOnce !== true) return { ...answers, status: { state: 'PENDING' } };
  if (asked > 0 && asked <= (fate.runningAnswers ?? 0)) {
    return { ...answers, status: { state: 'RUNNING' } };
  }
  if (error) return { ...answers, status: { state: 'DONE', errorResult: error, errors: [error] } };
  const outputRows = String(fate.outputRows ?? rows);
  return { ...answers, status: { state: 'DONE' }, statistics: { load: { outputRows } } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
