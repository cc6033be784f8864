import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { duckDbDialect } from '../../../runtime/local/duckdb-dialect';
import { VIEW_NAMES, type ViewName } from '../../../runtime/warehouse/tables';
import { UsageError, write, type CommandIo } from '../output/command-io';
import {
  csvLines,
  csvRow,
  formatJsonLine,
  formatTable,
  type Row,
  type RowFormat,
} from '../output/row-format';

/** Tables of the core dataset that `show` prints, too. */
const SHOWN_TABLES = ['rejected_changes'] as const;

export const SHOWN = [...VIEW_NAMES, ...SHOWN_TABLES] as const;
export type Shown = ViewName | (typeof SHOWN_TABLES)[number];

/** A table is laid out in memory, so its rows are limited; the other formats print all rows. */
const MAX_TABLE_ROWS = 1000;

export async function show(
  name: Shown,
  database: string,
  format: RowFormat,
  io: CommandIo,
): Promise<void> {
  if (database === ':memory:') {
    throw new UsageError(`${database}: such a database ends with the command; name a file`);
  }
  if (!(await stat(database).catch(() => undefined))) {
    throw new UsageError(`${database}: no such database; "audience-import apply" creates one`);
  }
  const warehouse = await DuckDbWarehouse.openForReading(database);
  try {
    const { columns, rows } = await warehouse.query(
      `SELECT * FROM ${reference(name)} ORDER BY ALL`,
    );
    await printRows(columns, rows, format, io);
  } finally {
    warehouse.close();
  }
}

function reference(name: Shown): string {
  return name === 'rejected_changes' ? duckDbDialect.table(name) : duckDbDialect.view(name);
}

async function printRows(
  columns: readonly string[],
  rows: AsyncIterable<Row>,
  format: RowFormat,
  io: CommandIo,
): Promise<void> {
  if (format === 'table') return printTable(columns, rows, io);
  if (format === 'csv') return printCsv(columns, rows, io);
  for await (const row of rows) await write(io.stdout, formatJsonLine(row));
}

async function printCsv(
  columns: readonly string[],
  rows: AsyncIterable<Row>,
  io: CommandIo,
): Promise<void> {
  const records = async function* () {
    for await (const row of rows) yield csvRow(columns, row);
  };
  await pipeline(Readable.from(records()), csvLines(columns), io.stdout, { end: false });
}

async function printTable(
  columns: readonly string[],
  rows: AsyncIterable<Row>,
  io: CommandIo,
): Promise<void> {
  const shown: Row[] = [];
  let more = 0;
  for await (const row of rows) {
    if (shown.length < MAX_TABLE_ROWS) shown.push(row);
    else more += 1;
  }
  await write(io.stdout, formatTable(columns, shown));
  if (more > 0)
    io.stderr.write(`and ${more.toLocaleString('en')} more rows: use --format jsonl or csv\n`);
}
