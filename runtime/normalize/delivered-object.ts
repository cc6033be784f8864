import type { MembershipChange, Micros, Rejection } from '../change';
import type { Format } from '../sources/source';

/** The object that lines are read from: everything about a delivery that is not in its bytes. */
export interface DeliveredObject {
  readonly name: string;
  readonly generation: string;
  /**
   * When the object arrived. Changes later than this by more than the allowed skew are rejected. It is a
   * property of the delivery, not the clock, so that a replay gives the same answer.
   */
  readonly deliveredAt: Micros;
}

export interface NormalizeOptions {
  /** Identity types to keep, as delivered (`email`, `customer_id`); at most five. */
  readonly identityTypes: readonly string[];
  /** Longest accepted line, in bytes. */
  readonly maxLineBytes: number;
  /** Largest accepted object after inflation, in bytes. */
  readonly maxObjectBytes: number;
  /** Rejections of one object that are listed one by one; one more stands for the others. */
  readonly maxRejections: number;
  /** The formats that are looked for, in this order. */
  readonly formats: readonly Format[];
}

/** What one chunk of an object came to. Summed over an object: records = changes + rejections + ignored. */
export interface NormalizedBatch {
  readonly changes: readonly MembershipChange[];
  readonly rejections: readonly Rejection[];
  /** What may become a change: a JSON line, a CSV record, one audience of a message. */
  readonly records: number;
  /** Lines of the (inflated) object that these records ended in. */
  readonly lines: number;
  /** Documented no-ops: blank lines, the CSV header, and so on. */
  readonly ignored: number;
  /** Additional identities that were unusable (an e-mail without `@`, say) and left out of an accepted change. */
  readonly omittedIdentities: number;
  /** Audience names that were unusable and left out of an accepted change. */
  readonly omittedNames: number;
  /**
   * Only in the last batch: the object as a whole cannot be read. It counts as this one rejection; what any
   * batch of the object gave does not count, this batch's own counts included.
   */
  readonly broken?: Rejection;
}
