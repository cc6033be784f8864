import { isUtf8 } from 'node:buffer';

import { withoutMark } from '../sources/json-fields';

/** How an object is written: UTF-8, unless it begins with a mark of UTF-16. */
export interface Encoding {
  readonly name: 'utf8' | 'utf16le' | 'utf16be';
  /** Bytes of the mark that says so. */
  readonly markBytes: number;
  /** Bytes of a line break's character. */
  readonly characterBytes: 1 | 2;
}

/**
 * A mark of UTF-16 must be at the very beginning. A mark of UTF-8 says nothing new, and may stand before any
 * line, where files were joined.
 */
export function detectEncoding(head: Buffer): Encoding {
  const isUtf32 = head[2] === 0 && head[3] === 0;
  if (head[0] === 0xff && head[1] === 0xfe && !isUtf32) {
    return { name: 'utf16le', markBytes: 2, characterBytes: 2 };
  }
  if (head[0] === 0xfe && head[1] === 0xff) {
    return { name: 'utf16be', markBytes: 2, characterBytes: 2 };
  }
  return { name: 'utf8', markBytes: 0, characterBytes: 1 };
}

/**
 * The bytes behind the mark; those of UTF-16 in even pieces and little endian, as lines are split and read. An
 * odd byte at the end stands alone in the last piece.
 */
export async function* withoutEncodingMark(
  chunks: AsyncIterable<Buffer>,
  { name, markBytes }: Encoding,
): AsyncGenerator<Buffer> {
  if (name === 'utf8') {
    yield* chunks;
    return;
  }
  let held = Buffer.alloc(0);
  let toSkip = markBytes;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const even = bytes.length - (bytes.length % 2);
    const start = Math.min(toSkip, even);
    toSkip -= start;
    held = bytes.subarray(even);
    const piece = bytes.subarray(start, even);
    yield name === 'utf16be' ? piece.swap16() : piece;
  }
  yield held;
}

/** The text of a line, without marks; `undefined` where its bytes are not valid in the encoding. */
export function decodeLine(bytes: Buffer, { name }: Encoding): string | undefined {
  if (name !== 'utf8') {
    const text = bytes.toString('utf16le');
    return bytes.length % 2 === 0 && text.isWellFormed() ? withoutMark(text) : undefined;
  }
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !isUtf8(bytes)) return undefined;
  return withoutMark(text);
}

/** The text that an object begins with, and may go on. */
export function decodeHead(head: Buffer, { name, markBytes }: Encoding): string {
  const even = head.subarray(markBytes, head.length - (head.length % 2));
  if (name === 'utf16be') return Buffer.from(even).swap16().toString('utf16le');
  return name === 'utf16le' ? even.toString('utf16le') : withoutMark(head.toString('utf8'));
}
