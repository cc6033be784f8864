import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { STAGED_PREFIX } from '../ingest/staging-names';
import { toStoreError } from './files';
import {
  ObjectChangedError,
  undefinedIfGone,
  type ObjectGeneration,
  type ObjectWriter,
  type StagingStore,
  type StoredText,
} from '../ingest/stores';

/**
 * A directory as a staging store, for one process: the database file that it lies beside is locked while it is
 * in use. A file's inode and time of writing are its generation.
 */
export class LocalStaging implements StagingStore {
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly directory: string) {}

  locate(name: string): string {
    return join(this.directory, name);
  }

  async find(name: string): Promise<StoredText | undefined> {
    const generation = await this.generationOf(name);
    if (generation === undefined) return undefined;
    // It may be removed meanwhile.
    const text = await undefinedIfGone(inStore(() => readFile(this.locate(name), 'utf8')));
    return text === undefined ? undefined : { name, generation, text };
  }

  async replace(name: string, text: string, known: ObjectGeneration | undefined): Promise<string> {
    if (!known) {
      const writer = this.create(name);
      await writer.write(text);
      await writer.close();
      return this.newGeneration(name);
    }
    return this.inTurn(async () => {
      if ((await this.generationOf(name)) !== known.generation) {
        throw new ObjectChangedError(`${name}: has changed`);
      }
      const draft = await this.draft();
      await draft.handle.writeFile(text);
      await draft.handle.sync();
      await draft.handle.close();
      await rename(draft.path, this.locate(name));
      return this.newGeneration(name);
    });
  }

  create(name: string): ObjectWriter {
    const draft = this.draft();
    // It is awaited with the first write; an object that is given up before needs no handler of its own.
    draft.catch(() => undefined);
    return {
      write: async (bytes) => {
        await inStore(async () => (await draft).handle.appendFile(bytes));
      },
      close: async () => {
        await inStore(async () => {
          const { handle, path } = await draft;
          await handle.sync();
          await handle.close();
          await mkdir(dirname(this.locate(name)), { recursive: true });
          // Unlike a rename, a link does not replace what is there.
          await link(path, this.locate(name)).finally(() => unlink(path));
        });
      },
      abort: () => {
        void draft.then(discard).catch(() => undefined);
      },
    };
  }

  async remove({ name, generation }: ObjectGeneration): Promise<void> {
    await this.inTurn(async () => {
      const current = await this.generationOf(name);
      if (current === undefined) return;
      if (current !== generation) throw new ObjectChangedError(`${name}: has changed`);
      await unlink(this.locate(name));
    });
  }

  /** Removes what nobody needs once no batch is open; parked objects stay. */
  async tidy(): Promise<void> {
    await rm(this.locate(STAGED_PREFIX), { recursive: true, force: true });
    await rm(this.locate('drafts'), { recursive: true, force: true });
    await rmdir(this.directory).catch(() => undefined);
  }

  private async draft(): Promise<Draft> {
    const path = this.locate(join('drafts', randomUUID()));
    await mkdir(dirname(path), { recursive: true });
    return { path, handle: await open(path, 'wx') };
  }

  /** @returns `undefined` where there is no object of that name. */
  private async generationOf(name: string): Promise<string | undefined> {
    const found = await undefinedIfGone(inStore(() => stat(this.locate(name), { bigint: true })));
    return found && `${found.ino}-${found.mtimeNs}`;
  }

  private async newGeneration(name: string): Promise<string> {
    const generation = await this.generationOf(name);
    if (generation === undefined) throw new ObjectChangedError(`${name}: is gone`);
    return generation;
  }

  /** Comparing and changing are two steps: one change at a time. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(() => inStore(work));
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

interface Draft {
  readonly path: string;
  readonly handle: FileHandle;
}

async function discard({ path, handle }: Draft): Promise<void> {
  await handle.close();
  await rm(path, { force: true });
}

async function inStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
