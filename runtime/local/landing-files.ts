import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import {
  ObjectGoneError,
  type LandingObject,
  type LandingStore,
  type ObjectGeneration,
  type ObjectStatus,
} from '../ingest/stores';
import { unreadReason, type UnreadPath } from './find-files';
import { contentHash, toStoreError } from './files';

/** Remembers when objects were first seen, and which have been ingested: what a bucket keeps with the object itself. */
export interface ObjectLedger {
  /**
   * When each of these objects was first seen, in their order: microseconds since 1970-01-01T00:00:00Z. An object
   * that is new to the ledger is first seen `now`.
   */
  arrivals(objects: readonly ObjectGeneration[], now: number): Promise<readonly number[]>;
  /** Whether each of these objects has been marked, in their order. */
  areMarked(objects: readonly ObjectGeneration[]): Promise<readonly boolean[]>;
  /** All of them or none. */
  mark(objects: readonly ObjectGeneration[]): Promise<void>;
}

export interface LandingFilesPorts {
  /** The clock: microseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** Called once for each file that cannot be read; the others are listed and read all the same. */
  readonly onUnread?: (file: UnreadPath) => void;
}

/** Files looked at between two questions to the ledger. */
const LISTED_AT_ONCE = 1_000;

/**
 * Local files as delivered objects.
 *
 * An object's name is that of the file, wherever it lies, and its generation begins a SHA-256 of the content: a
 * changed file is a new generation, a touched, moved or copied one is not. An object arrives when it is first seen,
 * because the time of writing of a file moves with it. Nothing is written beside the files.
 */
export class LocalLanding implements LandingStore {
  private readonly known = new Map<string, { readonly stamp: string; readonly hash: string }>();
  private readonly arrivals = new Map<string, number>();
  private readonly unread = new Set<string>();

  constructor(
    private readonly files: readonly string[],
    private readonly ledger: ObjectLedger,
    private readonly ports: LandingFilesPorts,
  ) {}

  /** A second copy of an object is not listed: the first one stands for it. */
  async *list(): AsyncGenerator<LandingObject & { readonly marked: boolean }> {
    const listed = new Set<string>();
    for (let start = 0; start < this.files.length; start += LISTED_AT_ONCE) {
      const found: FoundObject[] = [];
      for (const file of this.files.slice(start, start + LISTED_AT_ONCE)) {
        const object = await this.readableObjectAt(file);
        if (!object || listed.has(keyOf(object))) continue;
        listed.add(keyOf(object));
        found.push(object);
      }
      const marked = await this.ledger.areMarked(found);
      const arrivals = await this.arrivalsOf(found);
      for (const [index, object] of found.entries()) {
        const createdAt = arrivals[index] ?? this.ports.now();
        yield { ...object, createdAt, marked: marked[index] === true };
      }
    }
  }

  async statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]> {
    const marked = await this.ledger.areMarked(objects);
    const statuses: ObjectStatus[] = [];
    for (const [index, object] of objects.entries()) {
      if (marked[index] === true) statuses.push('marked');
      else statuses.push((await this.isUnchanged(object)) ? 'waiting' : 'gone');
    }
    return statuses;
  }

  async *read(object: LandingObject): AsyncGenerator<Uint8Array> {
    const path = object.path ?? '';
    try {
      await this.requireUnchanged(object);
      yield* createReadStream(path) as AsyncIterable<Buffer>;
      await this.requireUnchanged(object);
    } catch (error) {
      this.noteUnread(path, error);
      throw toStoreError(error);
    }
  }

  async mark(objects: readonly LandingObject[]): Promise<void> {
    await this.ledger.mark(objects);
  }

  private async requireUnchanged(object: LandingObject): Promise<void> {
    if (!(await this.isUnchanged(object))) throw new ObjectGoneError(`${object.name}: has changed`);
  }

  private async isUnchanged(object: LandingObject): Promise<boolean> {
    try {
      return (await this.objectAt(object.path ?? '')).generation === object.generation;
    } catch (error) {
      if (toStoreError(error) instanceof ObjectGoneError) return false;
      throw error;
    }
  }

  /** @returns `undefined` if the file cannot be read, or is there no more. */
  private async readableObjectAt(path: string): Promise<FoundObject | undefined> {
    try {
      return await this.objectAt(path);
    } catch (error) {
      this.noteUnread(path, error);
      return undefined;
    }
  }

  private async objectAt(path: string): Promise<FoundObject> {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    const stamp = `${ino}-${size}-${mtimeNs}`;
    const known = this.known.get(path);
    const hash = known?.stamp === stamp ? known.hash : await contentHash(path, Number(size));
    this.known.set(path, { stamp, hash });
    return { path, name: basename(path), generation: hash, size: Number(size) };
  }

  private async arrivalsOf(objects: readonly FoundObject[]): Promise<readonly number[]> {
    const unknown = objects.filter((object) => !this.arrivals.has(keyOf(object)));
    const times = await this.ledger.arrivals(unknown, this.ports.now());
    for (const [index, object] of unknown.entries()) {
      this.arrivals.set(keyOf(object), times[index] ?? this.ports.now());
    }
    return objects.map((object) => this.arrivals.get(keyOf(object)) ?? this.ports.now());
  }

  private noteUnread(path: string, error: unknown): void {
    if (toStoreError(error) instanceof ObjectGoneError || this.unread.has(path)) return;
    this.unread.add(path);
    this.ports.onUnread?.({ path, reason: unreadReason(error) });
  }
}

type FoundObject = Omit<LandingObject, 'createdAt'> & { readonly path: string };

function keyOf({ name, generation }: ObjectGeneration): string {
  return `${generation}/${name}`;
}
