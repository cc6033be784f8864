import { isUtf8 } from 'node:buffer';

import {
  REJECTION_REASONS,
  type Fault,
  type MembershipChange,
  type Rejection,
  type SourcePosition,
} from '../change';
import type { ObjectReader, Row, RowSink } from '../sources/source';
import type { DeliveredObject, NormalizedBatch } from './delivered-object';
import type { Line } from './lines';

/** Most lines an object may have: the line number is the last nine digits of a change's sequence. */
const MAX_LINES = 999_999_999;

type Place = Pick<Line, 'number' | 'byteOffset'>;

/** The running account of one object: what its records came to since the last batch. */
export class ObjectAccount implements RowSink {
  /** Why the object cannot be read as a whole. Nothing is taken any more. */
  broken: Rejection | undefined;
  private changes: MembershipChange[] = [];
  private rejections: Rejection[] = [];
  private records = 0;
  private lines = 0;
  private ignored = 0;
  private omittedIdentities = 0;
  private omittedNames = 0;
  private readonly sequenceBase: bigint;
  /** Where the record that is being read begins. */
  private place: Place = { number: 1, byteOffset: 0 };

  constructor(
    private readonly object: DeliveredObject,
    private readonly reader: ObjectReader,
  ) {
    this.sequenceBase = BigInt(reader.writtenAt) * BigInt(MAX_LINES + 1);
  }

  take(lines: readonly Line[]): void {
    for (const line of lines) {
      this.takeLine(line);
      if (this.broken) return;
    }
  }

  row(row: Row): void {
    const { audienceName, omittedIdentities, omittedNames } = row;
    this.records += 1;
    this.omittedIdentities += omittedIdentities;
    this.omittedNames += omittedNames;
    this.changes.push({
      mpId: row.mpId,
      audienceId: row.audienceId,
      ...(audienceName === undefined ? {} : { audienceName }),
      action: row.action,
      changedAt: row.changedAt,
      sequence: this.sequenceBase + BigInt(this.place.number),
      identities: row.identities,
      source: sourcePosition(this.object, this.place),
    });
  }

  fault(fault: Fault): void {
    this.records += 1;
    const rejection = rejectionAt(this.object, this.place, fault);
    if (REJECTION_REASONS[fault.reason].ends === 'object') this.broken = rejection;
    else this.rejections.push(rejection);
  }

  /** What has been counted since the last batch. */
  closeBatch(): NormalizedBatch {
    const { changes, rejections, records, lines, ignored, omittedIdentities, omittedNames } = this;
    this.changes = [];
    this.rejections = [];
    this.records = this.lines = this.ignored = this.omittedIdentities = this.omittedNames = 0;
    return { changes, rejections, records, lines, ignored, omittedIdentities, omittedNames };
  }

  private takeLine(line: Line): void {
    this.lines += 1;
    this.place = line;
    if (line.number > MAX_LINES) this.fault({ reason: 'object_too_large' });
    else if (line.bytes === undefined) this.fault({ reason: 'line_too_long' });
    else this.takeBytes(line.bytes);
  }

  private takeBytes(bytes: Buffer): void {
    const text = bytes.toString('utf8');
    if (text.includes('\ufffd') && !isUtf8(bytes)) {
      this.fault({ reason: hasControlBytes(bytes) ? 'not_text' : 'not_utf8' });
      return;
    }
    if (text.includes('\0')) {
      this.fault({ reason: 'not_text' });
      return;
    }
    const recordsBefore = this.records;
    if (text.trim() !== '') this.reader.read(text, this);
    if (this.records > recordsBefore) return;
    this.records += 1;
    this.ignored += 1;
  }
}

export function rejectionAt(object: DeliveredObject, place: Place, fault: Fault): Rejection {
  const { byteOffset } = place;
  return { source: sourcePosition(object, place), byteOffset, ...fault };
}

function sourcePosition({ name, generation }: DeliveredObject, { number }: Place): SourcePosition {
  return { object: name, generation, line: number };
}

/** Control bytes other than tab and carriage return: text in another encoding has none, binary data many. */
function hasControlBytes(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0d);
}
