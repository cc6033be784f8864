import type { Writable } from 'node:stream';

import {
  IdempotencyStrategy,
  type Bucket,
  type File,
  type FileMetadata,
  type Storage,
} from '@google-cloud/storage';

import {
  ObjectChangedError,
  ObjectGoneError,
  StoreError,
  type LandingObject,
  type LandingStore,
  type Mark,
  type ObjectGeneration,
  type ObjectStatus,
  type ObjectWriter,
  type StagingStore,
  type StoredText,
} from '../ingest/stores';

/** The key of the mark in an object's metadata. The sender may set a custom time; it has no reason to set this. */
export const MARK_KEY = 'audience-import';

/** Requests under way at once, for what is asked of each object. */
const CONCURRENT_REQUESTS = 16;

/** Uploads hold so much in memory; a multiple of 256 KiB, as Cloud Storage asks. */
const UPLOAD_CHUNK_BYTES = 8 * 2 ** 20;

/** How long the client repeats a failing request before a sweep gives up: the next sweep is soon. */
const RETRY_SECONDS = 60;

/** Only what a store needs of an object's description: a listing of thousands is mostly this. */
const LISTED_FIELDS = 'items(name,generation,timeCreated,size,metadata),nextPageToken';

interface ListedObject {
  readonly name: string;
  readonly generation: string;
  readonly timeCreated: string;
  readonly size: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Every request is repeated: those that write have a precondition, and marking twice is marking once. The client's
 * conditional strategy would repeat no marking, and would switch off the repetition of all requests while one is
 * under way, for good where several are.
 */
export const STORAGE_RETRIES = {
  autoRetry: true,
  idempotencyStrategy: IdempotencyStrategy.RetryAlways,
  totalTimeout: RETRY_SECONDS,
} as const;

/** A Cloud Storage bucket, to land objects in or to stage rows in. */
export class CloudStorageBucket implements LandingStore, StagingStore {
  private readonly bucket: Bucket;

  constructor(storage: Storage, name: string) {
    this.bucket = storage.bucket(name);
  }

  async *list(): AsyncGenerator<LandingObject & { readonly marked: boolean }> {
    for (let pageToken: string | undefined; ;) {
      const query = {
        autoPaginate: false,
        fields: LISTED_FIELDS,
        ...(pageToken === undefined ? {} : { pageToken }),
      };
      const [items, next] = await asStore(this.bucket.name, () => this.bucket.getFiles(query));
      // Asked for some fields only, the client gives items as they come, not as files.
      for (const item of items as unknown as ListedObject[]) yield landingObject(item);
      pageToken = (next as { pageToken?: string } | null)?.pageToken;
      if (pageToken === undefined) return;
    }
  }

  async statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]> {
    const statuses = new Map<LandingObject, ObjectStatus>();
    await forEachOf(objects, async (object) => {
      statuses.set(object, await this.statusOfOne(object));
    });
    return objects.map((object) => statuses.get(object) ?? 'gone');
  }

  private async statusOfOne(object: LandingObject): Promise<ObjectStatus> {
    const described = await ifThere(asStore(object.name, () => this.file(object).getMetadata()));
    if (!described) return 'gone';
    return described[0].metadata?.[MARK_KEY] === undefined ? 'waiting' : 'marked';
  }

  async *read(object: LandingObject): AsyncGenerator<Uint8Array> {
    try {
      // What is stored, not what it inflates to: the normalizer inflates, with a limit.
      yield* this.file(object).createReadStream({ decompress: false }) as AsyncIterable<Buffer>;
    } catch (error) {
      throw storeError(object.name, error);
    }
  }

  async mark(objects: readonly LandingObject[], mark: Mark, at: number): Promise<void> {
    await forEachOf(objects, (object) => this.markOne(object, mark, at));
  }

  private async markOne(object: LandingObject, mark: Mark, at: number): Promise<void> {
    const metadata = { [MARK_KEY]: mark };
    const customTime = new Date(at / 1000).toISOString();
    const onlyIf = { ifGenerationMatch: object.generation };
    const set = (change: FileMetadata) =>
      asStore(object.name, () => this.file(object).setMetadata(change, onlyIf));
    try {
      await set({ metadata, customTime });
    } catch (error) {
      if (error instanceof ObjectGoneError || error instanceof ObjectChangedError) return;
      // A custom time cannot be moved back: one that the sender has set ahead of ours stays.
      if (!(error instanceof StoreRefusal)) throw error;
      await set({ metadata });
    }
  }

  locate(name: string): string {
    return `gs://${this.bucket.name}/${name}`;
  }

  async find(name: string): Promise<StoredText | undefined> {
    for (;;) {
      const described = await ifThere(asStore(name, () => this.bucket.file(name).getMetadata()));
      if (!described) return undefined;
      const found = { name, generation: String(described[0].generation) };
      const content = await ifThere(asStore(name, () => this.file(found).download()));
      // Replaced between the two requests otherwise.
      if (content) return { ...found, text: content[0].toString('utf8') };
    }
  }

  async replace(name: string, text: string, known: ObjectGeneration | undefined): Promise<string> {
    const file = this.bucket.file(name);
    await asStore(name, () =>
      file.save(text, {
        resumable: false,
        contentType: 'application/json',
        preconditionOpts: { ifGenerationMatch: known?.generation ?? 0 },
      }),
    );
    return String(file.metadata.generation);
  }

  create(name: string): ObjectWriter {
    let upload: ObjectWriter | undefined;
    return {
      write: (bytes) => (upload ??= this.upload(name)).write(bytes),
      close: async () => {
        // A chunk names its first and last byte: nothing cannot be sent in chunks.
        if (upload) await upload.close();
        else await this.replace(name, '', undefined);
      },
      abort: () => {
        upload?.abort();
      },
    };
  }

  private upload(name: string): ObjectWriter {
    const stream = this.bucket.file(name).createWriteStream({
      resumable: true,
      chunkSize: UPLOAD_CHUNK_BYTES,
      contentType: 'application/x-ndjson',
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    const step = (work: (done: () => void) => void) => asStore(name, () => untilDone(stream, work));
    return {
      write: (bytes) =>
        step((done) => {
          if (stream.write(bytes)) done();
          else stream.once('drain', done);
        }),
      close: () =>
        step((done) => {
          stream.once('finish', done);
          stream.end();
        }),
      abort: () => {
        stream.destroy();
      },
    };
  }

  async remove(object: ObjectGeneration): Promise<void> {
    const file = this.bucket.file(object.name);
    await ifThere(
      asStore(object.name, () => file.delete({ ifGenerationMatch: object.generation })),
    );
  }

  private file({ name, generation }: ObjectGeneration): File {
    return this.bucket.file(name, { generation });
  }
}

function landingObject(item: ListedObject): LandingObject & { readonly marked: boolean } {
  const { name, generation, timeCreated, size, metadata } = item;
  return {
    name,
    generation,
    createdAt: Date.parse(timeCreated) * 1000,
    size: Number(size),
    marked: metadata?.[MARK_KEY] !== undefined,
  };
}

/** Waits for a step of a stream; the stream's error, of this step or of an earlier one, ends it. */
function untilDone(stream: Writable, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.errored) {
      reject(stream.errored);
      return;
    }
    stream.once('error', reject);
    work(() => {
      stream.off('error', reject);
      resolve();
    });
  });
}

/** Cloud Storage takes a request for wrong. */
class StoreRefusal extends StoreError {
  override readonly name = 'StoreRefusal';
}

async function asStore<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(place, error);
  }
}

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ObjectGoneError) return undefined;
    throw error;
  });
}

/** The client's messages may repeat what was sent: only the status and its code are kept. */
function storeError(place: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, name } = error as { code?: number | string; name?: string };
  const message = `${place}: Cloud Storage answers ${String(code ?? name)}`;
  if (code === 404) return new ObjectGoneError(message);
  if (code === 412) return new ObjectChangedError(message);
  if (code === 400) return new StoreRefusal(message);
  return new StoreError(message);
}

/** Does the same for each item, a few at a time; the first failure ends it. */
async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, worker));
}
