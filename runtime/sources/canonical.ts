import type { Fault } from '../change';
import { utcSeconds } from '../fields/timestamp';
import { findHeader, parseColumns, type Columns } from './csv-header';
import {
  isFault,
  isJsonObject,
  mayBeJsonLines,
  parseJsonObject,
  readAction,
  readAudienceId,
  readAudienceName,
  readIdentities,
  readMpId,
  readTimestamp,
  type Fields,
} from './json-fields';
import type { Format, ReadOptions, Row, RowSink } from './source';

/** The five documented fields. */
const CANONICAL_FIELDS = [
  'mpId',
  'audience_id',
  'audience_name',
  'membership_action',
  'timestamp',
] as const;

const MP_ID_PATH = ['mpId'] as const;

/** The five documented fields, and kept identities, as JSON lines or as CSV. */
export const canonical: Format = {
  open({ name, lines }, options) {
    const written = lines.filter((line) => line.trim() !== '');
    const jsonLines = {
      records: 'lines',
      writtenAt: writtenAt(name),
      read: jsonReader(options),
    } as const;
    if (written.length === 0 || written.some(isJsonObject)) return jsonLines;
    const header = findHeader(lines);
    if (!('reason' in header)) {
      return {
        records: 'csv',
        writtenAt: writtenAt(name),
        delimiter: header.delimiter,
        headerLine: header.line,
        read: csvReader(options),
      };
    }
    return mayBeJsonLines(written) ? jsonLines : header;
  },
};

/**
 * The time that a canonical object's name may hold, anywhere: `yyyy-MM-dd_HH-mm-ss`, in UTC.
 *
 * @returns seconds since 1970-01-01T00:00:00Z, or 0 where the name holds none.
 */
function writtenAt(objectName: string): number {
  const parts = /(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)/.exec(objectName);
  if (!parts) return 0;
  const [, year, month, day, hour, minute, second] = parts;
  return Math.max(0, utcSeconds(year, month, day, hour, minute, second) ?? 0);
}

function jsonReader(options: ReadOptions) {
  return (text: string, sink: RowSink): void => {
    const parsed = parseJsonObject(text);
    if ('reason' in parsed) sink.fault(parsed);
    else if ('IsAddRequest' in parsed.fields && !('audience_id' in parsed.fields)) {
      sink.fault({ reason: 'object_name_unrecognized' });
    } else give(readRow(parsed.fields, text, options), sink);
  };
}

/**
 * Reads CSV records. What stands before the header is a no-op if it is blank, a comment or Excel's `sep=`; a
 * header that comes again, as in files that were joined, is one, too, and holds for what follows it.
 */
function csvReader(options: ReadOptions) {
  const names = [...CANONICAL_FIELDS, ...options.identityTypes];
  let header: { readonly columns: Columns; readonly cells: number } | undefined;
  return (cells: readonly string[], sink: RowSink): void => {
    if (header === undefined || isHeaderAgain(cells)) {
      const columns = parseColumns(cells, names);
      if (columns) {
        header = { columns, cells: cells.length };
        return;
      }
    }
    if (header === undefined) {
      if (!isPreamble(cells)) sink.fault({ reason: 'csv_before_header' });
    } else if (cells.length !== header.cells) {
      sink.fault({ reason: 'csv_malformed' });
    } else {
      const fields: Record<string, unknown> = {};
      for (const [name, index] of header.columns) fields[name] = cells[index];
      give(readRow(fields, '', options), sink);
    }
  };
}

function isHeaderAgain(cells: readonly string[]): boolean {
  return cells.some((cell) => cell.length < 20 && cell.trim().toLowerCase() === 'mpid');
}

function isPreamble(cells: readonly string[]): boolean {
  const [first = ''] = cells;
  return /^(?:#|sep=)/i.test(first.trim()) || cells.every((cell) => cell.trim() === '');
}

function give(row: Row | Fault, sink: RowSink): void {
  if ('reason' in row) sink.fault(row);
  else sink.row(row);
}

/** @param text the JSON text of the fields; not read where all of them are text. */
function readRow(fields: Fields, text: string, options: ReadOptions): Row | Fault {
  const mpId = readMpId(fields['mpId'], text, MP_ID_PATH);
  if (isFault(mpId)) return mpId;
  const audienceId = readAudienceId(fields['audience_id'], text, 'audience_id');
  if (isFault(audienceId)) return audienceId;
  const action = readAction(fields['membership_action'], 'membership_action');
  if (typeof action === 'object') return action;
  const changedAt = readTimestamp(fields['timestamp'], text, 'timestamp', options.latest);
  if (isFault(changedAt)) return changedAt;
  return {
    mpId,
    audienceId,
    action,
    changedAt,
    ...readAudienceName(fields['audience_name']),
    ...readIdentities(fields, options.identityTypes),
  };
}
