import { stringify, type Stringifier } from 'csv-stringify';
import Table from 'cli-table3';
import stringWidth from 'string-width';

import { printable } from './printable';

/** A row of a published view: column name to printable value. */
export type Row = Readonly<Record<string, unknown>>;

export const ROW_FORMATS = ['table', 'jsonl', 'csv'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Columns of the terminal that one cell may take: its start, an ellipsis and its end. */
const CELL_WIDTH = { start: 35, end: 12 } as const;
const MAX_CELL_WIDTH = CELL_WIDTH.start + 1 + CELL_WIDTH.end;

/** Two spaces between columns and a rule below the head, so that `cut` and `awk` can read a table, too. */
const lines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '─',
  'mid-mid': '  ',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows as an aligned table. A single row of many columns is printed with one column a line. */
export function formatTable(columns: readonly string[], rows: readonly Row[]): string {
  const [only] = rows;
  if (rows.length === 1 && only && columns.length > 6) {
    return alignedTable(
      [],
      columns.map((column) => [column, cellText(only[column])]),
    );
  }
  return alignedTable(
    columns,
    rows.map((row) => columns.map((column) => cellText(row[column]))),
  );
}

export function formatJsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

/**
 * A stream that takes rows and gives lines of CSV, the header first.
 *
 * Names are written by others, and a spreadsheet would run one that begins with `=` as a formula: a text that a
 * spreadsheet might run gets an apostrophe before it. JSON lines have every text as it is.
 */
export function csvLines(columns: readonly string[]): Stringifier {
  return stringify({
    header: true,
    columns: columns.map((key) => ({ key })),
    escape_formulas: true,
    cast: { boolean: String },
  });
}

/** A row for {@link csvLines}. A negative integer is no formula, so it is passed on as a number. */
export function csvRow(columns: readonly string[], row: Row): unknown[] {
  return columns.map((column) => {
    const value = row[column];
    return typeof value === 'string' && /^-[1-9]\d*$/.test(value) ? BigInt(value) : value;
  });
}

function alignedTable(head: readonly string[], rows: readonly string[][]): string {
  const table = new Table({
    head: [...head],
    chars: lines,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((cell) => shortened(printable(cell)))));
  const trimmed = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return `${trimmed.join('\n')}\n`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- objects are handled above.
  return String(value);
}

/** Long cells keep their start and their end; the other formats print them whole. */
function shortened(text: string): string {
  if (stringWidth(text) <= MAX_CELL_WIDTH) return text;
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const start = takeWidth(characters, CELL_WIDTH.start);
  const end = takeWidth(characters.reverse(), CELL_WIDTH.end).reverse();
  return `${start.join('')}…${end.join('')}`;
}

/** The first characters, whole, that are no wider together than `width`. */
function takeWidth(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let left = width;
  for (const character of characters) {
    left -= stringWidth(character);
    if (left < 0) break;
    taken.push(character);
  }
  return taken;
}
