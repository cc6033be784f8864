/**
 * Longest accepted line, in bytes. mParticle's records are a few hundred bytes; a line that is far longer
 * is not one of them, and must not fill the memory.
 */
export const MAX_LINE_BYTES = 1 << 20;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** One line of an object, without its line break. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Offset of the line's first byte, counted from 0. */
  readonly byteOffset: number;
  /** `undefined` for a line that is longer than the limit: its bytes were not kept. */
  readonly bytes: Buffer | undefined;
}

/**
 * Splits chunks of bytes into lines, in constant memory: a line longer than the limit is counted and passed
 * over, never held. LF and CRLF end a line; a byte order mark at the start is left out.
 *
 * Splitting on bytes is a third of the time of `readline`, which can neither limit a line nor tell offsets.
 */
export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private lineOffset = 0;
  private number = 1;

  constructor(private readonly maxLineBytes: number) {}

  /** The position at which the next line starts, or the unfinished one started. */
  get position(): { readonly number: number; readonly byteOffset: number } {
    return { number: this.number, byteOffset: this.lineOffset };
  }

  /** Whether bytes of an unfinished line have been seen. */
  get hasUnfinishedLine(): boolean {
    return this.pendingBytes > 0;
  }

  /** The lines that end within this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      lines.push(this.finish(chunk.subarray(start, end), 1));
      start = end + 1;
    }
    this.hold(chunk.subarray(start));
    return lines;
  }

  /** The last line, if the object does not end with a line break. */
  end(): Line[] {
    return this.hasUnfinishedLine ? [this.finish(Buffer.alloc(0), 0)] : [];
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.maxLineBytes + 1) this.pending = [];
    else this.pending.push(bytes);
  }

  private finish(lastPart: Buffer, breakBytes: number): Line {
    const total = this.pendingBytes + lastPart.length;
    const bytes =
      this.pendingBytes === 0 ? lastPart : Buffer.concat([...this.pending, lastPart], undefined);
    const whole = bytes.length === total ? this.withoutMarks(bytes) : undefined;
    const line: Line = {
      number: this.number,
      byteOffset: this.lineOffset,
      bytes: whole && whole.length <= this.maxLineBytes ? whole : undefined,
    };
    this.number += 1;
    this.lineOffset += total + breakBytes;
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private withoutMarks(bytes: Buffer): Buffer {
    const hasMark = this.number === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    return bytes.subarray(hasMark ? BYTE_ORDER_MARK.length : 0, end);
  }
}
