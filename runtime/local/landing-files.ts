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
import { contentHash, toStoreError } from './files';

/** Remembers which objects have been ingested: what a bucket keeps as a mark on the object itself. */
export interface MarkLedger {
  /** Whether each of these objects has been marked, in their order. */
  areMarked(objects: readonly ObjectGeneration[]): Promise<readonly boolean[]>;
  /** All of them or none. */
  mark(objects: readonly ObjectGeneration[]): Promise<void>;
}

/** Files looked at between two questions to the ledger. */
const LISTED_AT_ONCE = 1_000;

/**
 * Local files as delivered objects.
 *
 * An object's name is that of the file, wherever it lies, and its generation begins a SHA-256 of the content: a
 * changed file is a new generation, a touched, moved or copied one is not. Nothing is written beside the files.
 */
export class LocalLanding implements LandingStore {
  private readonly known = new Map<string, { readonly stamp: string; readonly hash: string }>();

  constructor(
    private readonly files: readonly string[],
    private readonly ledger: MarkLedger,
  ) {}

  /** A second copy of an object is listed as marked: the first one stands for it. */
  async *list(): AsyncGenerator<LandingObject & { readonly marked: boolean }> {
    const seen = new Set<string>();
    for (let start = 0; start < this.files.length; start += LISTED_AT_ONCE) {
      const objects: LandingObject[] = [];
      for (const file of this.files.slice(start, start + LISTED_AT_ONCE)) {
        objects.push(await this.objectAt(file));
      }
      const marked = await this.ledger.areMarked(objects);
      for (const [index, object] of objects.entries()) {
        const key = `${object.generation}/${object.name}`;
        yield { ...object, marked: seen.has(key) || marked[index] === true };
        seen.add(key);
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
    if (!(await this.isUnchanged(object))) throw new ObjectGoneError(`${object.name}: has changed`);
    try {
      yield* createReadStream(object.path ?? '') as AsyncIterable<Buffer>;
    } catch (error) {
      throw toStoreError(error);
    }
    if (!(await this.isUnchanged(object))) throw new ObjectGoneError(`${object.name}: has changed`);
  }

  async mark(objects: readonly LandingObject[]): Promise<void> {
    await this.ledger.mark(objects);
  }

  private async isUnchanged(object: LandingObject): Promise<boolean> {
    try {
      return (await this.objectAt(object.path ?? '')).generation === object.generation;
    } catch (error) {
      if (error instanceof ObjectGoneError) return false;
      throw error;
    }
  }

  /** @throws {StoreError} */
  private async objectAt(path: string): Promise<LandingObject> {
    try {
      const { mtimeNs, size, ino } = await stat(path, { bigint: true });
      const stamp = `${ino}-${size}-${mtimeNs}`;
      const known = this.known.get(path);
      const hash = known?.stamp === stamp ? known.hash : await contentHash(path, Number(size));
      this.known.set(path, { stamp, hash });
      return {
        path,
        name: basename(path),
        generation: hash,
        createdAt: Number(mtimeNs / 1000n),
        size: Number(size),
      };
    } catch (error) {
      throw toStoreError(error);
    }
  }
}
