/** The beginning of a stream of chunks, and all of it. */
export interface Peeked {
  /** At least as many bytes as asked for, or the whole stream if it is shorter. */
  readonly head: Buffer;
  readonly whole: AsyncIterable<Buffer>;
}

/**
 * Reads the beginning of a stream, and gives it with the stream. Whoever peeks reads `whole` to its end or
 * breaks off reading it, which closes the stream.
 */
export async function peek(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const rest = chunks[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  for (let length = 0; length < bytes;) {
    const next = await rest.next();
    if (next.done) break;
    first.push(asBuffer(next.value));
    length += next.value.length;
  }
  const head = first.length === 1 && first[0] ? first[0] : Buffer.concat(first);
  return { head, whole: chained(first, rest) };
}

/** The same bytes in pieces of at most `bytes`. */
export async function* inPieces(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += bytes) {
      yield chunk.subarray(start, start + bytes);
    }
  }
}

async function* chained(
  first: readonly Buffer[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Buffer> {
  try {
    yield* first;
    for (;;) {
      const next = await rest.next();
      if (next.done) return;
      yield asBuffer(next.value);
    }
  } finally {
    await rest.return?.();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
