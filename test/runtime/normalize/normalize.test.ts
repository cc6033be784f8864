import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import * as z from 'zod';

import { REJECTION_REASONS } from '../../../runtime/change';
import { normalize } from '../../../runtime/normalize/normalize';
import { FORMATS } from '../../../runtime/sources/pick-format';
import type { Format } from '../../../runtime/sources/source';
import {
  DELIVERED_AT,
  expectAccounted,
  normalized,
  reasons,
  record,
} from '../../support/data/normalized';

/** What a well-formed change and rejection look like. */
const sourceSchema = z.strictObject({
  object: z.string().min(1),
  generation: z.string().min(1),
  line: z.int().positive(),
});
const changeSchema = z.strictObject({
  mpId: z.string().regex(/^-?[1-9]\d{0,18}$/),
  audienceId: z.string().min(1),
  audienceName: z.string().min(1).optional(),
  action: z.enum(['add', 'delete']),
  changedAt: z.int().nonnegative(),
  sequence: z
    .bigint()
    .nonnegative()
    .max(2n ** 63n - 1n),
  identities: z.array(z.strictObject({ type: z.string().min(1), value: z.string().min(1) })).max(5),
  source: sourceSchema,
});
const rejectionSchema = z.strictObject({
  source: sourceSchema,
  byteOffset: z.int().nonnegative(),
  reason: z.enum(Object.keys(REJECTION_REASONS)),
  field: z.string().min(1).optional(),
  records: z.int().positive().optional(),
});

describe('a broken object', () => {
  const three = `${record()}\n${record()}\n${record()}\n`;

  test('A gzip that is cut anywhere is one rejection, and none of its rows counts', async () => {
    const compressed = gzipSync(three, { level: 1 });
    for (let length = 2; length < compressed.length; length += 1) {
      const result = await normalized(compressed.subarray(0, length));
      expect(reasons(result)).toEqual(['gzip_broken']);
      expect(result.changes).toEqual([]);
      expectAccounted(result);
    }
  });

  test('Corrupt bytes in the middle of a gzip break it, and none of its rows counts', async () => {
    const lines = Array.from({ length: 2000 }, (_, line) => record({ mpId: line * 7919 + 1 }));
    const corrupt = gzipSync(lines.join('\n'));
    corrupt.fill(0xff, corrupt.length >> 1, (corrupt.length >> 1) + 64);
    expect(await normalized(corrupt)).toMatchObject({
      changes: [],
      rejections: [{ reason: 'gzip_broken' }],
      records: 1,
    });
  });

  test('Bytes behind a complete gzip are one rejection, and cost nothing else', async () => {
    const result = await normalized(Buffer.concat([gzipSync(three), Buffer.from('EOF\nEOF\n')]));
    expect(result.changes).toHaveLength(3);
    expect(result.rejections).toMatchObject([
      { reason: 'gzip_trailing_bytes', source: { line: 4 }, byteOffset: three.length },
    ]);
    expectAccounted(result);
  });

  test('Every member of a gzip is read', async () => {
    const member = gzipSync(`${record()}\n`);
    const result = await normalized(Buffer.concat([member, member]));
    expect(result).toMatchObject({ lines: 2, rejections: [] });
    expect(result.changes).toHaveLength(2);
  });

  test('A gzip bomb is broken at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, '\n'));
    const result = await normalized(bomb, {}, { maxObjectBytes: 1_000_000 });
    expect(reasons(result)).toEqual(['object_too_large']);
    expectAccounted(result);
  });

  test.each([
    ['a NUL', `${record()}\0`, 'not_text'],
    ['a control byte', record().replace('Readers', 'Read\u0001ers'), 'not_json'],
    ['bytes of another encoding', '\u0001\xff', 'not_utf8'],
  ])('A line with %s costs itself', async (_, line, reason) => {
    const result = await normalized(Buffer.from(`${record()}\n${line}\n${record()}\n`, 'latin1'));
    expect(result.changes).toHaveLength(2);
    expect(reasons(result)).toEqual([reason]);
    expectAccounted(result);
  });

  test('A line that is not UTF-8 is rejected alone', async () => {
    const latin1 = Buffer.from(record({ audience_name: 'Zoë' }), 'latin1');
    const result = await normalized(
      Buffer.concat([Buffer.from(`${record()}\n`), latin1, Buffer.from(`\n${record()}\n`)]),
    );
    expect(reasons(result)).toEqual(['not_utf8']);
    expect(result.rejections[0]).toMatchObject({ byteOffset: record().length + 1 });
    expect(result.changes).toHaveLength(2);
  });

  test('A line over the limit is rejected without being held', async () => {
    const long = Array.from({ length: 1000 }, () => Buffer.alloc(1000, 'x'));
    const result = await normalized(
      [Buffer.from(`${record()}\n`), ...long, Buffer.from(`\n${record()}`)],
      {},
      { maxLineBytes: 5000 },
    );
    expect(reasons(result)).toEqual(['line_too_long']);
    expect(result.changes).toMatchObject([{ source: { line: 1 } }, { source: { line: 3 } }]);
  });

  test('An error of reading itself is not swallowed', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream is read asynchronously.
    const failing = async function* () {
      yield gzipSync(three).subarray(0, 20);
      throw new Error('connection reset');
    };
    const reading = async () => {
      const object = { name: 'o', generation: '1', deliveredAt: DELIVERED_AT };
      for await (const batch of normalize(failing(), object)) expect(batch.rejections).toEqual([]);
    };
    await expect(reading()).rejects.toThrow('connection reset');
  });
});

describe('Rejections beyond the limit', () => {
  const bad = (count: number) => '{"mpId":0}\n'.repeat(count);

  test('They are one, which says for how many records it stands; changes go on', async () => {
    const text = `${bad(3)}${record()}\n${bad(2)}${record()}\n`;
    const result = await normalized(text, {}, { maxRejections: 3 });
    expect(result.changes).toHaveLength(2);
    expect(reasons(result)).toEqual(['mpid_zero', 'mpid_zero', 'mpid_zero', 'too_many_rejections']);
    expect(result.rejections[3]).toMatchObject({
      records: 2,
      source: { line: 5 },
      byteOffset: bad(3).length + record().length + 1,
    });
    expect(result).toMatchObject({ records: 7, lines: 7 });
    expectAccounted(result);
  });

  test('Up to 10,000 are listed', async () => {
    const result = await normalized(bad(10_000));
    expect(result.rejections).toHaveLength(10_000);
    expect(reasons(result)).not.toContain('too_many_rejections');
    const more = await normalized(bad(100_000));
    expect(more.rejections).toHaveLength(10_001);
    expect(more.rejections.at(-1)).toMatchObject({
      reason: 'too_many_rejections',
      records: 90_000,
    });
  });
});

describe('A format of messages', () => {
  /** Messages that hold changes of several audiences, as no format of ours does yet. */
  const messages: Format = {
    open({ name, text }, { latest }) {
      if (!name.endsWith('.messages') || !text.startsWith('{"message"')) return undefined;
      return {
        records: 'lines',
        writtenAt: 7,
        read(line, sink) {
          const { message } = JSON.parse(line) as { message: [string, string, number][] };
          for (const [mpId, audienceId, changedAt] of message) {
            if (changedAt > latest)
              sink.fault({ reason: 'timestamp_in_future', field: audienceId });
            else {
              sink.row({
                mpId,
                audienceId,
                audienceName: undefined,
                action: 'add',
                changedAt,
                identities: [],
                omittedIdentities: 0,
                omittedNames: 0,
              });
            }
          }
        },
      };
    },
  };
  const delivery = [
    JSON.stringify({
      message: [
        ['1', 'a', 5],
        ['1', 'b', Number.MAX_SAFE_INTEGER],
        ['1', 'c', 6],
      ],
    }),
    '{"message":[]}',
    JSON.stringify({ message: [['2', 'a', 8]] }),
  ].join('\n');
  const options = { formats: [messages, ...FORMATS] };

  test('It gives several rows and faults for one line, and none for a keep-alive', async () => {
    const result = await normalized(delivery, { name: 'x.messages' }, options);
    expect(result.changes.map(({ audienceId, source }) => [audienceId, source.line])).toEqual([
      ['a', 1],
      ['c', 1],
      ['a', 3],
    ]);
    expect(result.rejections).toMatchObject([
      { reason: 'timestamp_in_future', field: 'b', source: { line: 1 } },
    ]);
    expect(result).toMatchObject({ records: 5, lines: 3, ignored: 1 });
    expectAccounted(result);
  });

  test('It is picked by the name and by the beginning of the object, before the formats after it', async () => {
    const named = await normalized(`${record()}\n`, { name: 'x.messages' }, options);
    const begun = await normalized(delivery, { name: 'x.jsonl' }, options);
    expect(named.changes).toHaveLength(1);
    expect(begun.changes).toHaveLength(0);
  });
});

describe('any bytes', () => {
  const anyLine = fc.oneof(
    fc.constant(record()),
    fc.constant(''),
    fc.constant('{"mpId":9080350317581165003}'),
    fc.constant('mpId;audience_id;membership_action;timestamp'),
    fc.constant('1;"a\n"\r2;b'),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  const anyText = fc
    .array(anyLine, { maxLength: 12 })
    .chain((lines) =>
      fc.constantFrom(
        Buffer.from(lines.join('\n')),
        Buffer.from(lines.join('\r')),
        Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'),
      ),
    );
  const anyBytes = fc.oneof(
    anyText,
    anyText.map((text) => gzipSync(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );

  test('Every line ends as a well-formed change, as a rejection or as a no-op', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const result = await normalized(bytes);
        expectAccounted(result);
        z.array(changeSchema).parse(result.changes);
        z.array(rejectionSchema).parse(result.rejections);
      }),
      { numRuns: 500 },
    );
  });

  test('The result is the same whichever way the bytes are cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.array(fc.nat(40), { maxLength: 30 }), async (bytes, sizes) => {
        const chunks: Buffer[] = [];
        let rest = bytes;
        for (const size of sizes) {
          chunks.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        expect(await normalized([...chunks, rest])).toEqual(await normalized(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('An object gives the same changes when it is compressed', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        fc.pre(text[0] !== 0x1f);
        expect(await normalized(gzipSync(text))).toEqual(await normalized(text));
      }),
    );
  });
});
