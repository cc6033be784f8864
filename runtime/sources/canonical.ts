import { parse } from 'csv-parse/sync';

import { utcSeconds } from '../fields/timestamp';
import {
  isFault,
  parseJsonObject,
  readAudienceId,
  readAudienceName,
  readIdentities,
  readMpId,
  type Row,
  type RowFault,
  type RowReader,
} from './source';

/** The five fields of the contract. A CSV header needs all of them but the name. */
export const CANONICAL_FIELDS = [
  'mpId',
  'audience_id',
  'audience_name',
  'membership_action',
  'timestamp',
] as const;

const OPTIONAL_FIELDS: ReadonlySet<string> = new Set(['audience_name']);

/**
 * The time a canonical object's name may hold, anywhere: `yyyy-MM-dd_HH-mm-ss`, in UTC.
 *
 * @returns seconds since 1970-01-01T00:00:00Z, or 0 where the name holds none.
 */
export function canonicalWrittenAt(objectName: string): number {
  const parts = /(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)/.exec(objectName);
  if (!parts) return 0;
  const [, year, month, day, hour, minute, second] = parts;
  return Math.max(0, utcSeconds(year, month, day, hour, minute, second) ?? 0);
}

/** Reads the five documented fields, and kept identities, from JSON lines or CSV: the content tells which. */
export class CanonicalReader implements RowReader {
  private format: RowReader | undefined;

  constructor(private readonly identityTypes: readonly string[]) {}

  read(text: string): Row | RowFault | undefined {
    this.format ??= text.trimStart().startsWith('{')
      ? new JsonReader(this.identityTypes)
      : new CsvReader(this.identityTypes);
    return this.format.read(text);
  }
}

class JsonReader implements RowReader {
  constructor(private readonly identityTypes: readonly string[]) {}

  read(text: string): Row | RowFault {
    const parsed = parseJsonObject(text);
    if (isFault(parsed)) return parsed;
    if ('IsAddRequest' in parsed.object && !('audience_id' in parsed.object)) {
      return { reason: 'object_name_unrecognized' };
    }
    return readRow(parsed.object, text, this.identityTypes);
  }
}

/**
 * One record a line, as RFC 4180 quotes it; line breaks within quotes are not accepted, so that every record
 * has a line of its own to be named by. The header may hold further columns, which are not read.
 */
class CsvReader implements RowReader {
  private header: readonly string[] | undefined;

  constructor(private readonly identityTypes: readonly string[]) {}

  read(text: string): Row | RowFault | undefined {
    const cells = csvCells(text);
    if (this.header === undefined) {
      const fault = headerFault(cells);
      this.header = cells;
      return fault;
    }
    if (cells?.length !== this.header.length) return { reason: 'csv_malformed' };
    const row = Object.fromEntries(this.header.map((name, index) => [name, cells[index]]));
    return readRow(row, text, this.identityTypes);
  }
}

function csvCells(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  try {
    return parse(text, { relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}

function headerFault(header: readonly string[] | undefined): RowFault | undefined {
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

function readRow(
  fields: Readonly<Record<string, unknown>>,
  text: string,
  identityTypes: readonly string[],
): Row | RowFault {
  const id = readMpId(fields['mpId'], text, ['mpId']);
  if (isFault(id)) return id;
  const audience = readAudienceId(fields['audience_id'], text, 'audience_id');
  if (isFault(audience)) return audience;
  const name = readAudienceName(fields['audience_name'], 'audience_name');
  if (isFault(name)) return name;
  const action = fields['membership_action'];
  if (action === undefined || action === null || action === '') {
    return { reason: 'action_missing', field: 'membership_action' };
  }
  if (action !== 'add' && action !== 'delete') {
    return { reason: 'action_unknown', field: 'membership_action' };
  }
  return {
    mpId: id.mpId,
    audienceId: audience.audienceId,
    audienceName: name.audienceName,
    action,
    timestamp: fields['timestamp'],
    timestampField: 'timestamp',
    ...readIdentities(fields, identityTypes),
  };
}
