/** Microseconds since 1970-01-01T00:00:00Z. Every time that is exact passes as this number. */
export type Micros = number;

/** The two membership actions of the contract: a user entered an audience, or left it. */
export type MembershipAction = 'add' | 'delete';

/**
 * An additional identifier of a user, as stored.
 *
 * E-mail addresses are never stored: their type is `email_sha256` and their value is the lower-case
 * hex SHA-256 of the trimmed, NFC-normalized, lower-cased address.
 */
export interface Identity {
  /** Lower-case identity type, such as `email_sha256` or `customer_id`. */
  readonly type: string;
  readonly value: string;
}

/** Where in the landing area a change or a rejection was read. */
export interface SourcePosition {
  /** Name of the object (for local files: the path below the directory that was given). */
  readonly object: string;
  /** Generation of the object: a new upload under the same name is a new generation. */
  readonly generation: string;
  /** Line in the (inflated) object that the record begins in, counted from 1. */
  readonly line: number;
}

/** One user entered or left one audience: the unit that everything downstream works on. */
export interface MembershipChange {
  /** mParticle ID: a signed 64-bit integer in canonical decimal form. It is never a JavaScript number. */
  readonly mpId: string;
  readonly audienceId: string;
  /** Human-readable and mutable: an attribute, never part of a key. */
  readonly audienceName?: string;
  readonly action: MembershipAction;
  /** When the membership changed. */
  readonly changedAt: Micros;
  /**
   * Breaks ties of `changedAt`; larger is later. It is the time at which the record was written, in nanoseconds
   * since 1970-01-01T00:00:00Z: the time in the object's name, or the commit time of an exported row, and 0 where
   * there is neither. A replay of a delivery gives the same value, however its records are spread over objects. Of
   * two changes with the same value, a delete wins.
   */
  readonly sequence: bigint;
  /** At most five, of the types that the workspace keeps; the others are not stored at all. */
  readonly identities: readonly Identity[];
  readonly source: SourcePosition;
}

/**
 * How far a change may lie ahead of the arrival of its object. One far-future change would win against every
 * later change of its key.
 */
export const MAX_FUTURE_SKEW_MICROS: Micros = 10 * 60 * 1_000_000;

/** What a reason says, and how much it stands for. */
interface ReasonMeaning {
  readonly text: string;
  /**
   * `record`: one record is not accepted, the others of its object are. `object`: the object as a whole cannot
   * be read, and none of its records counts. `unread`: the object was not read at all.
   */
  readonly ends: 'record' | 'object' | 'unread';
}

/**
 * Why a record or an object was not accepted. The list is closed: alerts, documentation and the `reason` column
 * know every member.
 */
export const REJECTION_REASONS = {
  line_too_long: { text: 'The line is longer than the limit.', ends: 'record' },
  not_utf8: {
    text: 'The line is not valid UTF-8 (or UTF-16, where the object begins with a mark of it).',
    ends: 'record',
  },
  not_text: { text: 'The line holds a NUL: it is not text.', ends: 'record' },
  not_json: { text: 'The line is not valid JSON.', ends: 'record' },
  not_object: { text: 'The line is JSON, but not an object.', ends: 'record' },
  csv_malformed: {
    text: 'The CSV record has broken quoting or another number of fields than the header.',
    ends: 'record',
  },
  csv_before_header: {
    text: 'The line stands before the CSV header, and is neither blank nor a comment.',
    ends: 'record',
  },
  mpid_missing: { text: 'The mParticle ID is absent, null or blank.', ends: 'record' },
  mpid_invalid: { text: 'The mParticle ID is not a decimal integer.', ends: 'record' },
  mpid_zero: { text: 'The mParticle ID is 0, which stands for no user.', ends: 'record' },
  mpid_leading_zeros: { text: 'The mParticle ID has leading zeros.', ends: 'record' },
  mpid_not_exact: {
    text: 'The mParticle ID is a JSON number that is not written as an integer, so its digits are not exact.',
    ends: 'record',
  },
  mpid_out_of_range: {
    text: 'The mParticle ID is outside the signed 64-bit range.',
    ends: 'record',
  },
  audience_id_missing: { text: 'The audience id is absent, null or blank.', ends: 'record' },
  audience_id_invalid: {
    text: 'The audience id is not a string or an exact integer within the length limit.',
    ends: 'record',
  },
  audience_id_ambiguous: {
    text: 'The audience id looks like another one: it holds invisible characters or compatibility forms, such as full-width digits.',
    ends: 'record',
  },
  action_missing: { text: 'The membership action is absent, null or blank.', ends: 'record' },
  action_unknown: { text: 'The membership action is none of the allowed values.', ends: 'record' },
  timestamp_missing: { text: 'The time of the change is absent, null or blank.', ends: 'record' },
  timestamp_invalid: {
    text: 'The time of the change has no known form, or names a date that does not exist.',
    ends: 'record',
  },
  timestamp_date_only: {
    text: 'The time of the change is a date without a time of day.',
    ends: 'record',
  },
  timestamp_without_zone: { text: 'The time of the change has no zone.', ends: 'record' },
  timestamp_before_2000: {
    text: 'The time of the change is before the year 2000: a zero, or a value in a wrong unit.',
    ends: 'record',
  },
  timestamp_out_of_range: {
    text: 'The time of the change is later than the year 2255.',
    ends: 'record',
  },
  timestamp_in_future: {
    text: 'The time of the change is later than its arrival by more than the allowed skew.',
    ends: 'record',
  },
  object_name_unrecognized: {
    text: "The record is in mParticle's format, but the object's name does not name the audience.",
    ends: 'record',
  },
  validation_not_empty: {
    text: 'The line stands in an object by which mParticle tests its access; such an object is empty.',
    ends: 'record',
  },
  gzip_trailing_bytes: {
    text: 'Other bytes follow the complete gzip stream; they were not read.',
    ends: 'record',
  },
  too_many_rejections: {
    text: 'Further rejections of the object, which are not listed one by one; the column records says how many.',
    ends: 'record',
  },

  gzip_broken: { text: 'The gzip stream is cut, or its checksum fails.', ends: 'object' },
  object_too_large: { text: 'The inflated object is larger than the limit.', ends: 'object' },
  csv_header_invalid: {
    text: 'The CSV header lacks a required column or repeats one.',
    ends: 'object',
  },
  format_unknown: {
    text: 'The beginning of the object is neither JSON lines nor CSV with a header of the documented columns.',
    ends: 'object',
  },
  is_gzip_in_gzip: { text: 'The object is gzip within gzip.', ends: 'object' },
  is_zip: { text: 'The object is a zip archive (such as an Excel workbook).', ends: 'object' },
  is_zstd: { text: 'The object is compressed with zstd.', ends: 'object' },
  is_bzip2: { text: 'The object is compressed with bzip2.', ends: 'object' },
  is_xz: { text: 'The object is compressed with xz.', ends: 'object' },
  is_lz4: { text: 'The object is compressed with lz4.', ends: 'object' },
  is_7z: { text: 'The object is a 7z archive.', ends: 'object' },
  is_tar: { text: 'The object is a tar archive.', ends: 'object' },
  is_parquet: { text: 'The object is a Parquet file.', ends: 'object' },
  is_avro: { text: 'The object is an Avro file.', ends: 'object' },
  is_orc: { text: 'The object is an ORC file.', ends: 'object' },
  is_arrow: { text: 'The object is an Arrow file.', ends: 'object' },
  is_database: { text: 'The object is a database file (SQLite or DuckDB).', ends: 'object' },
  is_pdf: { text: 'The object is a PDF document.', ends: 'object' },
  is_office_document: {
    text: 'The object is an Office document of the binary kind (such as .xls).',
    ends: 'object',
  },
  is_utf16_without_mark: {
    text: 'The object is text in UTF-16 without a byte order mark.',
    ends: 'object',
  },
  is_utf32: { text: 'The object is text in UTF-32.', ends: 'object' },
  is_json_array: {
    text: 'The object is a JSON array; JSON lines have one object a line and nothing around them.',
    ends: 'object',
  },
  is_pretty_json: {
    text: 'The object is JSON that spans lines; JSON lines have one object a line.',
    ends: 'object',
  },
  is_html: { text: 'The object is an HTML page, such as an error page.', ends: 'object' },
  is_xml: {
    text: 'The object is an XML document, such as an error message of a store.',
    ends: 'object',
  },

  object_vanished: {
    text: 'The object was deleted or overwritten before it was read.',
    ends: 'unread',
  },
  object_parked: {
    text: 'The object stopped every batch it was in; it was set aside unread.',
    ends: 'unread',
  },
} as const satisfies Record<string, ReasonMeaning>;

export type RejectionReason = keyof typeof REJECTION_REASONS;

/** Why a value, or a whole record, cannot be accepted: the one shape of failure on the way to a change. */
export interface Fault {
  readonly reason: RejectionReason;
  /** The field at fault, as the delivered format names it, when one field is to blame. */
  readonly field?: string;
}

/**
 * A record that was not accepted, or an object that cannot be read as a whole.
 *
 * It never carries the value at fault, which may be personal data: the raw record stays where it was delivered.
 */
export interface Rejection extends Fault {
  readonly source: SourcePosition;
  /** Offset of the record's first byte in the (inflated) object, in its own encoding, counted from 0. */
  readonly byteOffset: number;
  /** For how many records it stands; 1 where it is absent. */
  readonly records?: number;
}
