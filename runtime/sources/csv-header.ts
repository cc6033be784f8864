import { parse } from 'csv-parse/sync';

import type { Fault } from '../change';

/** The documented columns that a CSV header must have; the name of the audience may be absent. */
const REQUIRED_COLUMNS = ['mpId', 'audience_id', 'membership_action', 'timestamp'] as const;

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Where each column that is read stands: its documented name, and the index of its cell. */
export type Columns = ReadonlyMap<string, number>;

export interface CsvHeader {
  readonly delimiter: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Finds the header among the first lines of an object, and by it the delimiter. A header is a line with all
 * required columns, whatever stands before it.
 *
 * @returns a fault where there is no such line; it names the column that the nearest line lacks or repeats.
 */
export function findHeader(lines: readonly string[]): CsvHeader | Fault {
  let nearest: { readonly found: number; readonly fault: Fault } | undefined;
  for (const [index, line] of lines.entries()) {
    for (const delimiter of DELIMITERS) {
      if (!line.includes(delimiter)) continue;
      const cells = parseCells(line, delimiter) ?? [];
      const fault = headerFault(cells);
      if (!fault) return { delimiter, line: index + 1 };
      const found = REQUIRED_COLUMNS.filter((column) => indicesOf(column, cells).length > 0).length;
      if (found > (nearest?.found ?? 0)) nearest = { found, fault };
    }
  }
  return nearest?.fault ?? { reason: 'format_unknown' };
}

/**
 * The columns of a header; `undefined` for a record that is no header. Names match without regard to case and to
 * spaces around them.
 */
export function parseColumns(
  cells: readonly string[],
  names: readonly string[],
): Columns | undefined {
  if (headerFault(cells)) return undefined;
  const columns = new Map<string, number>();
  for (const name of names) {
    const [index] = indicesOf(name, cells);
    if (index !== undefined) columns.set(name, index);
  }
  return columns;
}

/**
 * The cells of one record, which may hold line breaks in quotes; `undefined` where its quoting is broken.
 *
 * @example parseCells('1,"a, b"', ',') // ['1', 'a, b']
 */
export function parseCells(record: string, delimiter: string): string[] | undefined {
  if (!record.includes('"')) return record.split(delimiter);
  return parseRecords(record, delimiter)?.[0];
}

/** The cells of several records, one after the other; `undefined` where the quoting of any is broken. */
export function parseRecords(text: string, delimiter: string): string[][] | undefined {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      // Spaces around quotes; a tab that is a delimiter would be left out with them.
      trim: delimiter !== '\t',
    });
  } catch {
    return undefined;
  }
}

function headerFault(cells: readonly string[]): Fault | undefined {
  const field = REQUIRED_COLUMNS.find((column) => indicesOf(column, cells).length !== 1);
  return field === undefined ? undefined : { reason: 'csv_header_invalid', field };
}

function indicesOf(column: string, cells: readonly string[]): number[] {
  const name = column.toLowerCase();
  return [...cells.keys()].filter((index) => cells[index]?.trim().toLowerCase() === name);
}
