import type { Fault, MembershipChange, Micros } from '../change';

/** A change as a format reads it: all of it but what the object gives. */
export interface Row extends Omit<MembershipChange, 'sequence' | 'source' | 'audienceName'> {
  readonly audienceName: string | undefined;
  /** When the row was written, where each row of an object says so itself; it then gives the sequence. */
  readonly committedAt?: Micros;
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
  /** The first bytes of the (inflated) object. */
  readonly bytes: Buffer;
  /** The same as text, without a byte order mark. */
  readonly text: string;
  /** The lines in it. A last line that goes on beyond it is left out, unless it is the only one. */
  readonly lines: readonly string[];
}

/** What a reading needs besides the object. */
export interface ReadOptions {
  /** Identity types to keep, named as delivered. */
  readonly identityTypes: readonly string[];
  /** A change later than this is rejected. */
  readonly latest: Micros;
}

interface Reader {
  /** The time in the object's name: seconds since 1970-01-01T00:00:00Z, 0 where it holds none. */
  readonly writtenAt: number;
}

/** Reads an object each line of which is a record. */
export interface LineReader extends Reader {
  readonly records: 'lines';
  read(text: string, sink: RowSink): void;
}

/** Reads an object of CSV records, which may span lines. */
export interface CsvReader extends Reader {
  readonly records: 'csv';
  /** One character. */
  readonly delimiter: string;
  /** The line of the header, counted from 1; what stands before it is read line by line. */
  readonly headerLine: number;
  read(cells: readonly string[], sink: RowSink): void;
}

/** How one object is read. */
export type ObjectReader = LineReader | CsvReader;

/** One delivered format. */
export interface Format {
  /**
   * @returns `undefined` for an object of another format; a fault for one that is of this format, or was meant to
   *   be, and cannot be read as a whole.
   */
  open(head: ObjectHead, options: ReadOptions): ObjectReader | Fault | undefined;
}
