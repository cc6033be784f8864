import Table from 'cli-table3';

/** A row of a published view: column name to printable value. */
export type Row = Readonly<Record<string, unknown>>;

export const ROW_FORMATS = ['table', 'jsonl', 'csv'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

const MAX_CELL_LENGTH = 48;

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

export function formatCsvHeader(columns: readonly string[]): string {
  return `${columns.map(csvField).join(',')}\n`;
}

export function formatCsvLine(columns: readonly string[], row: Row): string {
  return `${columns.map((column) => csvField(cellText(row[column]))).join(',')}\n`;
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

/** Names are written by others: a control character in one must not reach the terminal. */
function printable(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- the expression looks for control characters.
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Long cells keep their start and their end; the other formats print them whole. */
function shortened(text: string): string {
  if (text.length <= MAX_CELL_LENGTH) return text;
  return `${text.slice(0, MAX_CELL_LENGTH - 13)}…${text.slice(-12)}`;
}

/** RFC 4180: quoted only where the text would be ambiguous without. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
