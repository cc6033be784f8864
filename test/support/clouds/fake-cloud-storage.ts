import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { CRC32C, Storage } from '@google-cloud/storage';

import { CloudStorageBucket, STORAGE_RETRIES } from '../../../runtime/google/cloud-storage';
import { callOf, type RestCall } from './rest-call';

/** The requests that the stores make. */
export type Operation =
  'list' | 'describe' | 'read' | 'patch' | 'delete' | 'save' | 'begin upload' | 'upload';

/** What happens to the next request of a kind. */
export interface StorageFault {
  readonly operation: Operation;
  /** The answer. */
  readonly status?: number;
  /** The request is carried out all the same. */
  readonly isCarriedOut?: boolean;
  /** The connection ends in the middle of the answer. */
  readonly isCut?: boolean;
  /** Something else happens before it. */
  readonly first?: () => void;
}

interface StoredObject {
  readonly generation: string;
  readonly bytes: Buffer;
  readonly timeCreated: string;
  readonly contentEncoding?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customTime?: string;
}

interface Upload {
  readonly key: string;
  readonly onlyIf: string | undefined;
  received: Buffer;
  /** What was answered to the last chunk. */
  done?: Answer;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Buffer;
}

interface Asked {
  /** `bucket/name`. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

class Refusal extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

/**
 * Every chunk of an upload but the last is a multiple of this.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads.
 */
const CHUNK_UNIT = 256 * 1024;

/** The parts of Cloud Storage's JSON API that the stores use, with its rules, for any buckets. */
export class FakeCloudStorage {
  /** The live objects, by `bucket/name`. */
  readonly objects = new Map<string, StoredObject>();
  /** Every request, in its order: operation, bucket and name. */
  readonly requests: string[] = [];
  /** Takes every request as it was sent, with its answer. */
  record: (call: RestCall) => void = () => undefined;
  readonly faults: StorageFault[] = [];
  /** Objects on one page of a listing. */
  pageSize = 1000;
  /** What the messages of errors say beside the status. */
  gossip = '';
  private readonly uploads: Upload[] = [];
  private lastGeneration = 1_700_000_000_000_000;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeCloudStorage> {
    const server = createServer();
    const fake = new FakeCloudStorage(server);
    server.on('request', (request, response) => void fake.answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A store, with a real client of its own. */
  bucket(name: string, folder?: string): CloudStorageBucket {
    const { endpoint: apiEndpoint } = this;
    const storage = new Storage({ projectId: 'any', apiEndpoint, retryOptions: STORAGE_RETRIES });
    return new CloudStorageBucket(storage, name, folder);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  put(key: string, content: string | Buffer, rest: Partial<StoredObject> = {}): StoredObject {
    this.lastGeneration += 1;
    const stored = {
      timeCreated: '2026-01-01T00:00:00.000Z',
      ...rest,
      generation: String(this.lastGeneration),
      bytes: Buffer.from(content),
    };
    this.objects.set(key, stored);
    return stored;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://fake');
    const body = await bytesOf(request);
    const operation = operationOf(request, pathname, query);
    const [, bucket = '', name = ''] = /\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(pathname) ?? [];
    const key = `${bucket}/${query.get('name') ?? decodeURIComponent(name)}`;
    this.requests.push(`${operation} ${key}`);
    const index = this.faults.findIndex((fault) => fault.operation === operation);
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    fault?.first?.();
    try {
      if (fault?.status !== undefined && !fault.isCarriedOut) throw new Refusal(fault.status);
      const { status = 200, headers, json, bytes } = this[operation]({ key, query, request, body });
      if (fault?.status !== undefined) throw new Refusal(fault.status);
      const content = bytes ?? Buffer.from(json === undefined ? '' : JSON.stringify(json));
      const type = bytes ? 'application/octet-stream' : 'application/json';
      const described = { 'content-type': type, 'content-length': content.length, ...headers };
      response.writeHead(status, described);
      this.record(callOf(request, body, { status, headers: described, body: content }));
      if (fault?.isCut)
        response.write(content.subarray(0, content.length >> 1), () => response.destroy());
      else response.end(content);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      const message = `${String(error)} ${this.gossip}`;
      const headers = { 'content-type': 'application/json' };
      const text = JSON.stringify({ error: { code: status, message, errors: [{ message }] } });
      this.record(callOf(request, body, { status, headers, body: Buffer.from(text) }));
      response.writeHead(status, headers).end(text);
    }
  }

  private list({ key: bucket, query }: Asked): Answer {
    const begin = `${bucket}${query.get('prefix') ?? ''}`;
    const all = [...this.objects].filter(([key]) => key.startsWith(begin));
    const start = Number(query.get('pageToken') ?? 0);
    const end = start + this.pageSize;
    const fields = query.get('fields') ?? '';
    const [, listed = ''] = /items\(([^)]*)\)/.exec(fields) ?? [];
    const items = all.slice(start, end).map(([key, object]) => {
      const described = Object.entries(resource(key, object));
      return Object.fromEntries(described.filter(([name]) => listed.split(',').includes(name)));
    });
    const hasMore = end < all.length && fields.endsWith(',nextPageToken');
    return {
      json: {
        ...(items.length > 0 ? { items } : {}),
        ...(hasMore ? { nextPageToken: String(end) } : {}),
      },
    };
  }

  private describe(asked: Asked): Answer {
    return { json: resource(asked.key, this.asked(asked)) };
  }

  private read(asked: Asked): Answer {
    const { bytes, generation, contentEncoding } = this.asked(asked);
    return {
      bytes,
      headers: {
        'x-goog-hash': `crc32c=${checksum(bytes)}`,
        'x-goog-generation': generation,
        'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
        ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
      },
    };
  }

  private patch(asked: Asked): Answer {
    const object = this.asked(asked);
    this.requireGeneration(asked.key, asked.query.get('ifGenerationMatch'));
    const change = JSON.parse(asked.body.toString()) as Partial<StoredObject>;
    // A custom time is never moved back.
    if ((change.customTime ?? '9') < (object.customTime ?? '')) throw new Refusal(400);
    const metadata = { ...object.metadata, ...change.metadata };
    const changed = { ...object, ...change, metadata };
    this.objects.set(asked.key, changed);
    return { json: resource(asked.key, changed) };
  }

  private delete(asked: Asked): Answer {
    this.asked(asked);
    this.requireGeneration(asked.key, asked.query.get('ifGenerationMatch'));
    this.objects.delete(asked.key);
    return { status: 204 };
  }

  private save({ key, query, request, body }: Asked): Answer {
    this.requireGeneration(key, query.get('ifGenerationMatch'));
    const [, boundary = ''] = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '') ?? [];
    const [, , content = ''] = body.toString('latin1').split(`--${boundary}`);
    const text = content.slice(content.indexOf('\r\n\r\n') + 4, -2);
    return { json: resource(key, this.put(key, Buffer.from(text, 'latin1'))) };
  }

  private 'begin upload'({ key, query }: Asked): Answer {
    const onlyIf = query.get('ifGenerationMatch') ?? undefined;
    this.requireGeneration(key, onlyIf);
    this.uploads.push({ key, onlyIf, received: Buffer.alloc(0) });
    return { headers: { location: `${this.endpoint}/session?upload=${this.uploads.length - 1}` } };
  }

  private upload({ query, request, body }: Asked): Answer {
    const upload = this.uploads[Number(query.get('upload'))];
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(
      request.headers['content-range'] ?? '',
    );
    if (!upload || !range) throw new Refusal(400);
    if (upload.done) return upload.done;
    const [, start, end, total] = range;
    if (start !== undefined) {
      const isWhole = Number(end) - Number(start) + 1 === body.length;
      const isAligned = total !== '*' || body.length % CHUNK_UNIT === 0;
      if (Number(start) !== upload.received.length || !isWhole || !isAligned)
        throw new Refusal(400);
      upload.received = Buffer.concat([upload.received, body]);
    }
    if (Number(total) === upload.received.length) {
      this.requireGeneration(upload.key, upload.onlyIf);
      upload.done = { json: resource(upload.key, this.put(upload.key, upload.received)) };
      return upload.done;
    }
    const { length } = upload.received;
    return { status: 308, headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } };
  }

  private asked({ key, query }: Asked): StoredObject {
    const object = this.objects.get(key);
    const generation = query.get('generation') ?? object?.generation;
    if (object?.generation !== generation || !object) throw new Refusal(404);
    return object;
  }

  /** @param expected `0` for no object. */
  private requireGeneration(key: string, expected: string | null | undefined): void {
    if (expected === null || expected === undefined) throw new Refusal(428);
    if ((this.objects.get(key)?.generation ?? '0') !== expected) throw new Refusal(412);
  }
}

function operationOf(
  { method }: IncomingMessage,
  pathname: string,
  query: URLSearchParams,
): Operation {
  if (pathname === '/session') return 'upload';
  if (method === 'POST') return query.get('uploadType') === 'resumable' ? 'begin upload' : 'save';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return 'delete';
  if (pathname.endsWith('/o')) return 'list';
  return query.get('alt') === 'media' ? 'read' : 'describe';
}

/** An object as the API describes it: numbers are text. */
function resource(key: string, { bytes, ...object }: StoredObject): Record<string, unknown> {
  const [bucket, ...name] = key.split('/');
  return {
    bucket,
    name: name.join('/'),
    size: String(bytes.length),
    crc32c: checksum(bytes),
    ...object,
  };
}

function checksum(bytes: Buffer): string {
  const crc32c = new CRC32C();
  crc32c.update(bytes);
  return crc32c.toString();
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
