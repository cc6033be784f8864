import fc from 'fast-check';

import { expectAccounted, normalized, reasons } from '../../support/data/normalized';

const HEADER = 'mpId,audience_id,audience_name,membership_action,timestamp,note\n';
const row = (mpId: number, note: string) => `${mpId},10,A,add,1735689600,${note}\n`;
const places = (result: Awaited<ReturnType<typeof normalized>>) =>
  result.rejections.map(({ source, byteOffset }) => [source.line, byteOffset]);

test('A record may span lines in quotes, and has the place of its first line', async () => {
  const quoted = row(1, '"two\r\nlines, ""quoted"""');
  const bad = row(0, '"\n\n"');
  const result = await normalized(`${HEADER}${quoted}${bad}${row(3, '')}`);
  expect(result.changes.map(({ mpId, source }) => [mpId, source.line])).toEqual([
    ['1', 2],
    ['3', 7],
  ]);
  expect(places(result)).toEqual([[4, HEADER.length + quoted.length]]);
  expect(result).toMatchObject({ records: 4, lines: 7, ignored: 1 });
});

test('What looks like a record within quotes is none', async () => {
  const result = await normalized(`${HEADER}${row(1, `"\n${row(666, 'x')}"`)}${row(2, '')}`);
  expect(result.changes.map(({ mpId }) => mpId)).toEqual(['1', '2']);
});

test.each(['"never closed', 'a "quote" within', '"closed" too early', '5"'])(
  'A broken quote costs its own line, and nothing of what follows: %j',
  async (note) => {
    const rows = [
      row(1, ''),
      row(2, note),
      row(3, '"fine"'),
      row(4, '"two\nlines"'),
      row(5, note),
      row(6, ''),
    ];
    const result = await normalized(`${HEADER}${rows.join('')}`);
    expect(result.changes.map(({ mpId }) => mpId)).toEqual(['1', '3', '4', '6']);
    expect(reasons(result)).toEqual(['csv_malformed', 'csv_malformed']);
    expect(result.rejections.map(({ source }) => source.line)).toEqual([3, 7]);
    expectAccounted(result);
  },
);

test('A quote that is open for longer than the limit swallows nothing, in constant memory', async () => {
  const rest = Array.from({ length: 3000 }, (_, index) => row(index + 10, '')).join('');
  const result = await normalized(`${HEADER}${row(1, '"open')}${rest}`, {}, { maxLineBytes: 2000 });
  expect(result.changes).toHaveLength(3000);
  expect(places(result)).toEqual([[2, HEADER.length]]);
});

test('A line that is not text or too long costs the record that it stands in', async () => {
  const latin1 = Buffer.from(row(2, 'é'), 'latin1');
  const spanning = Buffer.from(row(3, '"a\né\n"'), 'latin1');
  const parts = [
    HEADER,
    row(1, ''),
    latin1,
    spanning,
    row(4, 'a\0'),
    row(5, 'x'.repeat(5000)),
    row(6, ''),
  ];
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const result = await normalized(bytes, {}, { maxLineBytes: 2000 });
  expect(result.changes.map(({ mpId }) => mpId)).toEqual(['1', '6']);
  expect(reasons(result)).toEqual(['not_utf8', 'not_utf8', 'not_text', 'line_too_long']);
  expectAccounted(result);
});

test('Records written by RFC 4180 are read back, whatever they hold and however they are cut', async () => {
  const note = fc.string({
    unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\r\n', ' ', 'é', '😀', '\t'),
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(note, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.integer({ min: 1, max: 100 }),
      async (notes, delimiter, end, chunkBytes) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const header = ['mpId', 'audience_id', 'membership_action', 'timestamp', 'note'];
        const records = notes.map((text, index) => [
          String(index + 1),
          '10',
          'add',
          '1735689600',
          quote(text),
        ]);
        const written = [header, ...records].map((cells) => cells.join(delimiter)).join(end);
        const bytes = Buffer.from(written);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          chunks.push(bytes.subarray(at, at + chunkBytes));
        }
        const result = await normalized(chunks);
        expect(result.rejections).toEqual([]);
        expect(result.changes.map(({ mpId }) => Number(mpId))).toEqual(notes.map((_, i) => i + 1));
        expect(result.records).toBe(notes.length + 1);
        expect(result.lines).toBe(written.split(/\r\n|\n|\r/).length);
      },
    ),
    { numRuns: 500 },
  );
});

test('Any mixture of quotes ends as records that are accounted for, each line once', async () => {
  const line = fc.string({ unit: fc.constantFrom('1', '"', ',', 'a'), maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
      const text = `${HEADER}${lines.map((one) => `${one}\n`).join('')}`;
      const result = await normalized(text);
      expectAccounted(result);
      expect(result.lines).toBe(lines.length + 1);
      const starts = result.rejections.map(({ source }) => source.line);
      expect(new Set(starts).size).toBe(starts.length);
    }),
    { numRuns: 1000 },
  );
});
