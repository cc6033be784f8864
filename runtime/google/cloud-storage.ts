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
  undefinedIfGone,
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

/** The key of the generation that the mark was set on. A copied, restored or moved object has another one. */
export const MARKED_GENERATION_KEY = 'audience-import-generation';

/** Requests under way at once, for what is asked of each object. */
const CONCURRENT_REQUESTS = 16;

/** Bytes buffered per upload; must be a multiple of 256 KiB: https://cloud.google.com/storage/docs/performing-resumable-uploads */
const UPLOAD_CHUNK_BYTES = 8 * 2 ** 20;

/** The client repeats a failing request for this long before the sweep fails: the next sweep is soon. */
const RETRY_SECONDS = 60;

/** The fields that a store needs: without them, a listing of thousands is mostly other metadata. */
const LISTED_FIELDS = 'items(name,generation,timeCreated,customTime,size,metadata),nextPageToken';

interface ListedObject {
  readonly name: string;
  readonly generation: string;
  readonly timeCreated: string;
  readonly customTime?: string;
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

  /** @param folder outside of which nothing is listed; left out, all of the bucket is. */
  constructor(
    storage: Storage,
    name: string,
    private readonly folder?: string,
  ) {
    this.bucket = storage.bucket(name);
  }

  async *list(): AsyncGenerator<LandingObject & { readonly marked: boolean }> {
    for (let pageToken: string | undefined; ;) {
      const query = {
        autoPaginate: false,
        fields: LISTED_FIELDS,
        ...(this.folder === undefined ? {} : { prefix: `${this.folder}/` }),
        ...(pageToken === undefined ? {} : { pageToken }),
      };
      const [items, next] = await inStore(this.bucket.name, () => this.bucket.getFiles(query));
      // With `fields` set, the client returns raw items, not `File` objects.
      for (const item of items as unknown as ListedObject[]) yield landingObject(item);
      pageToken = (next as { pageToken?: string } | null)?.pageToken;
      if (pageToken === undefined) return;
    }
  }

  async statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]> {
    return mapBounded(objects, (object) => this.statusOfOne(object));
  }

  private async statusOfOne(object: LandingObject): Promise<ObjectStatus> {
    const described = await undefinedIfGone(
      inStore(object.name, () => this.file(object).getMetadata()),
    );
    if (!described) return 'gone';
    return isMarked(described[0].metadata, object.generation) ? 'marked' : 'waiting';
  }

  async *read(object: LandingObject): AsyncGenerator<Uint8Array> {
    try {
      // What is stored, not what it inflates to: the normalizer inflates, with a limit.
      yield* this.file(object).createReadStream({ decompress: false }) as AsyncIterable<Buffer>;
    } catch (error) {
      throw toStoreError(object.name, error);
    }
  }

  async mark(objects: readonly LandingObject[], mark: Mark, at: number): Promise<void> {
    await mapBounded(objects, (object) => this.markOne(object, mark, at));
  }

  private async markOne(object: LandingObject, mark: Mark, at: number): Promise<void> {
    const { name, generation, customTimeAt = -Infinity } = object;
    const change: FileMetadata = {
      metadata: { [MARK_KEY]: mark, [MARKED_GENERATION_KEY]: generation },
      // The lifecycle rule counts from the custom time. It cannot be moved back, so a later one of the sender stays.
      ...(mark === 'broken' || customTimeAt > at
        ? {}
        : { customTime: new Date(at / 1000).toISOString() }),
    };
    try {
      await inStore(name, () =>
        this.file(object).setMetadata(change, { ifGenerationMatch: generation }),
      );
    } catch (error) {
      if (error instanceof ObjectGoneError || error instanceof ObjectChangedError) return;
      throw error;
    }
  }

  locate(name: string): string {
    return `gs://${this.bucket.name}/${name}`;
  }

  async find(name: string): Promise<StoredText | undefined> {
    for (;;) {
      const described = await undefinedIfGone(
        inStore(name, () => this.bucket.file(name).getMetadata()),
      );
      if (!described) return undefined;
      const found = { name, generation: String(described[0].generation) };
      const content = await undefinedIfGone(inStore(name, () => this.file(found).download()));
      // Replaced between the two requests otherwise.
      if (content) return { ...found, text: content[0].toString('utf8') };
    }
  }

  async replace(name: string, text: string, known: ObjectGeneration | undefined): Promise<string> {
    const file = this.bucket.file(name);
    await inStore(name, () =>
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
    const step = (work: (done: () => void) => void) => inStore(name, () => untilDone(stream, work));
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
    await undefinedIfGone(
      inStore(object.name, () => file.delete({ ifGenerationMatch: object.generation })),
    );
  }

  private file({ name, generation }: ObjectGeneration): File {
    return this.bucket.file(name, { generation });
  }
}

function landingObject(item: ListedObject): LandingObject & { readonly marked: boolean } {
  const { name, generation, timeCreated, customTime, size, metadata } = item;
  return {
    name,
    generation,
    createdAt: Date.parse(timeCreated) * 1000,
    size: Number(size),
    ...(customTime === undefined ? {} : { customTimeAt: Date.parse(customTime) * 1000 }),
    marked: isMarked(metadata, generation),
  };
}

/** A mark without a generation was set by hand. */
function isMarked(
  metadata: Readonly<Record<string, unknown>> | undefined,
  generation: string,
): boolean {
  const { [MARK_KEY]: mark, [MARKED_GENERATION_KEY]: marked = generation } = metadata ?? {};
  return mark !== undefined && marked === generation;
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

async function inStore<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(place, error);
  }
}

/** The client's messages may repeat what was sent: only the status and its code are kept. */
function toStoreError(place: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, name } = error as { code?: number | string; name?: string };
  const message = `${place}: Cloud Storage answers ${String(code ?? name)}`;
  if (code === 404) return new ObjectGoneError(message);
  if (code === 412) return new ObjectChangedError(message);
  return new StoreError(message);
}

/** Some requests at a time. Once one has failed, no other is started. */
async function mapBounded<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  // The package has ES modules only, which CommonJS takes by `import()`.
  const { default: pMap } = await import('p-map');
  return pMap(items, work, { concurrency: CONCURRENT_REQUESTS, stopOnError: true });
}
