import type { RejectionReason } from '../change';
import { isJsonObject } from './json-fields';
import type { Format, ObjectHead } from './source';

/** What a file of another kind begins with, at which byte, and what it is. */
const SIGNATURES: readonly (readonly [bytes: string, offset: number, reason: RejectionReason])[] = [
  ['\xff\xfe\0\0', 0, 'is_utf32'],
  ['\0\0\xfe\xff', 0, 'is_utf32'],
  ['\x1f\x8b\x08', 0, 'is_gzip_in_gzip'],
  ['PK\x03\x04', 0, 'is_zip'],
  ['PK\x05\x06', 0, 'is_zip'],
  ['\x28\xb5\x2f\xfd', 0, 'is_zstd'],
  ['BZh', 0, 'is_bzip2'],
  ['\xfd7zXZ\0', 0, 'is_xz'],
  ['\x04\x22\x4d\x18', 0, 'is_lz4'],
  ['7z\xbc\xaf\x27\x1c', 0, 'is_7z'],
  ['ustar', 257, 'is_tar'],
  ['PAR1', 0, 'is_parquet'],
  ['Obj\x01', 0, 'is_avro'],
  ['ORC', 0, 'is_orc'],
  ['ARROW1', 0, 'is_arrow'],
  ['SQLite format 3\0', 0, 'is_database'],
  ['DUCK', 8, 'is_database'],
  ['%PDF-', 0, 'is_pdf'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 0, 'is_office_document'],
];

/** Some signatures are plain letters: they count only beside bytes that no text has. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for.
const NOT_TEXT = /[\0-\x08\x0e-\x1f\ufffd]/;

/** A file that is recognisably something else. It is broken, and the reason names what it is. */
export const foreignFile: Format = {
  open(head) {
    const reason =
      (NOT_TEXT.test(head.text) ? binaryKind(head.bytes) : undefined) ?? textKind(head);
    return reason && { reason };
  },
};

function binaryKind(bytes: Buffer): RejectionReason | undefined {
  const found = SIGNATURES.find(([signature, offset]) =>
    bytes.subarray(offset, offset + signature.length).equals(Buffer.from(signature, 'latin1')),
  );
  return found?.[2] ?? (isEveryOtherByteNul(bytes) ? 'is_utf16_without_mark' : undefined);
}

/** Latin text in UTF-16 has a NUL in every other byte; other text has none, and binary data some anywhere. */
function isEveryOtherByteNul(bytes: Buffer): boolean {
  let even = 0;
  let odd = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  return Math.max(even, odd) > bytes.length * 0.4 && Math.min(even, odd) < bytes.length * 0.05;
}

function textKind({ text, lines }: ObjectHead): RejectionReason | undefined {
  const start = text.trimStart().slice(0, 200).toLowerCase();
  const kind = /^(?:<|\[)/.test(start) ? startKind(start) : prettyKind(text);
  if (kind === undefined) return undefined;
  // A broken first line in a file of JSON lines may look like any of these.
  const written = lines.filter((line) => line.trim() !== '');
  const objects = written.filter(isJsonObject);
  return objects.length * 2 < written.length ? kind : undefined;
}

function startKind(start: string): RejectionReason | undefined {
  if (start.startsWith('[')) return 'is_json_array';
  if (/^<(?:!doctype html|html|head|body)\b/.test(start)) return 'is_html';
  return /^<[?!a-z]/.test(start) ? 'is_xml' : undefined;
}

/** An object whose first line opens it and whose second one goes on with a key. */
function prettyKind(text: string): RejectionReason | undefined {
  return /^\s*\{[^\r\n}]*[\r\n]+\s*"/.test(text) ? 'is_pretty_json' : undefined;
}
