import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A local file as a landing object. */
export interface LocalObject {
  readonly path: string;
  /** The file's name: the same delivery has the same name wherever it lies. */
  readonly name: string;
  /** Begins a SHA-256 of the content: a changed file is a new generation, a touched one is not. */
  readonly generation: string;
  /** When the file was last written: microseconds since 1970-01-01T00:00:00Z. */
  readonly deliveredAt: number;
  /** Bytes as stored. */
  readonly size: number;
}

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

export async function localObject(path: string): Promise<LocalObject> {
  const { mtimeMs, size } = await stat(path);
  return {
    path,
    name: basename(path),
    generation: await contentHash(path),
    deliveredAt: Math.floor(mtimeMs * 1000),
    size,
  };
}

async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex').slice(0, 32);
}

function isHidden(relativePath: string): boolean {
  return relativePath.split(/[\\/]/).some((part) => part.startsWith('.'));
}
