import fc from 'fast-check';

import { LineSplitter, type Line } from '../../../runtime/normalize/lines';

function linesOf(chunks: readonly Buffer[], limit = 1000, width: 1 | 2 = 1): Line[] {
  const splitter = new LineSplitter(limit, width);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

const ends = fc.constantFrom('\n', '\r\n', '\r');
const anyText = fc
  .array(fc.tuple(fc.constantFrom('', 'a', 'bc', '\u0a0a', '\u0d0d', 'ਅ'), ends), { maxLength: 12 })
  .map((lines) => lines.flat().join(''));

test('LF, CRLF and CR end a line, however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.constantFrom(1, 2),
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 }),
      (text, width, sizes) => {
        const bytes = Buffer.from(text, width === 1 ? 'utf8' : 'utf16le');
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size * width));
          at += size * width;
        }
        const lines = linesOf([...chunks, bytes.subarray(at)], 1000, width);
        const expected = text.split(/\r\n|\n|\r/);
        if (expected.at(-1) === '') expected.pop();
        const read = lines.map((line) => line.bytes?.toString(width === 1 ? 'utf8' : 'utf16le'));
        expect(read).toEqual(expected);
        expect(lines.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1));
        for (const line of lines) {
          const length = line.bytes?.length ?? 0;
          const there = bytes.subarray(line.byteOffset, line.byteOffset + length);
          expect(there).toEqual(line.bytes);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('A line over the limit is passed over, not held, and the next one has its place', () => {
  const chunks = Array.from({ length: 1000 }, () => Buffer.alloc(1000, 'x'));
  expect(linesOf([...chunks, Buffer.from('\nok\n')], 5000)).toEqual([
    { number: 1, byteOffset: 0, bytes: undefined },
    { number: 2, byteOffset: 1_000_001, bytes: Buffer.from('ok') },
  ]);
});

test('A line of exactly the limit is kept', () => {
  expect(linesOf([Buffer.from('abc\r\nabcd\n')], 3).map(({ bytes }) => bytes?.length)).toEqual([
    3,
    undefined,
  ]);
});
