import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';

import { formatTimestamp } from '../fields/timestamp';

/** The database cannot be used as asked; the message says why, in one line. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** One database file of the embedded engine: open it, query it, change it in transactions. */
export class DuckDbDatabase {
  private transactions: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens a database file; `:memory:` is kept nowhere.
   *
   * @throws {DatabaseError} if another process holds the file, the file is no database, or the optional package
   *   is not installed.
   */
  static async open(file: string, access: 'READ_WRITE' | 'READ_ONLY'): Promise<DuckDbDatabase> {
    const { DuckDBInstance } = await importDuckDb();
    try {
      const instance = await DuckDBInstance.create(file, { access_mode: access });
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      return new DuckDbDatabase(instance, connection);
    } catch (error) {
      throw openingError(file, error);
    }
  }

  /** Runs a statement. @returns the number of rows that it changed. */
  async run(sql: string, values: Record<string, DuckDBValue> = {}): Promise<number> {
    const { rowsChanged } = await this.connection.run(sql, values);
    return rowsChanged;
  }

  /** All rows of a query, as the engine gives them. */
  async rows(
    sql: string,
    values: Record<string, DuckDBValue> = {},
  ): Promise<Record<string, DuckDBValue>[]> {
    const reader = await this.connection.runAndReadAll(sql, values);
    return reader.getRowObjects();
  }

  /** The rows of a query as plain values: time as fixed-width ISO 8601, large integers as text. */
  async query(sql: string): Promise<{
    readonly columns: readonly string[];
    readonly rows: AsyncIterable<Record<string, unknown>>;
  }> {
    const result = await this.connection.stream(sql);
    const columns = result.columnNames();
    const rows = async function* () {
      for (;;) {
        const chunk = await result.fetchChunk();
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
    await this.connection.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.connection.run('COMMIT');
      return result;
    } catch (error) {
      await this.connection.run('ROLLBACK');
      throw error;
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

function openingError(file: string, error: unknown): DatabaseError {
  const message = error instanceof Error ? error.message : String(error);
  if (/lock/i.test(message)) {
    return new DatabaseError(`${file}: another process is using this database; wait until it ends`);
  }
  if (/not a valid DuckDB|file header|serializ/i.test(message)) {
    return new DatabaseError(`${file}: not a database of this program; name another file`);
  }
  return new DatabaseError(
    `${file}: cannot be opened as a database: ${message.split('\n')[0] ?? ''}`,
  );
}
