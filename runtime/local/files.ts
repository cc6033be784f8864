import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { ObjectChangedError, ObjectGoneError, StoreError } from '../ingest/stores';

/** Smaller files are hashed in one piece: most deliveries are small, and opening a stream takes longer. */
const HASHED_WHOLE_BYTES = 1 << 20;

/** The files at `path`: itself, or all below it but hidden ones, in the order of their names. */
export async function listFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isHidden(file.slice(path.length)))
    .sort();
}

function isHidden(relativePath: string): boolean {
  return relativePath.split(/[\\/]/).some((part) => part.startsWith('.'));
}

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
