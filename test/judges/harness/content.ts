import { BigQueryInt, BigQueryTimestamp } from '@google-cloud/bigquery';
import { TABLE_NAMES, VIEW_NAMES } from '../../../runtime/warehouse/tables';
import type { Dialect } from '../../../runtime/warehouse/dialect';

export type Row = Record<string, unknown>;

/** Columns in which two engines that are both right differ: only whether they are NULL is compared. */
const OWN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  // Cloud Storage numbers the uploads of a name, a directory takes a hash of the content.
  'table membership_changes': ['source_generation'],
  'table rejected_changes': ['source_generation'],
  // Each engine names its runs.
  'table merge_lock': ['holder'],
  // The names again; and each run is committed when its engine's clock says.
  'table merge_runs': ['run_id', 'committed_at'],
  // Taken from committed_at.
  'view import_health': ['last_apply_at', 'last_purge_at', 'minutes_since_apply'],
};

/**
 * Everything that a warehouse holds: the rows of each table of the core dataset and of each published view,
 * in an order that does not depend on the engine.
 */
export async function contentOf(
  rowsOf: (sql: string) => Promise<Row[]>,
  dialect: Dialect,
): Promise<Record<string, Row[]>> {
  const references = [
    ...TABLE_NAMES.map((name) => [`table ${name}`, dialect.table(name)] as const),
    ...VIEW_NAMES.map((name) => [`view ${name}`, dialect.view(name)] as const),
  ];
  const content: Record<string, Row[]> = {};
  // One after the other: an embedded connection streams one result at a time.
  for (const [name, reference] of references) {
    const rows = await rowsOf(`SELECT * FROM ${reference}`);
    content[name] = inAnyOrder(rows.map((row) => masked(plainRow(row), OWN_COLUMNS[name] ?? [])));
  }
  return content;
}

/** Whole numbers as text, because not every client keeps them exact; time as 27 characters of ISO 8601. */
export function plainRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (value instanceof BigQueryInt) return value.value;
  if (value instanceof BigQueryTimestamp) return inMicroseconds(value.value);
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'object' && value !== null ? plainRow(value as Row) : value;
}

/** The client writes 3 digits of the second, or 9. */
function inMicroseconds(time: string): string {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function masked(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      columns.includes(name) && value !== null ? 'its own' : value,
    ]),
  );
}

function inAnyOrder(rows: Row[]): Row[] {
  const key = (row: Row) => JSON.stringify(Object.entries(row).sort());
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
