import type { Correction, Forward, ProxiedAnswer } from './correcting-proxy';

const JOBS = /^\/bigquery\/v2\/projects\/[^/]+\/jobs(?:\/([^/]+))?$/;

interface LoadRequest {
  readonly jobReference?: { readonly jobId?: string };
  readonly configuration?: {
    readonly load?: {
      readonly destinationTable: {
        readonly projectId: string;
        readonly datasetId: string;
        readonly tableId: string;
      };
    };
  };
}

/**
 * What bigquery-emulator v0.8.1 does otherwise than BigQuery with load jobs, seen from a client:
 * - a job whose id is taken is carried out again, and then refused with 400: it is refused, with 409;
 * - a job does not tell how many rows it has loaded: they are counted in the table.
 */
export function asBigQuery(): Correction {
  /** Rows loaded by each job. */
  const loads = new Map<string, number>();
  return async (request, forward) => {
    const { method, url, headers, body } = request;
    const jobs = JOBS.exec(url.pathname);
    if (method === 'POST' && jobs) {
      const { jobReference, configuration } = JSON.parse(body.toString()) as LoadRequest;
      const id = jobReference?.jobId ?? '';
      const table = configuration?.load?.destinationTable;
      if (!table) return forward(request);
      if (loads.has(id)) return duplicate(id);
      const place = `projects/${table.projectId}/datasets/${table.datasetId}/tables/${table.tableId}`;
      const before = await rowsIn(new URL(`/bigquery/v2/${place}`, url), forward);
      const answer = await forward(request);
      const after = await rowsIn(new URL(`/bigquery/v2/${place}`, url), forward);
      if (answer.status === 200) loads.set(id, after - before);
      return answer;
    }
    const loaded = method === 'GET' ? loads.get(jobs?.[1] ?? '') : undefined;
    if (loaded === undefined) return forward(request);
    const uncompressed = { ...headers, 'accept-encoding': 'identity' };
    return withOutputRows(await forward({ ...request, headers: uncompressed }), loaded);
  };
}

async function rowsIn(table: URL, forward: Forward): Promise<number> {
  const request = { method: 'GET', url: table, headers: {}, body: Buffer.alloc(0) };
  const { body } = await forward(request);
  return Number((JSON.parse(body.toString()) as { numRows?: string }).numRows ?? 0);
}

function withOutputRows(answer: ProxiedAnswer, rows: number): ProxiedAnswer {
  const job = JSON.parse(answer.body.toString()) as { statistics?: object };
  const statistics = { ...job.statistics, load: { outputRows: String(rows) } };
  return json(answer.status, { ...job, statistics });
}

/** https://cloud.google.com/bigquery/docs/error-messages */
function duplicate(id: string): ProxiedAnswer {
  const message = `Already Exists: Job ${id}`;
  const errors = [{ message, domain: 'global', reason: 'duplicate' }];
  return json(409, { error: { code: 409, message, errors, status: 'ALREADY_EXISTS' } });
}

function json(status: number, content: object): ProxiedAnswer {
  const body = Buffer.from(JSON.stringify(content));
  return { status, headers: { 'content-type': 'application/json' }, body };
}
