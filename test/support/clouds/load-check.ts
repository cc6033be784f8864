import { TABLES, type Column } from '../../../runtime/warehouse/tables';
import type { Row } from './memory-cloud';

/** What a job is asked to load, and how. */
export interface LoadConfiguration {
  readonly sourceUris: readonly string[];
  readonly sourceFormat: string;
  readonly destinationTable: Readonly<Record<'projectId' | 'datasetId' | 'tableId', string>>;
  readonly schema: { readonly fields: readonly Field[] };
  readonly createDisposition: string;
  readonly writeDisposition: string;
  readonly maxBadRecords: number;
  readonly autodetect: boolean;
}

type Field = Pick<Column, 'name' | 'type' | 'mode' | 'fields'>;

/** Whether a load appends, all rows or none, to a table that is there, by a schema that fits it. */
export function fitsTable(load: LoadConfiguration): boolean {
  const { tableId } = load.destinationTable;
  return (
    (tableId === 'membership_changes' || tableId === 'rejected_changes') &&
    load.sourceFormat === 'NEWLINE_DELIMITED_JSON' &&
    load.createDisposition === 'CREATE_NEVER' &&
    load.writeDisposition === 'WRITE_APPEND' &&
    load.maxBadRecords === 0 &&
    !load.autodetect &&
    fits(load.schema.fields, TABLES[tableId].columns)
  );
}

/** A load that names a column with a default writes NULL into it, so it must not be named. */
function fits(fields: readonly Field[], columns: readonly Column[]): boolean {
  const provided = columns.filter((column) => column.defaultValueExpression === undefined);
  return (
    fields.length === provided.length &&
    provided.every(({ name, type, mode, fields: inner }, index) => {
      const field = fields[index];
      const isSame = field?.name === name && field.type === type && field.mode === mode;
      return isSame && (inner === undefined || fits(field.fields ?? [], inner));
    })
  );
}

const IS_TYPE = {
  STRING: (value: unknown) => typeof value === 'string',
  // Beyond 2^53 an integer has to come as text.
  INTEGER: (value: unknown) =>
    typeof value === 'string' ? /^-?\d{1,19}$/.test(value) : Number.isSafeInteger(value),
  BOOLEAN: (value: unknown) => typeof value === 'boolean',
  TIMESTAMP: (value: unknown) => !Number.isNaN(Date.parse(String(value))),
};

/** Whether the schema takes a row: no other fields than its own, each of its type. */
export function isTaken(row: Row, fields: readonly Field[]): boolean {
  return (
    Object.keys(row).every((key) => fields.some(({ name }) => name === key)) &&
    fields.every(({ name, type, mode, fields: inner = [] }) => {
      const value = row[name];
      if (value === undefined || value === null) return mode !== 'REQUIRED';
      const values = mode === 'REPEATED' ? (value as unknown[]) : [value];
      const takes =
        type === 'RECORD' ? (item: unknown) => isTaken(item as Row, inner) : IS_TYPE[type];
      return values.every(takes);
    })
  );
}
