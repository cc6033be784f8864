import { gzipSync } from 'node:zlib';

import { REJECTION_REASONS, type RejectionReason } from '../../../runtime/change';
import type { NormalizeOptions } from '../../../runtime/normalize/delivered-object';
import { normalized, record, STORAGE_OBJECT, storageRecord } from '../../support/data/normalized';

interface Example {
  readonly bytes: string | Buffer;
  readonly name?: string;
  readonly options?: Partial<NormalizeOptions>;
}

type Unread = 'object_vanished' | 'object_parked';

const HEADER = 'mpId,audience_id,membership_action,timestamp\n';
const json = (fields: object) => ({ bytes: record(fields) });
const binary = (head: string) => ({ bytes: Buffer.from(`${head}\0\x01\xff`, 'latin1') });

/** The least that ends as each reason; `tsc` asks for an entry of each. */
const EXAMPLES: Readonly<Record<Exclude<RejectionReason, Unread>, Example>> = {
  line_too_long: { bytes: `${record()}\n${record()}x`, options: { maxLineBytes: record().length } },
  not_utf8: { bytes: Buffer.from(record({ audience_name: 'é' }), 'latin1') },
  not_text: { bytes: `${record()}\0` },
  not_json: { bytes: '{"mpId":' },
  not_object: { bytes: `${record()}\n[]` },
  csv_malformed: { bytes: `${HEADER}1,a,add` },
  csv_before_header: { bytes: `Export\n${HEADER}` },
  mpid_missing: json({ mpId: null }),
  mpid_invalid: json({ mpId: '1.0' }),
  mpid_zero: json({ mpId: '-0' }),
  mpid_leading_zeros: json({ mpId: '007' }),
  mpid_not_exact: { bytes: record({ mpId: 'X' }).replace('"X"', '1e20') },
  mpid_out_of_range: json({ mpId: '9223372036854775808' }),
  audience_id_missing: json({ audience_id: ' ' }),
  audience_id_invalid: json({ audience_id: true }),
  audience_id_ambiguous: json({ audience_id: '1\u200b0' }),
  action_missing: json({ membership_action: '' }),
  action_unknown: json({ membership_action: 'leave' }),
  timestamp_missing: json({ timestamp: null }),
  timestamp_invalid: json({ timestamp: '2025-02-30T00:00:00Z' }),
  timestamp_date_only: json({ timestamp: '2025-01-01' }),
  timestamp_without_zone: json({ timestamp: '2025-01-01T00:00:00' }),
  timestamp_before_2000: json({ timestamp: 0 }),
  timestamp_out_of_range: json({ timestamp: '9999-12-31T23:59:59Z' }),
  timestamp_in_future: json({ timestamp: '2026-01-01T00:10:00.000001Z' }),
  object_name_unrecognized: { bytes: storageRecord() },
  validation_not_empty: { bytes: 'ok', name: 'mparticle-validation-20250101.txt' },
  gzip_trailing_bytes: { bytes: Buffer.concat([gzipSync(record()), Buffer.from('EOF')]) },
  too_many_rejections: { bytes: '{}', options: { maxRejections: 0 } },

  gzip_broken: { bytes: gzipSync(record()).subarray(0, -1) },
  object_too_large: { bytes: record(), options: { maxObjectBytes: 10 } },
  csv_header_invalid: { bytes: 'mpId,audience_id,membership_action\n' },
  format_unknown: { bytes: 'nothing\nof ours\n' },
  is_gzip_in_gzip: { bytes: gzipSync(gzipSync(record())) },
  is_zip: binary('PK\x03\x04'),
  is_zstd: binary('\x28\xb5\x2f\xfd'),
  is_bzip2: binary('BZh9'),
  is_xz: binary('\xfd7zXZ'),
  is_lz4: binary('\x04\x22\x4d\x18'),
  is_7z: binary('7z\xbc\xaf\x27\x1c'),
  is_tar: binary(`${'\0'.repeat(257)}ustar`),
  is_parquet: binary('PAR1'),
  is_avro: binary('Obj\x01'),
  is_orc: binary('ORC'),
  is_arrow: binary('ARROW1'),
  is_database: binary('SQLite format 3'),
  is_pdf: binary('%PDF-1.7'),
  is_office_document: binary('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  is_utf16_without_mark: { bytes: Buffer.from(record(), 'utf16le') },
  is_utf32: { bytes: Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]) },
  is_json_array: { bytes: `[${record()}]` },
  is_pretty_json: { bytes: JSON.stringify(JSON.parse(record()), null, 2) },
  is_html: { bytes: '<!doctype html>\n', name: STORAGE_OBJECT },
  is_xml: { bytes: '<?xml version="1.0"?>\n' },
};

test.each(Object.entries(EXAMPLES))('%s is what its example ends as', async (reason, example) => {
  const { bytes, name = 'object', options = {} } = example;
  const { rejections } = await normalized(bytes, { name }, options);
  expect(rejections.map((rejection) => rejection.reason)).toEqual([reason]);
});

test('No rejection repeats anything that was delivered, and no meaning is given twice', async () => {
  for (const { bytes, name = 'object', options = {} } of Object.values(EXAMPLES)) {
    const { rejections } = await normalized(bytes, { name }, options);
    const known = ['byteOffset', 'field', 'reason', 'records', 'source'];
    for (const rejection of rejections) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(rejection)));
    }
  }
  const texts = Object.values(REJECTION_REASONS).map(({ text }) => text);
  expect(new Set(texts).size).toBe(texts.length);
});
