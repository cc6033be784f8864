import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { ObjectChangedError, ObjectGoneError, StoreError } from '../ingest/stores';

/** Smaller files are hashed in one piece: most deliveries are small, and opening a stream takes longer. */
const HASHED_WHOLE_BYTES = 1 << 20;

/** Begins the SHA-256 of what the file holds. */
export async function contentHash(path: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  if (size <= HASHED_WHOLE_BYTES) hash.update(await readFile(path));
  else await pipeline(createReadStream(path, { highWaterMark: HASHED_WHOLE_BYTES }), hash);
  return hash.digest('hex').slice(0, 32);
}

/** An error of the file system as one of a store. Its message names the path and the cause. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new ObjectGoneError(message);
  if (code === 'EEXIST') return new ObjectChangedError(message);
  return new StoreError(message);
}
