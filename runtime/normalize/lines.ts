/**
 * Longest accepted line, in bytes. mParticle's records are a few hundred bytes; a line that is far longer
 * is not one of them, and must not fill the memory.
 */
export const MAX_LINE_BYTES = 1 << 20;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where a record begins. */
export interface Place {
  /** Line, counted from 1. */
  readonly number: number;
  /** Offset of its first byte in the (inflated) object, counted from 0. */
  readonly byteOffset: number;
}

/** One line of an object, without its line break. */
export interface Line extends Place {
  /** `undefined` for a line that is longer than the limit: its bytes were not kept. */
  readonly bytes: Buffer | undefined;
}

/**
 * Splits chunks of bytes into lines, in constant memory: a line longer than the limit is counted and passed
 * over, never held. LF, CRLF and CR end a line.
 *
 * Splitting on bytes takes a third of the time of `readline`, which can neither limit a line nor give offsets.
 */
export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private lineOffset = 0;
  private number = 1;
  /** The last line ended with a CR at the end of a chunk: an LF that follows belongs to it. */
  private endedWithReturn = false;

  /**
   * @param characterBytes bytes of a line break's character: 1 for UTF-8; 2 for UTF-16, little endian, whose
   *   chunks have even lengths.
   */
  constructor(
    private readonly maxLineBytes: number,
    private readonly characterBytes: 1 | 2 = 1,
  ) {}

  /** Where the next line starts, or the unfinished one started. */
  get position(): Place {
    return { number: this.number, byteOffset: this.lineOffset };
  }

  /** Bytes that belong to no line, such as a byte order mark. */
  skip(bytes: number): void {
    this.lineOffset += bytes;
  }

  /** The lines that end within this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    const width = this.characterBytes;
    let start = 0;
    if (this.endedWithReturn && chunk.length > 0) {
      this.endedWithReturn = false;
      if (this.isAt(chunk, LINE_FEED, 0)) {
        this.lineOffset += width;
        start = width;
      }
    }
    let feed = this.find(chunk, LINE_FEED, start);
    let carriageReturn = this.find(chunk, CARRIAGE_RETURN, start);
    while (feed !== -1 || carriageReturn !== -1) {
      const isReturn = carriageReturn !== -1 && (feed === -1 || carriageReturn < feed);
      const end = isReturn ? carriageReturn : feed;
      const isPair = isReturn && feed === end + width;
      const next = end + (isPair ? 2 * width : width);
      lines.push(this.finish(chunk.subarray(start, end), next - end));
      this.endedWithReturn = isReturn && next === chunk.length && !isPair;
      start = next;
      if (feed !== -1 && feed < start) feed = this.find(chunk, LINE_FEED, start);
      if (isReturn) carriageReturn = this.find(chunk, CARRIAGE_RETURN, start);
    }
    this.hold(chunk.subarray(start));
    return lines;
  }

  /** The last line, if the object does not end with a line break. */
  end(): Line[] {
    return this.pendingBytes > 0 ? [this.finish(Buffer.alloc(0), 0)] : [];
  }

  private find(chunk: Buffer, character: number, from: number): number {
    let at = chunk.indexOf(character, from);
    while (at !== -1 && !this.isAt(chunk, character, at)) at = chunk.indexOf(character, at + 1);
    return at;
  }

  private isAt(chunk: Buffer, character: number, at: number): boolean {
    if (chunk[at] !== character) return false;
    return this.characterBytes === 1 || (at % 2 === 0 && chunk[at + 1] === 0);
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.maxLineBytes) this.pending = [];
    else this.pending.push(bytes);
  }

  private finish(lastPart: Buffer, breakBytes: number): Line {
    const total = this.pendingBytes + lastPart.length;
    const line: Line = {
      number: this.number,
      byteOffset: this.lineOffset,
      bytes: total > this.maxLineBytes ? undefined : this.joined(lastPart),
    };
    this.number += 1;
    this.lineOffset += total + breakBytes;
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private joined(lastPart: Buffer): Buffer {
    return this.pendingBytes === 0 ? lastPart : Buffer.concat([...this.pending, lastPart]);
  }
}
