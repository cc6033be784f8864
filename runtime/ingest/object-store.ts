import type { Readable } from 'node:stream';

/** One generation of one object, as a listing shows it. */
export interface StoredObject {
  readonly name: string;
  /** A decimal string; an upload under the same name has another generation. */
  readonly generation: string;
  /** Bytes as stored (compressed, if the object is). */
  readonly size: number;
  /** When this generation was created: microseconds since 1970-01-01T00:00:00Z. */
  readonly createdAt: number;
  /** Set once the object has been ingested: microseconds since 1970-01-01T00:00:00Z. */
  readonly ingestedAt?: number;
}

/** The generation that was asked for no longer exists: it was overwritten or deleted. */
export class ObjectGoneError extends Error {
  override readonly name = 'ObjectGoneError';
  constructor(
    readonly object: string,
    readonly generation: string,
  ) {
    super(`object ${object}, generation ${generation}, no longer exists`);
  }
}

/**
 * One bucket, or one directory. The landing bucket and the staging bucket are two instances.
 *
 * Every method may fail before or after it took effect; callers repeat calls, so each is idempotent.
 */
export interface ObjectStore {
  /** Pages through the objects whose names start with `prefix`, in name order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Bytes of one generation as stored, not decompressed. @throws {ObjectGoneError} */
  read(object: Pick<StoredObject, 'name' | 'generation'>): Promise<Readable>;
  /** Writes an object that must not exist yet. An existing one is left alone and reported. */
  create(name: string, content: Readable | Buffer): Promise<'created' | 'exists'>;
  /** Starts the deletion clock of an ingested object. @throws {ObjectGoneError} */
  markIngested(object: Pick<StoredObject, 'name' | 'generation'>, at: number): Promise<void>;
  /** Deletes an object; one that is absent already is fine. */
  delete(name: string): Promise<void>;
  /** What a load job calls the object: `gs://bucket/name`, or a path. */
  uri(name: string): string;
}
