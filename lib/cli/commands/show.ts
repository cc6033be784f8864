import { stat } from 'node:fs/promises';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { VIEW_NAMES, type ViewName } from '../../../runtime/warehouse/tables';
import { write, type CommandIo } from '../output/command-io';
import {
  formatCsvHeader,
  formatCsvLine,
  formatJsonLine,
  formatTable,
  type Row,
  type RowFormat,
} from '../output/row-format';
import { UsageError } from '../usage-error';

/** Core tables that `show` prints beside the published views. */
const SHOWN_TABLES = ['rejected_changes'] as const;

export const SHOWN = [...VIEW_NAMES, ...SHOWN_TABLES] as const;
export type Shown = ViewName | (typeof SHOWN_TABLES)[number];

/** A table is laid out in memory, and nobody reads more rows of one; the other formats print all. */
const MAX_TABLE_ROWS = 1000;

export async function show(
  name: Shown,
  database: string,
  format: RowFormat,
  io: CommandIo,
): Promise<void> {
  if (!(await stat(database).catch(() => undefined))) {
    throw new UsageError(`${database}: no such database; "audience-import apply" makes one`);
  }
  const engine = await DuckDbWarehouse.openForReading(database);
  try {
    const schema = name === 'rejected_changes' ? 'core' : 'published';
    const { columns, rows } = await engine.query(`SELECT * FROM ${schema}.${name} ORDER BY ALL`);
    await printRows(columns, rows, format, io);
  } finally {
    engine.close();
  }
}

async function printRows(
  columns: readonly string[],
  rows: AsyncIterable<Row>,
  format: RowFormat,
  io: CommandIo,
): Promise<void> {
  if (format === 'table') return printTable(columns, rows, io);
  if (format === 'csv') await write(io.stdout, formatCsvHeader(columns));
  for await (const row of rows) {
    await write(io.stdout, format === 'csv' ? formatCsvLine(columns, row) : formatJsonLine(row));
  }
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
