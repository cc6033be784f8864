import type { MembershipChange, Rejection } from '../change';

/** The object that lines are read from: everything about a delivery that is not in its bytes. */
export interface DeliveredObject {
  readonly name: string;
  readonly generation: string;
  /**
   * When the object arrived: microseconds since 1970-01-01T00:00:00Z. Changes later than this by more than
   * the allowed skew are rejected. It is a property of the delivery, not the clock, so that a replay gives
   * the same answer.
   */
  readonly deliveredAt: number;
}

export interface NormalizeOptions {
  /** Identity types to keep, as delivered (`email`, `customer_id`); at most five. */
  readonly identityTypes: readonly string[];
  /** Longest accepted line, in bytes. */
  readonly maxLineBytes: number;
  /** Largest accepted object after inflation, in bytes. */
  readonly maxObjectBytes: number;
}

/** What one chunk of an object came to. Summed over an object: lines = changes + rejections + ignored. */
export interface NormalizedBatch {
  readonly changes: readonly MembershipChange[];
  readonly rejections: readonly Rejection[];
  readonly lines: number;
  /** Documented no-ops: blank lines, the CSV header, and so on. */
  readonly ignored: number;
  /** Additional identities that were unusable (an e-mail without `@`, say) and left out of an accepted change. */
  readonly omittedIdentities: number;
}
