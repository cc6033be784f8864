import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';

import {
  ObjectGoneError,
  type LandingObject,
  type LandingStore,
  type ObjectGeneration,
  type ObjectStatus,
} from './object-store';
import { storeError } from './local-errors';

/** Remembers which objects have been ingested: what a bucket keeps as a mark on the object itself. */
export interface MarkLedger {
  isMarked(object: ObjectGeneration): Promise<boolean>;
  /** All of them or none. */
  mark(objects: readonly ObjectGeneration[]): Promise<void>;
}

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
    for (const file of this.files) {
      const object = await this.objectAt(file);
      const key = `${object.generation}/${object.name}`;
      const marked = seen.has(key) || (await this.ledger.isMarked(object));
      seen.add(key);
      yield { ...object, marked };
    }
  }

  async statusOf(objects: readonly LandingObject[]): Promise<readonly ObjectStatus[]> {
    const statuses: ObjectStatus[] = [];
    for (const object of objects) {
      if (await this.ledger.isMarked(object)) statuses.push('marked');
      else statuses.push((await this.isThere(object)) ? 'waiting' : 'gone');
    }
    return statuses;
  }

  async *read(object: LandingObject): AsyncGenerator<Uint8Array> {
    if (!(await this.isThere(object))) throw new ObjectGoneError(`${object.name}: has changed`);
    try {
      yield* createReadStream(object.path ?? '') as AsyncIterable<Buffer>;
    } catch (error) {
      throw storeError(error);
    }
    if (!(await this.isThere(object))) throw new ObjectGoneError(`${object.name}: has changed`);
  }

  async mark(objects: readonly LandingObject[]): Promise<void> {
    await this.ledger.mark(objects);
  }

  private async isThere(object: LandingObject): Promise<boolean> {
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
      const hash = known?.stamp === stamp ? known.hash : await contentHash(path);
      this.known.set(path, { stamp, hash });
      return {
        path,
        name: basename(path),
        generation: hash,
        createdAt: Number(mtimeNs / 1000n),
        size: Number(size),
      };
    } catch (error) {
      throw storeError(error);
    }
  }
}

async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex').slice(0, 32);
}
