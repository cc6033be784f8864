import type { Column, Table } from './tables';

/**
 * A table's columns as the BigQuery API spells them. The provider compares schemas as text: names, modes
 * and the order of keys are always the same, so that a plan shows a difference only where there is one.
 */
export function schemaJson(table: Table): string {
  return JSON.stringify(table.columns.map(apiColumn), undefined, 2);
}

function apiColumn(column: Column): object {
  return {
    name: column.name,
    type: column.type,
    mode: column.mode,
    description: column.description,
    ...(column.fields ? { fields: column.fields.map(apiColumn) } : {}),
    ...(column.defaultValueExpression
      ? { defaultValueExpression: column.defaultValueExpression }
      : {}),
  };
}

/** A table's columns as a load job names them: those that it provides. */
export function loadSchema(table: Table): { readonly fields: LoadField[] } {
  return { fields: loadedColumns(table).map(loadField) };
}

interface LoadField {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly fields?: LoadField[];
}

function loadField({ name, type, mode, fields }: Column): LoadField {
  return { name, type, mode, ...(fields ? { fields: fields.map(loadField) } : {}) };
}

/** What the API calls INTEGER and BOOLEAN, GoogleSQL calls INT64 and BOOL. */
export const GOOGLE_SQL_TYPES = {
  STRING: 'STRING',
  INTEGER: 'INT64',
  BOOLEAN: 'BOOL',
  TIMESTAMP: 'TIMESTAMP',
} as const;

/** `CREATE TABLE` in GoogleSQL, for readers: the tables themselves are made by Terraform. */
export function createBigQueryTable(reference: string, table: Table): string {
  const partition = table.hourlyPartitionColumn
    ? `\nPARTITION BY TIMESTAMP_TRUNC(${table.hourlyPartitionColumn}, HOUR)`
    : '';
  const cluster = table.clusteringColumns
    ? `\nCLUSTER BY ${table.clusteringColumns.join(', ')}`
    : '';
  return `CREATE TABLE ${reference} (
${table.columns.map((column) => `  ${googleSqlColumn(column)}`).join(',\n')}
)${partition}${cluster}`;
}

function googleSqlColumn(column: Column): string {
  const scalar = column.type === 'RECORD' ? structOf(column) : GOOGLE_SQL_TYPES[column.type];
  const type = column.mode === 'REPEATED' ? `ARRAY<${scalar}>` : scalar;
  const fallback = column.defaultValueExpression ? ` DEFAULT ${column.defaultValueExpression}` : '';
  return `${column.name} ${type}${fallback}${column.mode === 'REQUIRED' ? ' NOT NULL' : ''}`;
}

function structOf(column: Column): string {
  return `STRUCT<${(column.fields ?? []).map(googleSqlColumn).join(', ')}>`;
}

/** The columns that a load provides: those that the warehouse does not fill in itself. */
export function loadedColumns(table: Table): readonly Column[] {
  return table.columns.filter((column) => column.defaultValueExpression === undefined);
}
