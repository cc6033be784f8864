import { parse } from 'csv-parse/sync';

import type { Fault } from '../change';
import { utcSeconds } from '../fields/timestamp';
import {
  isFault,
  parseJsonObject,
  readAudienceId,
  readAudienceName,
  readIdentities,
  readMpId,
  readTimestamp,
  type JsonObject,
} from './json-fields';
import type { Format, ReadOptions, Row, RowSink } from './source';

/** The five fields of the contract. A CSV header needs all of them but the name. */
const CANONICAL_FIELDS = [
  'mpId',
  'audience_id',
  'audience_name',
  'membership_action',
  'timestamp',
] as const;

const OPTIONAL_FIELDS: ReadonlySet<string> = new Set(['audience_name']);

/** The five documented fields, and kept identities, as JSON lines or as CSV. */
export const canonical: Format = {
  open({ name, text }, options) {
    const isJson = text.trimStart().startsWith('{');
    return {
      writtenAt: writtenAt(name),
      read: isJson ? jsonReader(options) : csvReader(options),
    };
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
    else if ('IsAddRequest' in parsed.object && !('audience_id' in parsed.object)) {
      sink.fault({ reason: 'object_name_unrecognized' });
    } else give(readRow(parsed.object, text, options), sink);
  };
}

/**
 * One record a line, as RFC 4180 quotes it; line breaks within quotes are not accepted, so that every record
 * has a line of its own to be named by. The header may hold further columns, which are not read.
 */
function csvReader(options: ReadOptions) {
  let header: readonly string[] | undefined;
  return (text: string, sink: RowSink): void => {
    const cells = csvCells(text);
    if (header === undefined) {
      const fault = headerFault(cells);
      if (fault) sink.fault(fault);
      header = cells;
    } else if (cells?.length !== header.length) {
      sink.fault({ reason: 'csv_malformed' });
    } else {
      const fields = Object.fromEntries(header.map((name, index) => [name, cells[index]]));
      give(readRow(fields, text, options), sink);
    }
  };
}

function give(row: Row | Fault, sink: RowSink): void {
  if ('reason' in row) sink.fault(row);
  else sink.row(row);
}

function csvCells(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  try {
    return parse(text, { relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}

function headerFault(header: readonly string[] | undefined): Fault | undefined {
  if (header === undefined) return { reason: 'csv_header_invalid' };
  const missing = CANONICAL_FIELDS.find(
    (field) => !OPTIONAL_FIELDS.has(field) && !header.includes(field),
  );
  if (missing !== undefined) return { reason: 'csv_header_invalid', field: missing };
  const repeated = CANONICAL_FIELDS.find(
    (field) => header.indexOf(field) !== header.lastIndexOf(field),
  );
  return repeated === undefined ? undefined : { reason: 'csv_header_invalid', field: repeated };
}

function readRow(fields: JsonObject, text: string, options: ReadOptions): Row | Fault {
  const mpId = readMpId(fields['mpId'], text, MP_ID_PATH);
  if (isFault(mpId)) return mpId;
  const audienceId = readAudienceId(fields['audience_id'], text, 'audience_id');
  if (isFault(audienceId)) return audienceId;
  const audienceName = readAudienceName(fields['audience_name'], 'audience_name');
  if (isFault(audienceName)) return audienceName;
  const action = fields['membership_action'];
  if (action !== 'add' && action !== 'delete') {
    const isMissing = action === undefined || action === null || action === '';
    return {
      reason: isMissing ? 'action_missing' : 'action_unknown',
      field: 'membership_action',
    };
  }
  const changedAt = readTimestamp(fields['timestamp'], 'timestamp', options.latest);
  if (isFault(changedAt)) return changedAt;
  return {
    mpId,
    audienceId,
    audienceName,
    action,
    changedAt,
    omittedNames: 0,
    ...readIdentities(fields, options.identityTypes),
  };
}

const MP_ID_PATH = ['mpId'] as const;
