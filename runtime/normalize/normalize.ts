import { MAX_FUTURE_SKEW_MICROS, type Fault } from '../change';
import { DEFAULT_IDENTITY_TYPES } from '../fields/identity';
import { FORMATS, openObject } from '../sources/pick-format';
import type { ObjectHead, ObjectReader } from '../sources/source';
import { inPieces, peek } from './chunks';
import { CsvRecordJoiner } from './csv-records';
import type { DeliveredObject, NormalizedBatch, NormalizeOptions } from './delivered-object';
import {
  decodeHead,
  decodeLine,
  detectEncoding,
  withoutEncodingMark,
  type Encoding,
} from './encoding';
import { GzipBrokenError, inflate } from './inflate';
import { LineSplitter, MAX_LINE_BYTES, type Line, type Place } from './lines';
import { ObjectAccount, rejectionAt } from './object-account';

/**
 * Largest accepted object after inflation, in bytes. mParticle splits its files at 512 MB; the limit leaves
 * room for compressed objects of that size, and stops a gzip bomb.
 */
export const MAX_OBJECT_BYTES = 8 * 2 ** 30;

/** Rejections of one object that are listed one by one: a small object cannot fill `rejected_changes`. */
const MAX_REJECTIONS = 10_000;

/** Bytes at the beginning of an object by which its format is picked. */
const HEAD_BYTES = 1 << 16;

/** Rows of a short batch die young: batches of a megabyte cost half as much again, in garbage collection. */
const BATCH_BYTES = 1 << 15;

/** `sequence` is a column of signed 64 bits. */
const MAX_SEQUENCE = 2n ** 63n - 1n;

export const DEFAULT_NORMALIZE_OPTIONS: NormalizeOptions = {
  identityTypes: DEFAULT_IDENTITY_TYPES,
  maxLineBytes: MAX_LINE_BYTES,
  maxObjectBytes: MAX_OBJECT_BYTES,
  maxRejections: MAX_REJECTIONS,
  formats: FORMATS,
};

/**
 * Reads one delivered object, plain or gzip, as changes and rejections, in constant memory: one batch for
 * each 32 KiB of (inflated) bytes; the next bytes are read when the batch has been dealt with.
 *
 * Over all batches, records = changes + rejected records + ignored. If the object as a whole cannot be read, the
 * last batch says so in `broken`: the object is one rejection, and nothing of the other batches counts. Of a gzip
 * stream this is known at its end only, where its checksum is.
 *
 * @throws whatever reading `bytes` throws; never for what the bytes hold.
 */
export async function* normalize(
  bytes: AsyncIterable<Uint8Array>,
  object: DeliveredObject,
  options: Partial<NormalizeOptions> = {},
): AsyncGenerator<NormalizedBatch> {
  const settings = { ...DEFAULT_NORMALIZE_OPTIONS, ...options };
  let place: Place = { number: 1, byteOffset: 0 };
  const brokenBy = (fault: Fault): NormalizedBatch => ({
    ...EMPTY_BATCH,
    broken: rejectionAt(object, place, fault),
  });
  const stream = { hasTrailingBytes: false };
  try {
    const inflated = inflate(bytes, () => {
      stream.hasTrailingBytes = true;
    });
    const { head, whole } = await peek(inflated, HEAD_BYTES);
    const encoding = detectEncoding(head);
    const reader = openObject(settings.formats, headOf(object.name, head, encoding), {
      identityTypes: settings.identityTypes,
      latest: object.deliveredAt + MAX_FUTURE_SKEW_MICROS,
    });
    if ('reason' in reader) {
      await closeStream(whole);
      yield brokenBy(reader);
      return;
    }
    const account = new ObjectAccount(object, sequenceOf(reader), settings.maxRejections);
    const splitter = new LineSplitter(settings.maxLineBytes, encoding.characterBytes);
    splitter.skip(encoding.markBytes);
    const takeLines = lineTaker(account, reader, encoding, settings.maxLineBytes);
    let room = settings.maxObjectBytes;
    for await (const chunk of inPieces(withoutEncodingMark(whole, encoding), BATCH_BYTES)) {
      takeLines(splitter.push(chunk), false);
      place = splitter.position;
      room -= chunk.length;
      if (room < 0) {
        yield brokenBy({ reason: 'object_too_large' });
        return;
      }
      yield account.closeBatch();
    }
    takeLines(splitter.end(), true);
    if (stream.hasTrailingBytes)
      account.faultAt(splitter.position, { reason: 'gzip_trailing_bytes' });
    yield account.closeLastBatch();
  } catch (error) {
    if (!(error instanceof GzipBrokenError)) throw error;
    yield brokenBy({ reason: 'gzip_broken' });
  }
}

const EMPTY_BATCH: NormalizedBatch = {
  changes: [],
  rejections: [],
  records: 0,
  lines: 0,
  ignored: 0,
  omittedIdentities: 0,
  omittedNames: 0,
};

function headOf(name: string, peeked: Buffer, encoding: Encoding): ObjectHead {
  const isWhole = peeked.length < HEAD_BYTES;
  const bytes = peeked.subarray(0, HEAD_BYTES);
  const text = decodeHead(bytes, encoding);
  const lines = text.split(/\r\n|\n|\r/);
  if (!isWhole && lines.length > 1) lines.pop();
  return { name, bytes, text, lines };
}

/**
 * The time in the object's name in nanoseconds, or 0. The line takes no part: those of different objects are not
 * comparable, so that members would depend on how records are spread over objects.
 */
function sequenceOf({ writtenAt }: ObjectReader): bigint {
  const nanoseconds = BigInt(writtenAt) * 1_000_000_000n;
  return nanoseconds <= MAX_SEQUENCE ? nanoseconds : 0n;
}

function lineTaker(
  account: ObjectAccount,
  reader: ObjectReader,
  encoding: Encoding,
  maxRecordBytes: number,
): (lines: readonly Line[], isLast: boolean) => void {
  const decode = (bytes: Buffer) => decodeLine(bytes, encoding);
  if (reader.records === 'lines') {
    return (lines) => {
      for (const line of lines) account.takeLine(line, reader, decode);
    };
  }
  const { delimiter, headerLine } = reader;
  const joiner = new CsvRecordJoiner({ delimiter, headerLine, maxRecordBytes, decode });
  return (lines, isLast) => {
    for (const record of joiner.push(lines)) account.takeCsvRecord(record, reader);
    if (!isLast) return;
    for (const record of joiner.end()) account.takeCsvRecord(record, reader);
  };
}

/** A stream that has been begun is closed when it is not read on. */
async function closeStream(chunks: AsyncIterable<Buffer>): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- breaking off closes it.
  for await (const _ of chunks) break;
}
