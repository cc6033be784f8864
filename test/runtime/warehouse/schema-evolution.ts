import type { Column, Table } from '../../../runtime/warehouse/tables';

/** What of a table decides whether a plan keeps its rows. Descriptions, defaults and clusters may change. */
export interface ReleasedTable {
  readonly columns: readonly ReleasedColumn[];
  readonly hourlyPartitionColumn?: string;
}

export interface ReleasedColumn {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly fields?: readonly ReleasedColumn[];
}

export function releasedForm(table: Table): ReleasedTable {
  const { columns, hourlyPartitionColumn } = table;
  return {
    columns: columns.map(releasedColumn),
    ...(hourlyPartitionColumn === undefined ? {} : { hourlyPartitionColumn }),
  };
}

function releasedColumn({ name, type, mode, fields }: Column): ReleasedColumn {
  return { name, type, mode, ...(fields ? { fields: fields.map(releasedColumn) } : {}) };
}

/** All that would make the provider replace a table, or BigQuery refuse to change it. */
export function breakingChanges(
  released: Readonly<Record<string, ReleasedTable>>,
  current: Readonly<Record<string, ReleasedTable>>,
): string[] {
  return Object.entries(released).flatMap(([name, before]) => {
    const after = current[name];
    if (!after) return [`${name}: removed`];
    const partition =
      before.hourlyPartitionColumn === after.hourlyPartitionColumn
        ? []
        : [`${name}: partitioned by another column`];
    return [...partition, ...changedColumns(name, before.columns, after.columns)];
  });
}

function changedColumns(
  place: string,
  before: readonly ReleasedColumn[],
  after: readonly ReleasedColumn[],
): string[] {
  const changed = before.flatMap((column, index) => {
    const now = after[index];
    const at = `${place}.${column.name}`;
    if (now?.name !== column.name) return [`${at}: moved, renamed or removed`];
    return [
      ...(now.type === column.type ? [] : [`${at}: ${column.type} became ${now.type}`]),
      ...(now.mode === column.mode ? [] : [`${at}: ${column.mode} became ${now.mode}`]),
      ...changedColumns(at, column.fields ?? [], now.fields ?? []),
    ];
  });
  const appended = after
    .slice(before.length)
    .filter((column) => column.mode !== 'NULLABLE')
    .map((column) => `${place}.${column.name}: appended as ${column.mode}`);
  return [...changed, ...appended];
}
