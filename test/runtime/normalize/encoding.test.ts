import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { expectAccounted, normalized, reasons, record } from '../../support/data/normalized';

const utf16 = (text: string, isBig = false) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
};

const csv =
  'mpId;audience_id;audience_name;membership_action;timestamp\r\n1;10;Ünï\u0a0a😀;add;1735689600\r\n';

test.each([false, true])(
  'UTF-16 with a mark is read as UTF-8 is (big endian: %s)',
  async (isBig) => {
    const json = `${record({ audience_name: 'Ünï\u0a0a😀' })}\n\n{"mpId":0}\n`;
    for (const text of [csv, json]) {
      const utf8 = await normalized(text);
      for (const bytes of [utf16(text, isBig), gzipSync(utf16(text, isBig))]) {
        const result = await normalized(bytes);
        expect(result.changes).toEqual(utf8.changes);
        expect(reasons(result)).toEqual(reasons(utf8));
        expect(result.records).toBe(utf8.records);
      }
    }
  },
);

test('The offset of a rejection counts the bytes of the object as they are, its mark included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(record(), '{"mpId":0}', 'ਅ', '', '😀'), { minLength: 1 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (lines, end, isBig, chunkBytes) => {
        const bytes = utf16([record(), ...lines].join(end), isBig);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          chunks.push(bytes.subarray(at, at + chunkBytes));
        }
        const result = await normalized(chunks);
        expectAccounted(result);
        for (const { byteOffset, source } of result.rejections) {
          const line = Buffer.from(lines[source.line - 2] ?? '', 'utf16le');
          if (isBig) line.swap16();
          expect(bytes.subarray(byteOffset, byteOffset + line.length)).toEqual(line);
        }
      },
    ),
  );
});

test('A byte order mark before any line of a joined file is no content', async () => {
  const joined = `\ufeff${record()}\n\ufeff\ufeff${record()}\n\ufeff\n`;
  for (const bytes of [Buffer.from(joined), Buffer.from(joined, 'utf16le')]) {
    expect(await normalized(bytes)).toMatchObject({ records: 3, ignored: 1, rejections: [] });
  }
});

test('A torn character and an odd byte at the end cost the line that they stand in', async () => {
  const torn = record({ audience_name: 'X' }).replace('X', '\ud800');
  const text = `\ufeff${torn}\n${record()}\n`;
  const bytes = Buffer.concat([Buffer.from(text, 'utf16le'), Buffer.from([0x7b])]);
  const result = await normalized(bytes);
  expect(result.changes).toHaveLength(1);
  expect(reasons(result)).toEqual(['not_utf8', 'not_utf8']);
  expect(result.rejections[1]).toMatchObject({ byteOffset: bytes.length - 1, source: { line: 3 } });
});
