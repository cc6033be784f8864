import type { Dialect } from '../warehouse/dialect';
import type { Column, Table } from '../warehouse/tables';

/** How the embedded engine names things: two schemas of one file, and `$` before a parameter. */
export const duckDbDialect: Dialect = {
  table: (name) => `core.${name}`,
  view: (name) => `published.${name}`,
  parameter: (name) => `$${name}`,
  createTemporary: (name) => `CREATE OR REPLACE TEMP TABLE ${name}`,
  elements: (array, alias) => `UNNEST(${array}) AS ${alias}(${alias})`,
};

/**
 * The GoogleSQL functions that the shared statements use and the embedded engine lacks, or has otherwise. They
 * are stored in the database file, so that a reader who opens it finds the views working.
 */
export const DUCKDB_PRELUDE: readonly string[] = [
  'CREATE OR REPLACE MACRO CURRENT_TIMESTAMP() AS now()',
  'CREATE OR REPLACE MACRO TIMESTAMP_SUB(t, i) AS t - i',
  'CREATE OR REPLACE MACRO TIMESTAMP_ADD(t, i) AS t + i',
  'CREATE OR REPLACE MACRO TIMESTAMP_MICROS(us) AS make_timestamptz(us)',
  'CREATE OR REPLACE MACRO UNIX_MICROS(t) AS epoch_us(t)',
  'CREATE OR REPLACE MACRO DIV(a, b) AS a // b',
  // The engine's own counts NULL where there is no row; GoogleSQL's counts 0.
  'CREATE OR REPLACE MACRO COUNTIF(x) AS COUNT(CASE WHEN x THEN 1 END)',
];

const DUCKDB_TYPES = {
  STRING: 'VARCHAR',
  INTEGER: 'BIGINT',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
} as const;

/** The type of a column on the embedded engine. */
export function duckDbType(column: Column): string {
  const scalar =
    column.type === 'RECORD'
      ? `STRUCT(${(column.fields ?? []).map((field) => `${field.name} ${duckDbType(field)}`).join(', ')})`
      : DUCKDB_TYPES[column.type];
  return column.mode === 'REPEATED' ? `${scalar}[]` : scalar;
}

/** `CREATE TABLE` for the embedded engine, which knows neither partitions nor clusters. */
export function createDuckDbTable(reference: string, table: Table): string {
  const columns = table.columns.map(
    (column) =>
      `  ${column.name} ${duckDbType(column)}` +
      (column.defaultValueExpression ? ` DEFAULT ${column.defaultValueExpression}` : '') +
      (column.mode === 'REQUIRED' ? ' NOT NULL' : ''),
  );
  return `CREATE TABLE IF NOT EXISTS ${reference} (\n${columns.join(',\n')}\n)`;
}

/** Adds the columns that a table of an earlier version lacks: appended columns are NULLABLE, see `TABLES`. */
export function addDuckDbColumns(reference: string, table: Table): readonly string[] {
  return table.columns
    .filter(({ mode }) => mode === 'NULLABLE')
    .map(
      (column) =>
        `ALTER TABLE ${reference} ADD COLUMN IF NOT EXISTS ${column.name} ${duckDbType(column)}`,
    );
}
