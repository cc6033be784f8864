import type { LoadJob, LoadState, Loader } from '../../../runtime/ingest/loader';
import {
  ObjectChangedError,
  ObjectGoneError,
  type LandingObject,
  type LandingStore,
  type Mark,
  type ObjectGeneration,
  type ObjectStatus,
  type ObjectWriter,
  type StagingStore,
  type StoredText,
} from '../../../runtime/ingest/stores';

interface Stored {
  readonly generation: string;
  readonly createdAt: number;
  readonly bytes: Buffer;
  mark?: Mark;
}

/** A bucket in memory, with Cloud Storage's rules: a name has one live generation, and none comes twice. */
export class MemoryBucket implements LandingStore, StagingStore {
  readonly objects = new Map<string, Stored>();
  private lastGeneration = 1_700_000_000_000_000;

  constructor(private readonly chunkBytes = 1 << 16) {}

  put(name: string, content: string | Buffer, createdAt = this.lastGeneration + 1): string {
    this.lastGeneration += 1;
    const generation = String(this.lastGeneration);
    this.objects.set(name, { generation, createdAt, bytes: Buffer.from(content) });
    return generation;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a listing is read asynchronously.
  async *list(): AsyncGenerator<LandingObject & { readonly marked: boolean }> {
    for (const [name, { generation, createdAt, bytes, mark }] of [...this.objects]) {
      yield { name, generation, createdAt, size: bytes.length, marked: mark !== undefined };
    }
  }

  statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]> {
    return Promise.resolve(
      objects.map((object) => {
        const found = this.live(object);
        if (!found) return 'gone';
        return found.mark === undefined ? 'waiting' : 'marked';
      }),
    );
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a stream is read asynchronously.
  async *read(object: LandingObject): AsyncGenerator<Uint8Array> {
    const found = this.live(object);
    if (!found) throw new ObjectGoneError(`${object.name}: gone`);
    for (let start = 0; start < found.bytes.length; start += this.chunkBytes) {
      yield found.bytes.subarray(start, start + this.chunkBytes);
    }
  }

  mark(objects: readonly LandingObject[], mark: Mark): Promise<void> {
    for (const object of objects) {
      const found = this.live(object);
      if (found) found.mark ??= mark;
    }
    return Promise.resolve();
  }

  locate(name: string): string {
    return name;
  }

  find(name: string): Promise<StoredText | undefined> {
    const found = this.objects.get(name);
    return Promise.resolve(
      found && { name, generation: found.generation, text: found.bytes.toString() },
    );
  }

  replace(name: string, text: string, known: ObjectGeneration | undefined): Promise<string> {
    if (this.objects.get(name)?.generation !== known?.generation) {
      return Promise.reject(new ObjectChangedError(name));
    }
    return Promise.resolve(this.put(name, text));
  }

  create(name: string): ObjectWriter {
    const parts: Buffer[] = [];
    return {
      write: (bytes) => {
        parts.push(Buffer.from(bytes));
        return Promise.resolve();
      },
      close: () => {
        if (this.objects.has(name)) return Promise.reject(new ObjectChangedError(name));
        this.put(name, Buffer.concat(parts));
        return Promise.resolve();
      },
      abort: () => undefined,
    };
  }

  remove({ name, generation }: ObjectGeneration): Promise<void> {
    const found = this.objects.get(name);
    if (found && found.generation !== generation) {
      return Promise.reject(new ObjectChangedError(name));
    }
    this.objects.delete(name);
    return Promise.resolve();
  }

  private live({ name, generation }: ObjectGeneration): Stored | undefined {
    const found = this.objects.get(name);
    return found?.generation === generation ? found : undefined;
  }
}

export type Row = Readonly<Record<string, unknown>>;

export interface MemoryWarehouseOptions {
  /** How often a job is asked for before it is done. */
  readonly runningAnswers?: number;
  /** Reasons for which the first attempts at every load fail. */
  readonly failures?: readonly string[];
  /** Rows that the warehouse takes for invalid. */
  readonly refuses?: (row: Row) => boolean;
  /** Tables that refuse everything, as one with another schema does. */
  readonly refusesAll?: readonly string[];
}

/** A warehouse in memory, with BigQuery's rules: a job id is taken once, and all rows of a job come or none. */
export class MemoryWarehouse implements Loader {
  readonly tables = { membership_changes: [] as Row[], rejected_changes: [] as Row[] };
  readonly jobs = new Map<string, { state: LoadState; asked: number }>();

  constructor(
    private readonly contentOf: (source: string) => Promise<string | undefined>,
    private readonly options: MemoryWarehouseOptions = {},
  ) {}

  async start(job: LoadJob): Promise<LoadState> {
    if (!this.jobs.has(job.id)) {
      this.jobs.set(job.id, { state: await this.carriedOut(job), asked: 0 });
    }
    return this.stateOf(job);
  }

  stateOf({ id }: LoadJob): Promise<LoadState> {
    const job = this.jobs.get(id);
    if (!job) return Promise.reject(new Error(`no job ${id}`));
    job.asked += 1;
    const running = job.asked <= (this.options.runningAnswers ?? 0);
    return Promise.resolve(running ? { state: 'running' } : job.state);
  }

  private async carriedOut({ id, table, source }: LoadJob): Promise<LoadState> {
    const { failures = [], refuses = () => false, refusesAll = [] } = this.options;
    const reason = failures[Number(id.slice(id.lastIndexOf('_') + 1))];
    if (reason !== undefined) return { state: 'failed', blame: 'other', reason };
    const text = await this.contentOf(source);
    if (text === undefined) return { state: 'failed', blame: 'missing', reason: 'notFound' };
    const rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
    if (refusesAll.includes(table) || rows.some(refuses)) {
      return { state: 'failed', blame: 'rows', reason: 'invalid' };
    }
    this.tables[table].push(...rows);
    return { state: 'loaded', rows: rows.length };
  }
}

/** Staged rows as a bucket in memory holds them. */
export function contentIn(bucket: MemoryBucket): (source: string) => Promise<string | undefined> {
  return async (source) => (await bucket.find(source))?.text;
}
