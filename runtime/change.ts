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
  /** Line in the (inflated) object, counted from 1. */
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
  /** When the membership changed: microseconds since 1970-01-01T00:00:00Z. */
  readonly changedAt: number;
  /**
   * Breaks ties of `changedAt`; larger is later. It is derived from the delivery itself (the time in the
   * object's name, then the line), so that a replay of a delivery gives the same value.
   */
  readonly sequence: bigint;
  /** At most five, of the types that the workspace keeps; the others are not stored at all. */
  readonly identities: readonly Identity[];
  readonly source: SourcePosition;
}

/**
 * Why a line, or the rest of an object, was not accepted. The list is closed: alerts, documentation and the
 * `reason` column know every member. Codes of the second group end the reading of the object; those of the
 * third stand for an object that was not read at all.
 */
export const REJECTION_REASONS = {
  line_too_long: 'The line is longer than the limit.',
  not_utf8: 'The line is not valid UTF-8.',
  not_json: 'The line is not valid JSON.',
  not_object: 'The line is JSON, but not an object.',
  csv_malformed: 'The CSV record has broken quoting or another number of fields than the header.',
  mpid_missing: 'The mParticle ID is absent, null or empty.',
  mpid_invalid: 'The mParticle ID is not a decimal integer.',
  mpid_not_exact: 'The mParticle ID is a JSON number whose exact digits cannot be told.',
  mpid_out_of_range: 'The mParticle ID is outside the signed 64-bit range.',
  audience_id_missing: 'The audience id is absent, null or empty.',
  audience_id_invalid:
    'The audience id is not a string or an exact integer within the length limit.',
  audience_name_invalid: 'The audience name is not a string within the length limit.',
  action_missing: 'The membership action is absent or null.',
  action_unknown: 'The membership action is none of the allowed values.',
  timestamp_missing: 'The time of the change is absent, null or empty.',
  timestamp_invalid:
    'The time of the change has no known form, or names a date that does not exist.',
  timestamp_out_of_range: 'The time of the change is outside the accepted range.',
  timestamp_in_future:
    'The time of the change is later than its arrival by more than the allowed skew.',
  object_name_unrecognized:
    "The line is in mParticle's format, but the object's name does not tell the audience.",

  not_text: 'The object is binary from this position on; the rest of it was not read.',
  gzip_broken: 'The gzip stream is cut or corrupt from this position on.',
  object_too_large: 'The inflated object is larger than the limit; the rest of it was not read.',
  csv_header_invalid:
    'The CSV header lacks a required column or repeats one; the object was not read.',

  object_vanished: 'The object was deleted or overwritten before it was read.',
  object_parked: 'The object stops every batch it is in; it was set aside unread.',
} as const;

export type RejectionReason = keyof typeof REJECTION_REASONS;

/** The reasons that end the reading of an object: one rejection stands for all that follows. */
export const ENDING_REASONS: ReadonlySet<RejectionReason> = new Set([
  'not_text',
  'gzip_broken',
  'object_too_large',
  'csv_header_invalid',
]);

/**
 * A line (or the rest of a broken object) that was not accepted.
 *
 * It never carries the value at fault, which may be personal data: the raw line stays where it was delivered.
 */
export interface Rejection {
  readonly source: SourcePosition;
  /** Offset of the line's first byte in the (inflated) object, counted from 0. */
  readonly byteOffset: number;
  readonly reason: RejectionReason;
  /** The field at fault, as the delivered format names it, when one field is to blame. */
  readonly field?: string;
}
