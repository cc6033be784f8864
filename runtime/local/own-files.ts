import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** Where the rows on their way into a database file are staged. */
export function stagingDirectoryOf(database: string): string {
  return `${resolve(database)}.staging`;
}

/**
 * Whether a real path is that of a database file, or of what the engine and this program keep beside it. These may
 * lie in a directory that is ingested, or be reached from it by links, and are no deliveries.
 */
export async function ownFiles(database: string): Promise<(realPath: string) => boolean> {
  const path = resolve(database);
  // A directory is no database: opening it fails, and says so.
  if (await isDirectory(path)) return () => false;
  const beside = await realpath(dirname(path)).catch(() => dirname(path));
  // The database itself may be a link: the engine writes beside the one or the other.
  const bases = new Set([
    path,
    join(beside, basename(path)),
    await realpath(path).catch(() => path),
  ]);
  return (realPath) => [...bases].some((base) => isOf(base, realPath));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The engine's write-ahead log, the directory that it spills to, and that of staged rows. */
const OWN_SUFFIX = /^(?:|\.wal(?:\..*)?|\.tmp|\.staging)$/;

function isOf(base: string, realPath: string): boolean {
  if (!realPath.startsWith(base)) return false;
  const [suffix = ''] = realPath.slice(base.length).split(sep);
  return OWN_SUFFIX.test(suffix) && (suffix !== '' || realPath === base);
}
