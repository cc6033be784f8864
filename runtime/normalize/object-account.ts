import type { Fault, MembershipChange, Rejection, SourcePosition } from '../change';
import type { CsvReader, LineReader, Row, RowSink } from '../sources/source';
import type { CsvRecord } from './csv-records';
import type { DeliveredObject, NormalizedBatch } from './delivered-object';
import type { Line, Place } from './lines';

/** The running account of one object: what its records came to since the last batch. */
export class ObjectAccount implements RowSink {
  private changes: MembershipChange[] = [];
  private rejections: Rejection[] = [];
  private records = 0;
  private lines = 0;
  private ignored = 0;
  private omittedIdentities = 0;
  private omittedNames = 0;
  /** Rejections of the object that have been listed. */
  private listed = 0;
  /** Rejections beyond the limit, from this place on. */
  private unlisted = 0;
  private unlistedFrom: Place | undefined;
  /** Where the record that is being read begins. */
  private place: Place = { number: 1, byteOffset: 0 };

  /**
   * @param sequence of every change whose row does not say itself when it was written.
   * @param maxRejections rejections that are listed one by one.
   */
  constructor(
    private readonly object: DeliveredObject,
    private readonly sequence: bigint,
    private readonly maxRejections: number,
  ) {}

  /** @param decode gives the text of a line; `undefined` where its bytes are not text. */
  takeLine(line: Line, reader: LineReader, decode: (bytes: Buffer) => string | undefined): void {
    this.lines += 1;
    this.place = line;
    const recordsBefore = this.records;
    if (line.bytes === undefined) this.fault({ reason: 'line_too_long' });
    else {
      const text = decode(line.bytes);
      if (text === undefined) this.fault({ reason: 'not_utf8' });
      else if (text.trim() !== '') reader.read(text, this);
    }
    if (this.records === recordsBefore) this.ignore();
  }

  takeCsvRecord(record: CsvRecord, reader: CsvReader): void {
    this.lines += record.lines;
    this.place = record;
    const recordsBefore = this.records;
    const { content } = record;
    if (typeof content === 'string') this.fault({ reason: content });
    else if (content.length > 1 || content[0]?.trim() !== '') reader.read(content, this);
    if (this.records === recordsBefore) this.ignore();
  }

  row(row: Row): void {
    const { audienceName, committedAt, omittedIdentities, omittedNames } = row;
    this.records += 1;
    this.omittedIdentities += omittedIdentities;
    this.omittedNames += omittedNames;
    this.changes.push({
      mpId: row.mpId,
      audienceId: row.audienceId,
      ...(audienceName === undefined ? {} : { audienceName }),
      action: row.action,
      changedAt: row.changedAt,
      sequence: committedAt === undefined ? this.sequence : BigInt(committedAt) * 1000n,
      identities: row.identities,
      source: sourcePosition(this.object, this.place),
    });
  }

  fault(fault: Fault): void {
    this.faultAt(this.place, fault);
  }

  faultAt(place: Place, fault: Fault): void {
    this.records += 1;
    if (this.listed < this.maxRejections) {
      this.listed += 1;
      this.rejections.push(rejectionAt(this.object, place, fault));
    } else {
      this.unlistedFrom ??= { number: place.number, byteOffset: place.byteOffset };
      this.unlisted += 1;
    }
  }

  /** What has been counted since the last batch. */
  closeBatch(): NormalizedBatch {
    const { changes, rejections, records, lines, ignored, omittedIdentities, omittedNames } = this;
    this.changes = [];
    this.rejections = [];
    this.records = this.lines = this.ignored = this.omittedIdentities = this.omittedNames = 0;
    return { changes, rejections, records, lines, ignored, omittedIdentities, omittedNames };
  }

  /** The last batch: the rejections that were not listed are one, which says how many they are. */
  closeLastBatch(): NormalizedBatch {
    const batch = this.closeBatch();
    if (!this.unlistedFrom) return batch;
    const others = rejectionAt(this.object, this.unlistedFrom, { reason: 'too_many_rejections' });
    return { ...batch, rejections: [...batch.rejections, { ...others, records: this.unlisted }] };
  }

  private ignore(): void {
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
