/** One generation of one object: a new upload under the same name is another one. */
export interface ObjectGeneration {
  readonly name: string;
  readonly generation: string;
}

/** A delivered object, as a listing shows it. */
export interface LandingObject extends ObjectGeneration {
  /** When it was written: microseconds since 1970-01-01T00:00:00Z. */
  readonly createdAt: number;
  /** Bytes as stored. */
  readonly size: number;
  /** The custom time that the sender has set, in microseconds since 1970-01-01T00:00:00Z; absent if none. */
  readonly customTimeAt?: number;
  /** Where a local store finds it; Cloud Storage needs no more than the name. */
  readonly path?: string;
}

/** Whether an object still waits to be ingested, has been, or is there no more (deleted or overwritten). */
export type ObjectStatus = 'waiting' | 'marked' | 'gone';

/**
 * What the mark on an object says of it. `ingested` and `parked` start the clock of its deletion; `broken` does not, so
 * that the only copy stays until a person has decided.
 */
export type Mark = 'ingested' | 'parked' | 'broken';

/** Where objects are delivered. Nothing is written here but marks. */
export interface LandingStore {
  /** Every object, in no particular order. */
  list(): AsyncIterable<LandingObject & { readonly marked: boolean }>;

  /** The status of each of these objects now, in their order. */
  statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]>;

  /**
   * The bytes of exactly this generation.
   *
   * @throws {ObjectGoneError} when it is there no more.
   */
  read(object: LandingObject): AsyncIterable<Uint8Array>;

  /**
   * Marks objects. An object that has a mark keeps it; one that is gone is passed over.
   *
   * @param at microseconds since 1970-01-01T00:00:00Z.
   */
  mark(objects: readonly LandingObject[], mark: Mark, at: number): Promise<void>;
}

/** A small object and what it holds. */
export interface StoredText extends ObjectGeneration {
  readonly text: string;
}

/** An object in the making. It exists from {@link close} on, whole, or not at all. */
export interface ObjectWriter {
  /** Resolves when more may be written. */
  write(bytes: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Gives up: nothing of it will exist. */
  abort(): void;
}

/** Where the sweep keeps its manifest, and rows on their way into the warehouse. */
export interface StagingStore {
  /** How a load job names an object of this store: a `gs://` URI, or a path. */
  locate(name: string): string;

  /** The newest generation of a small object; `undefined` where there is none. */
  find(name: string): Promise<StoredText | undefined>;

  /**
   * Writes a small object in the place of the generation that is known, or where there is none.
   *
   * @returns the new generation.
   * @throws {ObjectChangedError} when another writer was first.
   */
  replace(name: string, text: string, known: ObjectGeneration | undefined): Promise<string>;

  /** Begins a new object. Closing it throws {@link ObjectChangedError} where there is one of that name. */
  create(name: string): ObjectWriter;

  /**
   * Removes this generation; it is no error when there is none.
   *
   * @throws {ObjectChangedError} when there is another one.
   */
  remove(object: ObjectGeneration): Promise<void>;
}

/** A store cannot do what it was asked. The message holds no content of any object. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** The generation asked for was deleted or overwritten. */
export class ObjectGoneError extends StoreError {
  override readonly name = 'ObjectGoneError';
}

/** Another writer changed the object first. */
export class ObjectChangedError extends StoreError {
  override readonly name = 'ObjectChangedError';
}

/** Takes "it is gone" for an answer. */
export async function undefinedIfGone<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ObjectGoneError) return undefined;
    throw error;
  });
}
