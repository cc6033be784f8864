import {
  access as requireAccess,
  constants,
  open as openFile,
  realpath,
  rm,
  stat,
} from 'node:fs/promises';
import { resolve } from 'node:path';

import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';

import { formatTimestamp } from '../fields/timestamp';

/** The database cannot be used as asked. The message says why, in one line, and holds nothing of any row. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** Bytes 8 to 11 of every file of the engine: https://duckdb.org/docs/stable/internals/storage. */
const MAGIC = { text: 'DUCK', offset: 8 };

const IN_MEMORY = ':memory:';

/** One database file of the embedded engine: open it, query it, change it in transactions. */
export class DuckDbDatabase {
  private transactions: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly file: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens a database file; `:memory:` is kept nowhere. The file is not written to.
   *
   * @throws {DatabaseError} if another process holds the file, it is a file of another kind or cannot be read, or the
   *   optional package is not installed.
   */
  static async open(file: string, access: 'READ_WRITE' | 'READ_ONLY'): Promise<DuckDbDatabase> {
    const { DuckDBInstance } = await importDuckDb();
    await requireDatabaseFile(file, access);
    try {
      // Relative, a name such as "md:x" would be an address for the engine.
      const path = file === IN_MEMORY ? file : resolve(file);
      const instance = await DuckDBInstance.create(path, { access_mode: access });
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      return new DuckDbDatabase(file, instance, connection);
    } catch (error) {
      throw openingError(file, error);
    }
  }

  /**
   * Runs a statement.
   *
   * @returns the number of rows that it changed.
   * @throws {DatabaseError} if the machine is at fault, as a full disk is; any other error is the engine's own.
   */
  async run(sql: string, values: Record<string, DuckDBValue> = {}): Promise<number> {
    const { rowsChanged } = await this.blamingMachine(() => this.connection.run(sql, values));
    return rowsChanged;
  }

  /** All rows of a query, as the engine gives them. @throws {DatabaseError} as {@link run}. */
  async rows(
    sql: string,
    values: Record<string, DuckDBValue> = {},
  ): Promise<Record<string, DuckDBValue>[]> {
    const reader = await this.blamingMachine(() => this.connection.runAndReadAll(sql, values));
    return reader.getRowObjects();
  }

  /** The rows of a query as plain values: time as fixed-width ISO 8601, large integers as text. */
  async query(sql: string): Promise<{
    readonly columns: readonly string[];
    readonly rows: AsyncIterable<Record<string, unknown>>;
  }> {
    const result = await this.blamingMachine(() => this.connection.stream(sql));
    const columns = result.columnNames();
    const fetchChunk = () => this.blamingMachine(() => result.fetchChunk());
    const rows = async function* () {
      for (;;) {
        const chunk = await fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        for (const row of chunk.getRowObjects(columns)) yield plainRow(row);
      }
    };
    return { columns, rows: rows() };
  }

  /** Commits what `work` did, or nothing of it. A connection has one transaction: they take turns. */
  inTransaction<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.transactions.then(() => this.transact(work));
    this.transactions = turn.catch(() => undefined);
    return turn;
  }

  private async transact<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // After a failed write there may be no transaction left to roll back: the first error is the one to know.
      await this.connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async blamingMachine<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const fault = machineFault(error);
      throw fault === undefined ? error : new DatabaseError(`${this.file}: ${fault}`);
    }
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

function plainRow(row: Record<string, DuckDBValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('micros' in value) return formatTimestamp(Number(value.micros));
  if ('items' in value) return value.items.map(plainValue);
  if ('entries' in value) return plainRow(value.entries as Record<string, DuckDBValue>);
  return value.toString();
}

/** The package is optional: whoever uses the constructs alone does without it. */
export async function importDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch {
    throw new DatabaseError(
      'the embedded engine is not installed: run "npm install @duckdb/node-api" beside this package',
    );
  }
}

/** Whether the engine should be given this file at all: it opens CSV and SQLite files, too, as something else. */
async function requireDatabaseFile(
  file: string,
  access: 'READ_WRITE' | 'READ_ONLY',
): Promise<void> {
  if (file === IN_MEMORY) return;
  const path = resolve(file);
  // The engine takes what follows a question mark for options, and writes its log to another path.
  if (path.includes('?')) {
    throw new DatabaseError(`${file}: the path of a database cannot have a "?" in it`);
  }
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new DatabaseError(`${file}: a directory; name a file`);
    if (!found.isFile()) throw new DatabaseError(`${file}: not a regular file; name another file`);
    // The engine makes a file, and does not fill one that is there.
    if (found.size === 0 && access === 'READ_WRITE') {
      await requireAccess(path, constants.W_OK);
      await rm(await realpath(path));
    } else if (!(await hasMagic(path))) throw foreignFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error instanceof DatabaseError ? error : openingError(file, error);
  }
}

/** Whether there is anything in a file; not in one that is missing, and not in `:memory:`. */
export async function hasContent(file: string): Promise<boolean> {
  if (file === IN_MEMORY) return false;
  return stat(resolve(file)).then(
    ({ size }) => size > 0,
    // Opening it says why it cannot be read.
    () => false,
  );
}

async function hasMagic(path: string): Promise<boolean> {
  const handle = await openFile(path, 'r');
  try {
    const { text, offset } = MAGIC;
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(text.length),
      0,
      text.length,
      offset,
    );
    return buffer.toString('latin1', 0, bytesRead) === text;
  } finally {
    await handle.close();
  }
}

/** Said of a file of another program, of the engine or not. */
export function foreignFile(file: string): DatabaseError {
  return new DatabaseError(`${file}: not a database of this program; name another file`);
}

/**
 * What the operating system says when the machine is at fault. These texts are known, so that nothing else of
 * the engine's message, which may repeat rows, is passed on.
 */
const MACHINE_FAULTS =
  /No space left on device|not enough space on the disk|Disk quota exceeded|File too large|Permission denied|Operation not permitted|Read-only file system|Input\/output error|Too many open files|Cannot allocate memory|Out of Memory/i;

/** Errors of a native module are not always instances of this realm's `Error`. */
export function messageOf(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** @returns undefined if the error is about a statement or its rows. */
function machineFault(error: unknown): string | undefined {
  const message = messageOf(error);
  // A conversion error may repeat text of a row.
  if (!/^(?:IO|TransactionContext|FATAL|Out of Memory|Permission)\b/.test(message))
    return undefined;
  return MACHINE_FAULTS.exec(message)?.[0];
}

function openingError(file: string, error: unknown): DatabaseError {
  const message = messageOf(error);
  if (/\block\b/i.test(message)) {
    return new DatabaseError(`${file}: another process is using this database; wait until it ends`);
  }
  if (/not a valid DuckDB|file header|serializ/i.test(message)) return foreignFile(file);
  return new DatabaseError(
    `${file}: cannot be opened as a database: ${message.split('\n')[0] ?? ''}`,
  );
}
