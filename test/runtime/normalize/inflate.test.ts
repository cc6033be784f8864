import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { GzipBrokenError, inflate, isGzip } from '../../../runtime/normalize/inflate';

interface Inflated {
  readonly text: string;
  readonly hasTrailingBytes: boolean;
}

async function inflated(bytes: Buffer, chunkBytes = bytes.length || 1): Promise<Inflated> {
  let hasTrailingBytes = false;
  const chunks: Buffer[] = [];
  const pieces = piecesOf(bytes, chunkBytes);
  for await (const chunk of inflate(pieces, () => (hasTrailingBytes = true))) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('latin1'), hasTrailingBytes };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is read asynchronously.
async function* piecesOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

/** A member whose header has every optional field: RFC 1952, section 2.3. */
function withHeaderFields(text: string): Buffer {
  const plain = gzipSync(text);
  const extra = Buffer.from([3, 0, 1, 2, 3]);
  const fields = Buffer.concat([extra, Buffer.from('name\0comment\0'), Buffer.from([1, 2])]);
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 2 | 4 | 8 | 16;
  return Buffer.concat([header, fields, plain.subarray(10)]);
}

const content = fc.string({ unit: 'binary-ascii', maxLength: 40 });

test('Any members in a row are one stream, however it is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(content, fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(20),
      async (members, chunkBytes, zeros) => {
        const parts = members.map(([text, full]) =>
          full ? withHeaderFields(text) : gzipSync(text),
        );
        const bytes = Buffer.concat([...parts, Buffer.alloc(zeros)]);
        expect(await inflated(bytes, chunkBytes)).toEqual({
          text: members.map(([text]) => text).join(''),
          hasTrailingBytes: false,
        });
      },
    ),
  );
});

test('Bytes behind a complete stream cost nothing of it', async () => {
  const trailing = fc.uint8Array({ minLength: 1, maxLength: 20 }).filter((bytes) => {
    const rest = Buffer.from(bytes.slice(bytes.findIndex((byte) => byte !== 0)));
    return bytes.some((byte) => byte !== 0) && !(rest[0] === 0x1f && rest[1] === 0x8b);
  });
  await fc.assert(
    fc.asyncProperty(
      content,
      trailing,
      fc.integer({ min: 1, max: 60 }),
      async (text, rest, size) => {
        const bytes = Buffer.concat([gzipSync(text), rest]);
        expect(await inflated(bytes, size)).toEqual({ text, hasTrailingBytes: true });
      },
    ),
  );
});

test('A stream that is cut anywhere is broken', async () => {
  const stream = gzipSync('a line of text\n'.repeat(20));
  for (let length = 2; length < stream.length; length += 1) {
    await expect(inflated(stream.subarray(0, length))).rejects.toThrow(GzipBrokenError);
  }
});

test('A stream with a wrong bit anywhere is broken, or gives the same text', async () => {
  const text = Array.from({ length: 100 }, (_, line) => `${line * 7919}`).join('\n');
  const stream = gzipSync(text);
  let broken = 0;
  // The header's time and system, bytes 4 to 9, say nothing about the content.
  for (let at = 10; at < stream.length; at += 1) {
    const wrong = Buffer.from(stream);
    wrong[at] = (wrong[at] ?? 0) ^ 0x10;
    try {
      expect((await inflated(wrong)).text).toBe(text);
    } catch (error) {
      expect(error).toBeInstanceOf(GzipBrokenError);
      broken += 1;
    }
  }
  expect(broken).toBeGreaterThan(stream.length - 20);
});

test('A second member that is cut breaks the stream', async () => {
  const member = gzipSync('text');
  const cut = Buffer.concat([member, member.subarray(0, member.length - 1)]);
  await expect(inflated(cut)).rejects.toThrow(GzipBrokenError);
});

test('A header without an end is broken, and not held', async () => {
  const header = Buffer.from(gzipSync('').subarray(0, 10));
  header[3] = 8;
  const endless = Buffer.concat([header, Buffer.alloc(200_000, 'x')]);
  await expect(inflated(endless)).rejects.toThrow(GzipBrokenError);
});

test.each(['', 'x', '\x1f', 'plain text'])('Other bytes stay as they are: %j', async (text) => {
  expect(isGzip(Buffer.from(text, 'latin1'))).toBe(false);
  expect((await inflated(Buffer.from(text, 'latin1'))).text).toBe(text);
});

test('A stream whose length is beyond 32 KiB of compressed bytes is inflated as it comes', async () => {
  const text = Array.from({ length: 100_000 }, (_, line) => `${line * 7919}`).join('\n');
  expect(await inflated(gzipSync(text), 10_000)).toEqual({ text, hasTrailingBytes: false });
});
