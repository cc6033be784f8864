import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import * as z from 'zod';
import { canonicalLine } from '../../../runtime/normalize/canonical-line';
import { membershipChangeSchema, rejectionSchema } from '../../../runtime/change-schema';
import { normalize } from '../../../runtime/normalize/normalize';
import {
  DELIVERED_AT,
  normalized,
  STORAGE_OBJECT,
  type Normalized,
} from '../../support/data/normalized';

const record = (fields: object = {}) =>
  JSON.stringify({
    mpId: '-1327484737295091692',
    audience_id: 'a1',
    audience_name: 'Readers',
    membership_action: 'add',
    timestamp: '2025-01-01T00:00:00Z',
    ...fields,
  });

const storageRecord = (mpid: unknown = '1', fields: object = {}) =>
  JSON.stringify({
    IsAddRequest: true,
    IdentityValues: { customer_id: 'some_id', mpid },
    MembershipChangedTimestamp: 1594167374230,
    ...fields,
  });

function expectAccounted(result: Normalized): void {
  expect(result.lines).toBe(result.changes.length + result.rejections.length + result.ignored);
}

const reasons = (result: Normalized) => result.rejections.map(({ reason }) => reason);

describe("mParticle's Cloud Storage records", () => {
  test('take the audience and the order from the name of the object', async () => {
    const { changes } = await normalized(`${storageRecord()}\n${storageRecord('2')}\n`, {
      name: `folder/${STORAGE_OBJECT}`,
    });
    expect(changes[0]).toEqual({
      mpId: '1',
      audienceId: '1234',
      audienceName: 'Test-Audience',
      action: 'add',
      changedAt: 1594167374230000,
      sequence: 1577836800_000000001n,
      identities: [{ type: 'customer_id', value: 'some_id' }],
      source: { object: `folder/${STORAGE_OBJECT}`, generation: '1', line: 1 },
    });
    expect(changes[1]?.sequence).toBe(1577836800_000000002n);
  });

  test.each([
    ['A_B_77_12_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt', '12', 'A_B_77'],
    ['Île_5_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt.gz', '5', 'Île'],
  ])('%s is read from the right', async (name, audienceId, audienceName) => {
    const { changes } = await normalized(storageRecord(), { name });
    expect(changes[0]).toMatchObject({ audienceId, audienceName });
  });

  test.each([
    'Test_1_2025-13-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'Test_x_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'Test_1_2025-01-01_10-20-30.txt',
  ])('%s tells no audience, and says so for every line', async (name) => {
    const result = await normalized(`${storageRecord()}\n${storageRecord()}\n`, { name });
    expect(reasons(result)).toEqual(['object_name_unrecognized', 'object_name_unrecognized']);
  });

  test('a large mpid keeps its digits whether it is text or a number', async () => {
    const number = storageRecord('X').replace('"X"', '-1327484737295091692');
    const { changes } = await normalized(`${storageRecord('-1327484737295091692')}\n${number}`, {
      name: STORAGE_OBJECT,
    });
    expect(changes.map(({ mpId }) => mpId)).toEqual([
      '-1327484737295091692',
      '-1327484737295091692',
    ]);
  });

  test.each<[string, string, string | undefined]>([
    ['{"IsAddRequest":true', 'not_json', undefined],
    ['[]', 'not_object', undefined],
    ['null', 'not_object', undefined],
    [storageRecord('1', { IsAddRequest: 'yes' }), 'action_unknown', 'IsAddRequest'],
    [storageRecord('1', { IsAddRequest: null }), 'action_missing', 'IsAddRequest'],
    [storageRecord('1', { IdentityValues: null }), 'mpid_missing', 'IdentityValues'],
    [storageRecord(null), 'mpid_missing', 'IdentityValues.mpid'],
    [storageRecord({}), 'mpid_invalid', 'IdentityValues.mpid'],
    [storageRecord(1e21), 'mpid_not_exact', 'IdentityValues.mpid'],
    [
      storageRecord('1', { MembershipChangedTimestamp: null }),
      'timestamp_missing',
      'MembershipChangedTimestamp',
    ],
    [
      storageRecord('1', { MembershipChangedTimestamp: DELIVERED_AT + 600_000_001 }),
      'timestamp_in_future',
      'MembershipChangedTimestamp',
    ],
  ])('%s is rejected as %s', async (line, reason, field) => {
    const result = await normalized(line, { name: STORAGE_OBJECT });
    expect(result.rejections).toEqual([
      {
        source: { object: STORAGE_OBJECT, generation: '1', line: 1 },
        byteOffset: 0,
        reason,
        ...(field === undefined ? {} : { field }),
      },
    ]);
    expectAccounted(result);
  });

  test('a change up to 10 minutes ahead of its arrival is accepted', async () => {
    const line = storageRecord('1', { MembershipChangedTimestamp: DELIVERED_AT + 600_000_000 });
    expect((await normalized(line, { name: STORAGE_OBJECT })).changes).toHaveLength(1);
  });

  test('a validation object is a no-op', async () => {
    const name = 'folder/mparticle-validation-20250101.txt';
    expect((await normalized('', { name })).lines).toBe(0);
    expect(await normalized('anything\n', { name })).toMatchObject({ lines: 1, ignored: 1 });
  });

  test('no key of a record reaches a prototype', async () => {
    const line =
      '{"__proto__":{"IsAddRequest":true},"constructor":1,"IdentityValues":{"__proto__":{"mpid":"1"}}}';
    const result = await normalized(
      line,
      { name: STORAGE_OBJECT },
      { identityTypes: ['constructor'] },
    );
    expect(reasons(result)).toEqual(['action_missing']);
  });
});

describe('canonical records', () => {
  const csv = [
    'mpId,audience_id,audience_name,membership_action,timestamp,email',
    '-1327484737295091692,a1,"Readers, ""daily""",add,2025-01-01T00:00:00Z,jo@example.com',
    '2,a1,,delete,1735689600,',
  ].join('\r\n');

  test('are the same from JSON lines and from CSV', async () => {
    const json = [
      record({ audience_name: 'Readers, "daily"', email: 'jo@example.com' }),
      record({ mpId: 2, audience_name: null, membership_action: 'delete', timestamp: 1735689600 }),
    ].join('\n');
    const [fromCsv, fromJson] = [await normalized(csv), await normalized(json)];
    const data = (result: Normalized) =>
      result.changes.map(({ mpId, audienceName, action, changedAt, identities }) => ({
        mpId,
        audienceName,
        action,
        changedAt,
        identities,
      }));
    expect(data(fromCsv)).toEqual(data(fromJson));
    expect(fromCsv).toMatchObject({ lines: 3, ignored: 1 });
    expectAccounted(fromCsv);
  });

  test.each<[object, string, string]>([
    [{ mpId: undefined }, 'mpid_missing', 'mpId'],
    [{ mpId: '' }, 'mpid_missing', 'mpId'],
    [{ mpId: ' 12' }, 'mpid_invalid', 'mpId'],
    [{ mpId: true }, 'mpid_invalid', 'mpId'],
    [{ audience_id: '' }, 'audience_id_missing', 'audience_id'],
    [{ audience_id: ' ' }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 1.5 }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'x'.repeat(1025) }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'a\ud800' }, 'audience_id_invalid', 'audience_id'],
    [{ audience_name: 7 }, 'audience_name_invalid', 'audience_name'],
    [{ membership_action: null }, 'action_missing', 'membership_action'],
    [{ membership_action: 'ADD' }, 'action_unknown', 'membership_action'],
    [{ timestamp: '2025-02-30T00:00:00Z' }, 'timestamp_invalid', 'timestamp'],
    [{ timestamp: -1 }, 'timestamp_out_of_range', 'timestamp'],
  ])('%j is rejected as %s', async (fields, reason, field) => {
    const { rejections } = await normalized(record(fields));
    expect(rejections).toMatchObject([{ reason, field }]);
  });

  test('an unusable identity is left out and counted, and costs no change', async () => {
    const result = await normalized(record({ membership_action: 'delete', email: 'n/a' }));
    expect(result.changes).toMatchObject([{ action: 'delete', identities: [] }]);
    expect(result.omittedIdentities).toBe(1);
  });

  test('only the identity types that are kept are looked at', async () => {
    const { changes } = await normalized(
      record({ email: 'jo@example.com', customer_id: 'C-1', other: 'x' }),
      {},
      { identityTypes: ['other'] },
    );
    expect(changes[0]?.identities).toEqual([{ type: 'other', value: 'x' }]);
  });

  test.each([
    ['audience_id,membership_action,timestamp\n1,add,1\n', 'mpId'],
    ['mpId,mpId,audience_id,membership_action,timestamp\n1,1,a,add,1\n', 'mpId'],
  ])('a CSV header at fault ends the object: %j', async (text, field) => {
    const result = await normalized(text);
    expect(result.rejections).toMatchObject([{ reason: 'csv_header_invalid', field }]);
    expectAccounted(result);
  });

  test('a CSV record with a broken quote or another number of fields is rejected alone', async () => {
    const result = await normalized(
      `mpId,audience_id,membership_action,timestamp\n1,"a,add,1\n1,a,add\n2,a,add,1735689600\n`,
    );
    expect(reasons(result)).toEqual(['csv_malformed', 'csv_malformed']);
    expect(result.changes).toHaveLength(1);
  });

  test('what normalize prints, it reads again as the same bytes', async () => {
    const first = await normalized(csv);
    const printed = first.changes.map(canonicalLine).join('');
    const second = await normalized(printed);
    expect(second.changes.map(canonicalLine).join('')).toBe(printed);
  });
});

describe('a broken object', () => {
  const three = `${record()}\n${record()}\n${record()}\n`;

  test('a gzip that is cut anywhere is one rejection, and the whole lines before it are kept', async () => {
    const compressed = gzipSync(three, { level: 1 });
    for (let length = 2; length < compressed.length; length += 1) {
      const result = await normalized(compressed.subarray(0, length));
      expect(reasons(result)).toEqual(['gzip_broken']);
      expect(result.changes.length).toBeLessThanOrEqual(3);
      expect(result.rejections[0]?.source.line).toBe(result.changes.length + 1);
      expectAccounted(result);
    }
  });

  test('a large gzip that is cut keeps what could be inflated', async () => {
    const many = Array.from({ length: 20_000 }, (_, line) => record({ mpId: String(line) })).join(
      '\n',
    );
    const compressed = gzipSync(many);
    const result = await normalized(compressed.subarray(0, compressed.length - 8));
    expect(result.changes.length).toBeGreaterThan(19_000);
    expect(reasons(result)).toEqual(['gzip_broken']);
  });

  test('corrupt bytes, or bytes after the end of a gzip, are one rejection after what came before', async () => {
    const lines = Array.from({ length: 2000 }, (_, line) => record({ mpId: String(line * 7919) }));
    const whole = gzipSync(lines.join('\n'));
    const corrupt = Buffer.from(whole).fill(0xff, whole.length >> 1, (whole.length >> 1) + 64);
    for (const broken of [Buffer.concat([whole, Buffer.from('garbage')]), corrupt]) {
      const result = await normalized(broken);
      expect(reasons(result).filter((reason) => reason === 'gzip_broken')).toHaveLength(1);
      expect(reasons(result).at(-1)).toBe('gzip_broken');
      expect(result.changes.length).toBeGreaterThan(700);
      expectAccounted(result);
    }
  });

  test('every member of a gzip is read', async () => {
    const member = gzipSync(`${record()}\n`);
    const result = await normalized(Buffer.concat([member, member]));
    expect(result).toMatchObject({ lines: 2, rejections: [] });
    expect(result.changes).toHaveLength(2);
  });

  test('a gzip bomb ends at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, '\n'));
    const result = await normalized(bomb, {}, { maxObjectBytes: 1_000_000 });
    expect(reasons(result)).toEqual(['object_too_large']);
    expect(result.ignored).toBe(1_000_000);
    expectAccounted(result);
  });

  test.each([
    ['NUL bytes', Buffer.from(`${record()}\n${record()}\0\n${record()}\n`)],
    ['binary data', Buffer.from(`${record()}\n\u0001\xff\n${record()}\n`, 'latin1')],
  ])('%s: what came before is kept', async (_, bytes) => {
    const result = await normalized(bytes);
    expect(result.changes).toHaveLength(1);
    expect(reasons(result)).toEqual(['not_text']);
    expectAccounted(result);
  });

  test('a UTF-16 file is one rejection', async () => {
    expect(reasons(await normalized(Buffer.from(three, 'utf16le')))).toEqual(['not_text']);
  });

  test('a line that is not UTF-8 is rejected alone', async () => {
    const latin1 = Buffer.from(record({ audience_name: 'Zoë' }), 'latin1');
    const result = await normalized(
      Buffer.concat([Buffer.from(`${record()}\n`), latin1, Buffer.from(`\n${record()}\n`)]),
    );
    expect(reasons(result)).toEqual(['not_utf8']);
    expect(result.rejections[0]).toMatchObject({ byteOffset: record().length + 1 });
    expect(result.changes).toHaveLength(2);
  });

  test('a line over the limit is rejected without being held', async () => {
    const long = Array.from({ length: 1000 }, () => Buffer.alloc(1000, 'x'));
    const result = await normalized(
      [...long, Buffer.from(`\n${record()}`)],
      {},
      { maxLineBytes: 5000 },
    );
    expect(reasons(result)).toEqual(['line_too_long']);
    expect(result.changes).toMatchObject([{ source: { line: 2 } }]);
  });

  test('an error of the source itself is not swallowed', async () => {
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

describe('any bytes', () => {
  const anyLine = fc.oneof(
    fc.constant(record()),
    fc.constant(''),
    fc.constant('{"mpId":9080350317581165003}'),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  const anyText = fc
    .array(anyLine, { maxLength: 12 })
    .map((lines) => Buffer.from(lines.join('\n')));
  const anyBytes = fc.oneof(
    anyText,
    anyText.map((text) => gzipSync(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );

  test('every line ends as a well-formed change, as a rejection or as a no-op', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const result = await normalized(bytes);
        expectAccounted(result);
        z.array(membershipChangeSchema).parse(result.changes);
        z.array(rejectionSchema).parse(result.rejections);
      }),
      { numRuns: 500 },
    );
  });

  test('the same whichever way the bytes are cut into chunks', async () => {
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

  test('an object compresses to the same changes', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        fc.pre(text[0] !== 0x1f);
        expect(await normalized(gzipSync(text))).toEqual(await normalized(text));
      }),
    );
  });
});
