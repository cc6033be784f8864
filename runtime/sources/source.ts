import type { Fault, MembershipChange, Micros } from '../change';

/** A change as a format reads it: all of it but what the object gives. */
export interface Row extends Omit<MembershipChange, 'sequence' | 'source' | 'audienceName'> {
  readonly audienceName: string | undefined;
  /** Identities that were delivered, and left out because they are unusable. */
  readonly omittedIdentities: number;
  /** 1 where a name was delivered, and left out because it is unusable; else 0. */
  readonly omittedNames: number;
}

/** Takes what a format finds in a record: none, one or many rows and faults. None of either is a no-op. */
export interface RowSink {
  row(row: Row): void;
  fault(fault: Fault): void;
}

/** What a format is picked by. */
export interface ObjectHead {
  readonly name: string;
  /** The beginning of the (inflated) object as text. */
  readonly text: string;
}

/** What a reading needs besides the object. */
export interface ReadOptions {
  /** Identity types to keep, named as delivered. */
  readonly identityTypes: readonly string[];
  /** A change later than this is rejected. */
  readonly latest: Micros;
}

/** How one object is read. */
export interface ObjectReader {
  /** The time in the object's name: seconds since 1970-01-01T00:00:00Z, 0 where it holds none. */
  readonly writtenAt: number;
  /** Reads the text of one record. */
  read(text: string, sink: RowSink): void;
}

/** One delivered format. */
export interface Format {
  /** @returns `undefined` for an object of another format. */
  open(head: ObjectHead, options: ReadOptions): ObjectReader | undefined;
}
