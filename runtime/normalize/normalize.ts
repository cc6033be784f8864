import { isUtf8 } from 'node:buffer';

import {
  ENDING_REASONS,
  type MembershipChange,
  type Rejection,
  type RejectionReason,
} from '../change';
import { sourceFor, type Source } from '../sources/pick-format';
import { isFault, type Row } from '../sources/source';
import type { DeliveredObject, NormalizedBatch, NormalizeOptions } from './delivered-object';
import { GzipBrokenError, inflate } from './inflate';
import {
  DEFAULT_IDENTITY_TYPES,
  MAX_FUTURE_SKEW_MICROS,
  MAX_LINE_BYTES,
  MAX_LINES,
  MAX_OBJECT_BYTES,
} from './limits';
import { LineSplitter, type Line } from './lines';
import { parseTimestamp } from '../fields/timestamp';

export const DEFAULT_NORMALIZE_OPTIONS: NormalizeOptions = {
  identityTypes: DEFAULT_IDENTITY_TYPES,
  maxLineBytes: MAX_LINE_BYTES,
  maxObjectBytes: MAX_OBJECT_BYTES,
};

/**
 * Reads one delivered object, plain or gzip, as changes and rejections, in constant memory: one batch for
 * each 32 KiB of (inflated) bytes, the next ones read when the batch has been dealt with.
 *
 * Over all batches, lines = changes + rejections + ignored. A broken object is one rejection at the place
 * where it breaks; what came before it stands.
 *
 * @throws whatever reading `bytes` throws; never for what the bytes hold.
 */
export async function* normalize(
  bytes: AsyncIterable<Uint8Array>,
  object: DeliveredObject,
  options: Partial<NormalizeOptions> = {},
): AsyncGenerator<NormalizedBatch> {
  const settings = { ...DEFAULT_NORMALIZE_OPTIONS, ...options };
  const splitter = new LineSplitter(settings.maxLineBytes);
  const reading = new ObjectReading(object, sourceFor(object.name, settings.identityTypes));
  let room = settings.maxObjectBytes;
  try {
    for await (const chunk of inBatches(inflate(bytes))) {
      reading.take(splitter.push(chunk.subarray(0, room)));
      if (chunk.length > room) reading.breakOff('object_too_large', splitter);
      room -= chunk.length;
      yield reading.batch();
      if (reading.ended) return;
    }
    reading.take(splitter.end());
  } catch (error) {
    if (!(error instanceof GzipBrokenError)) throw error;
    reading.breakOff('gzip_broken', splitter);
  }
  yield reading.batch();
}

/** Rows of a short batch die young: batches of a megabyte cost half as much again, in garbage collection. */
const BATCH_BYTES = 1 << 15;

async function* inBatches(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += BATCH_BYTES) {
      yield chunk.subarray(start, start + BATCH_BYTES);
    }
  }
}

/** The running account of one object. */
class ObjectReading {
  ended = false;
  private changes: MembershipChange[] = [];
  private rejections: Rejection[] = [];
  private lines = 0;
  private ignored = 0;
  private omittedIdentities = 0;
  private readonly sequenceBase: bigint;

  constructor(
    private readonly object: DeliveredObject,
    private readonly source: Source,
  ) {
    this.sequenceBase = BigInt(source.writtenAt) * BigInt(MAX_LINES + 1);
  }

  take(lines: readonly Line[]): void {
    for (const line of lines) {
      if (this.ended) return;
      this.takeLine(line);
    }
  }

  /** The object cannot be read beyond this position. */
  breakOff(reason: RejectionReason, at: LineSplitter): void {
    if (this.ended) return;
    const { line, byteOffset } = at.position;
    this.lines += 1;
    this.reject({ number: line, byteOffset }, reason);
  }

  batch(): NormalizedBatch {
    const { changes, rejections, lines, ignored, omittedIdentities } = this;
    this.changes = [];
    this.rejections = [];
    this.lines = this.ignored = this.omittedIdentities = 0;
    return { changes, rejections, lines, ignored, omittedIdentities };
  }

  private takeLine(line: Line): void {
    this.lines += 1;
    if (line.number > MAX_LINES) {
      this.reject(line, 'object_too_large');
      return;
    }
    if (line.bytes === undefined) {
      this.reject(line, 'line_too_long');
      return;
    }
    const text = line.bytes.toString('utf8');
    if (text.includes('\ufffd') && !isUtf8(line.bytes)) {
      this.reject(line, hasControlBytes(line.bytes) ? 'not_text' : 'not_utf8');
      return;
    }
    if (text.includes('\0')) {
      this.reject(line, 'not_text');
      return;
    }
    if (text === '' || text.trim() === '') {
      this.ignored += 1;
      return;
    }
    this.takeText(line, text);
  }

  private takeText(line: Line, text: string): void {
    const row = this.source.reader.read(text);
    if (row === undefined) {
      this.ignored += 1;
    } else if (isFault(row)) {
      this.reject(line, row.reason, row.field);
    } else {
      this.accept(line, row);
    }
  }

  private accept(line: Line, row: Row): void {
    const time = parseTimestamp(row.timestamp);
    if ('fault' in time) {
      this.reject(line, time.fault, row.timestampField);
      return;
    }
    if (time.micros > this.object.deliveredAt + MAX_FUTURE_SKEW_MICROS) {
      this.reject(line, 'timestamp_in_future', row.timestampField);
      return;
    }
    this.omittedIdentities += row.omittedIdentities;
    this.changes.push({
      mpId: row.mpId,
      audienceId: row.audienceId,
      ...(row.audienceName === undefined ? {} : { audienceName: row.audienceName }),
      action: row.action,
      changedAt: time.micros,
      sequence: this.sequenceBase + BigInt(line.number),
      identities: row.identities,
      source: this.position(line),
    });
  }

  private reject(
    line: Pick<Line, 'number' | 'byteOffset'>,
    reason: RejectionReason,
    field?: string,
  ): void {
    this.rejections.push({
      source: this.position(line),
      byteOffset: line.byteOffset,
      reason,
      ...(field === undefined ? {} : { field }),
    });
    if (ENDING_REASONS.has(reason)) this.ended = true;
  }

  private position(line: Pick<Line, 'number'>): MembershipChange['source'] {
    return {
      object: this.object.name,
      generation: this.object.generation,
      line: line.number,
    };
  }
}

/** Control bytes other than tab and carriage return: text in another encoding has none, binary data many. */
function hasControlBytes(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0d);
}
