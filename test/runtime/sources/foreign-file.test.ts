import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { expectAccounted, normalized, record, STORAGE_OBJECT } from '../../support/data/normalized';

const binary = (head: string, length = 400) =>
  Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(length, '\0\x01\xfe{"', 'latin1')]);
const records = [1, 2, 3].map((mpId) => JSON.parse(record({ mpId })) as unknown);

/** Each kind of file that is recognised, as it begins. */
const FILES: readonly (readonly [string, string | Buffer])[] = [
  ['is_gzip_in_gzip', gzipSync(gzipSync(record()))],
  ['is_zip', binary('PK\x03\x04')],
  ['is_zstd', binary('\x28\xb5\x2f\xfd')],
  ['is_bzip2', binary('BZh91AY&SY')],
  ['is_xz', binary('\xfd7zXZ\0')],
  ['is_lz4', binary('\x04\x22\x4d\x18')],
  ['is_7z', binary('7z\xbc\xaf\x27\x1c')],
  ['is_tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0'), Buffer.alloc(500)])],
  ['is_parquet', binary('PAR1')],
  ['is_avro', binary('Obj\x01')],
  ['is_orc', binary('ORC')],
  ['is_arrow', binary('ARROW1\0\0')],
  ['is_database', binary('SQLite format 3\0')],
  ['is_database', binary('\x01\x02\x03\x04\x05\x06\x07\x08DUCK')],
  ['is_pdf', binary('%PDF-1.7\n')],
  ['is_office_document', binary('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
  ['is_utf32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0])],
  ['is_utf16_without_mark', Buffer.from(`${record()}\n`, 'utf16le')],
  ['is_utf16_without_mark', Buffer.from(`${record()}\n`, 'utf16le').swap16()],
  ['is_json_array', JSON.stringify(records)],
  ['is_json_array', `[\n${records.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`],
  ['is_json_array', JSON.stringify(records, null, 2)],
  ['is_pretty_json', JSON.stringify(records[0], null, 2)],
  ['is_pretty_json', records.map((one) => JSON.stringify(one, null, '\t')).join('\r\n')],
  ['is_html', '<!DOCTYPE html>\n<html><body>404</body></html>'],
  ['is_html', '\n<HTML>\n</HTML>'],
  ['is_xml', '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'],
];

test.each(FILES)(
  'A file that %s is broken, and named as that, whatever its name',
  async (reason, file) => {
    for (const name of ['object', STORAGE_OBJECT]) {
      const result = await normalized(file, { name });
      expect(result.rejections).toMatchObject([{ reason, byteOffset: 0, source: { line: 1 } }]);
      expect(result.changes).toEqual([]);
      expectAccounted(result);
    }
  },
);

test.each(['ORC export', 'BZh', 'PAR1', '%PDF-', '7z', '<', '[1]', '{'])(
  'A first line %j makes a file of JSON lines nothing else',
  async (first) => {
    const result = await normalized(`${first}\n${record()}\n${record()}\n`);
    expect(result.changes).toHaveLength(2);
    expect(result.rejections).toHaveLength(1);
  },
);

test('Binary data of no known kind is broken', async () => {
  const result = await normalized(Buffer.from([1, 2, 3, 0xff, 0xfe, 0, 7, 10, 8, 9]));
  expect(result.rejections).toMatchObject([{ reason: 'format_unknown' }]);
});

test.each(['object.jsonl', STORAGE_OBJECT])(
  'Data that is compressed or encrypted in a way that nobody knows is broken, whatever its name: %s',
  async (name) => {
    const bytes = createHash('shake256', { outputLength: 20_000 }).update('seed').digest();
    expect(bytes.includes('{')).toBe(true);
    const { rejections } = await normalized(bytes, { name });
    expect(rejections).toMatchObject([{ reason: 'format_unknown' }]);
  },
);
