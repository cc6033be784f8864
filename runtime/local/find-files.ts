import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** A path that cannot be ingested, and why. */
export interface UnreadPath {
  /** As it can be printed: bytes that are not UTF-8 are written as `\xE9`. */
  readonly path: string;
  readonly reason: string;
}

/** What {@link findFiles} found, and what it left out. */
export interface FoundFiles {
  /** Absolute paths, in their order. */
  readonly files: readonly string[];
  /** Files and directories below the given ones whose names begin with a dot. */
  readonly hidden: number;
  /** Links to a file that is found under another name. */
  readonly otherNames: number;
  readonly unread: readonly UnreadPath[];
}

export interface FindOptions {
  /** Files that are no deliveries, and directories of such files, by their real paths. */
  readonly isOwn?: (realPath: string) => boolean;
}

/**
 * The files at the paths, and below those that are directories. Links are followed; each file is found once, under
 * its own name if that is among the paths. What cannot be read is named, and does not keep the others back.
 */
export async function findFiles(
  paths: readonly string[],
  { isOwn = () => false }: FindOptions = {},
): Promise<FoundFiles> {
  const search = new Search(isOwn);
  for (const path of paths) await search.visitGiven(path);
  return search.found();
}

/** What the operating system says, in the words of a user. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ELOOP: 'a link that leads back to itself',
  EIO: 'the device cannot read it',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'no such file or directory',
};

/** Why a file cannot be read, without its path. */
export function unreadReason(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

class Search {
  private readonly pathByRealPath = new Map<string, string>();
  private readonly directories = new Set<string>();
  private readonly unread: UnreadPath[] = [];
  private hidden = 0;
  private otherNames = 0;

  constructor(private readonly isOwn: (realPath: string) => boolean) {}

  found(): FoundFiles {
    const { hidden, otherNames, unread } = this;
    return { files: [...this.pathByRealPath.values()].sort(), hidden, otherNames, unread };
  }

  async visitGiven(path: string): Promise<void> {
    const found = await this.followed(path, 'no such file or directory');
    if (!found) return;
    if (this.isOwn(found.real)) this.leaveOut(path, 'belongs to the database');
    else await this.visit(resolve(path), found);
  }

  /** What the path leads to, by links or directly. */
  private async followed(path: string, missing: string): Promise<Followed | undefined> {
    try {
      const found = await stat(path);
      const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
      return { kind, real: await realpath(path) };
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      this.leaveOut(path, isMissing ? missing : unreadReason(error));
      return undefined;
    }
  }

  private async visit(path: string, { kind, real }: Followed): Promise<void> {
    if (this.isOwn(real)) return;
    if (kind === 'directory') await this.visitDirectory(path, real);
    else if (kind === 'file') this.visitFile(path, real);
    else this.leaveOut(path, 'neither a file nor a directory');
  }

  private visitFile(path: string, real: string): void {
    const other = this.pathByRealPath.get(real);
    if (other !== undefined && basename(other) !== basename(path)) this.otherNames += 1;
    // The name of a delivery says which audience it is of: a file's own name goes before that of a link.
    if (other === undefined || basename(path) === basename(real)) {
      this.pathByRealPath.set(real, path);
    }
  }

  private async visitDirectory(path: string, real: string): Promise<void> {
    if (this.directories.has(real)) return;
    this.directories.add(real);
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch(
      (error: unknown) => {
        this.leaveOut(path, unreadReason(error));
        return [];
      },
    );
    for (const entry of entries.sort((one, other) => one.name.compare(other.name))) {
      const name = utf8(entry.name);
      if (entry.name[0] === DOT) {
        this.hidden += 1;
      } else if (name === undefined) {
        this.leaveOut(join(path, escaped(entry.name)), 'the name is not UTF-8; rename it');
      } else if (entry.isSymbolicLink()) {
        const found = await this.followed(join(path, name), 'a link to nothing');
        if (found) await this.visit(join(path, name), found);
      } else {
        const kind = entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'other';
        await this.visit(join(path, name), { kind, real: join(real, name) });
      }
    }
  }

  private leaveOut(path: string, reason: string): void {
    this.unread.push({ path, reason });
  }
}

interface Followed {
  readonly kind: 'directory' | 'file' | 'other';
  readonly real: string;
}

const DOT = '.'.charCodeAt(0);

/** Like the name of an object in Cloud Storage, that of a file must be UTF-8. */
function utf8(name: Buffer): string | undefined {
  const text = name.toString('utf8');
  return Buffer.from(text, 'utf8').equals(name) ? text : undefined;
}

/** @example escaped(Buffer.from('Caf\xe9', 'latin1')) // 'Caf\\xE9' */
function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(
      /[^ -~]/g,
      (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}
