import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';

import { inPieces, peek } from './chunks';

/** A member of a gzip stream begins with these bytes: its mark, and "deflate", the one method there is. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

/** Inflating into 256 KiB pieces takes a third of the time of the default 16 KiB. */
const INFLATED_CHUNK_BYTES = 1 << 18;

/** Compressed bytes fed at once. They inflate to a thousand times as many at most, which are held together. */
const FED_BYTES = 1 << 13;

/** Longest accepted header of a member: a file name and a comment, which no program writes as long. */
const MAX_HEADER_BYTES = 1 << 16;

/** CRC-32 and length of the inflated bytes, 4 bytes each. */
const TRAILER_BYTES = 8;

/** The gzip stream is cut, or its checksum fails: what it gave cannot be trusted. */
export class GzipBrokenError extends Error {
  override readonly name = 'GzipBrokenError';
}

/**
 * The bytes of an object, inflated if it is gzip. Its first bytes say so, not its name: Cloud Storage may inflate
 * on the way, and names lie. Members that follow each other are one stream, as `cat a.gz b.gz` makes it.
 *
 * @param onTrailingBytes called when other bytes than zeros follow a complete stream; they are not read.
 * @throws {GzipBrokenError} at the latest when the checksum is read: nothing that was yielded counts then.
 */
export async function* inflate(
  bytes: AsyncIterable<Uint8Array>,
  onTrailingBytes: () => void = () => undefined,
): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(bytes, GZIP_MAGIC.length);
  if (isGzip(head)) yield* gunzip(new Source(whole), onTrailingBytes);
  else yield* whole;
}

/** Whether bytes begin as gzip does. A stream may be cut within the mark. */
export function isGzip(head: Buffer): boolean {
  const mark = head.subarray(0, GZIP_MAGIC.length);
  return mark.length >= 2 && mark.equals(GZIP_MAGIC.subarray(0, mark.length));
}

async function* gunzip(source: Source, onTrailingBytes: () => void): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      await skipHeader(source);
      yield* inflateMember(source);
      const next = await source.skipZeros();
      if (next === undefined) return;
      if (!(await source.peek(GZIP_MAGIC.length)).equals(GZIP_MAGIC)) {
        onTrailingBytes();
        return;
      }
    }
  } finally {
    await source.close();
  }
}

/** Reads the header of a member: RFC 1952, section 2.3. */
async function skipHeader(source: Source): Promise<void> {
  const [, , method, flags = 0] = await source.take(10);
  if (method !== GZIP_MAGIC[2] || (flags & 0xe0) !== 0) throw new GzipBrokenError('no gzip header');
  if (flags & 4) await source.take((await source.take(2)).readUInt16LE());
  if (flags & 8) await source.skipText();
  if (flags & 16) await source.skipText();
  if (flags & 2) await source.take(2);
}

/** Inflates one member and checks its trailer. */
async function* inflateMember(source: Source): AsyncGenerator<Buffer> {
  const engine = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  const feeder = new Feeder(engine);
  let checksum = 0;
  let length = 0;
  try {
    for (;;) {
      const piece = await source.next();
      const { inflated, unused } = await feeder.feed(piece);
      for (const chunk of inflated) {
        checksum = crc32(chunk, checksum);
        length += chunk.length;
        yield chunk;
      }
      if (unused === undefined) continue;
      source.giveBack(unused);
      break;
    }
  } finally {
    engine.destroy();
  }
  const trailer = await source.take(TRAILER_BYTES);
  if (trailer.readUInt32LE(0) !== checksum) throw new GzipBrokenError('the checksum fails');
  if (trailer.readUInt32LE(4) !== length % 2 ** 32) throw new GzipBrokenError('the length differs');
}

/** Feeds an engine piece by piece, and waits for what each comes to. */
class Feeder {
  private inflated: Buffer[] = [];
  private fed = 0;
  private settle: () => void = () => undefined;
  private failure: Error | undefined;

  constructor(private readonly engine: InflateRaw) {
    engine.on('data', (chunk: Buffer) => this.inflated.push(chunk));
    engine.on('end', () => {
      this.settle();
    });
    engine.on('error', (error) => {
      this.failure = error;
      this.settle();
    });
  }

  /** @returns `unused`: the bytes behind the end of the member, once it is reached. */
  async feed(piece: Buffer): Promise<{ inflated: readonly Buffer[]; unused: Buffer | undefined }> {
    this.fed += piece.length;
    await new Promise<void>((resolve) => {
      this.settle = resolve;
      this.engine.write(piece, () => {
        resolve();
      });
    });
    if (this.failure) throw new GzipBrokenError(this.failure.message);
    const left = this.fed - this.engine.bytesWritten;
    const inflated = this.inflated;
    this.inflated = [];
    return { inflated, unused: left > 0 ? piece.subarray(piece.length - left) : undefined };
  }
}

/** Compressed bytes, of which some may be given back. */
class Source {
  private readonly pieces: AsyncIterator<Buffer>;
  private held: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Buffer>) {
    this.pieces = inPieces(bytes, FED_BYTES)[Symbol.asyncIterator]();
  }

  /** @throws {GzipBrokenError} when there are none left. */
  async next(): Promise<Buffer> {
    const piece = await this.peek(1);
    if (piece.length === 0) throw new GzipBrokenError('the stream is cut');
    const { held } = this;
    this.held = Buffer.alloc(0);
    return held;
  }

  giveBack(bytes: Buffer): void {
    this.held = bytes;
  }

  /** The next bytes, which are not taken; fewer at the end. */
  async peek(bytes: number): Promise<Buffer> {
    while (this.held.length < bytes) {
      const next = await this.pieces.next();
      if (next.done) break;
      this.held = Buffer.concat([this.held, next.value]);
    }
    return this.held.subarray(0, bytes);
  }

  async take(bytes: number): Promise<Buffer> {
    const taken = await this.peek(bytes);
    if (taken.length < bytes) throw new GzipBrokenError('the stream is cut');
    this.held = this.held.subarray(bytes);
    return taken;
  }

  /** Text that a zero ends. */
  async skipText(): Promise<void> {
    for (let length = 0; length < MAX_HEADER_BYTES; length += 1) {
      const [byte] = await this.take(1);
      if (byte === 0) return;
    }
    throw new GzipBrokenError('no gzip header');
  }

  /** Zeros pad a stream to whole blocks. @returns the first byte that is none. */
  async skipZeros(): Promise<number | undefined> {
    for (;;) {
      await this.peek(1);
      const index = this.held.findIndex((byte) => byte !== 0);
      if (index >= 0) {
        this.held = this.held.subarray(index);
        return this.held[0];
      }
      if (this.held.length === 0) return undefined;
      this.held = Buffer.alloc(0);
    }
  }

  async close(): Promise<void> {
    await this.pieces.return?.();
  }
}
