import { MAX_FUTURE_SKEW_MICROS, type Fault } from '../change';
import { DEFAULT_IDENTITY_TYPES } from '../fields/identity';
import { FORMATS, openObject } from '../sources/pick-format';
import { inPieces, peek } from './chunks';
import type { DeliveredObject, NormalizedBatch, NormalizeOptions } from './delivered-object';
import { GzipBrokenError, inflate } from './inflate';
import { LineSplitter, MAX_LINE_BYTES } from './lines';
import { ObjectAccount, rejectionAt } from './object-account';

/**
 * Largest accepted object after inflation, in bytes. mParticle splits its files at 512 MB; the limit leaves
 * room for compressed objects of that size, and stops a gzip bomb.
 */
const MAX_OBJECT_BYTES = 8 * 2 ** 30;

/** Bytes at the beginning of an object by which its format is picked. */
const HEAD_BYTES = 1 << 16;

/** Rows of a short batch die young: batches of a megabyte cost half as much again, in garbage collection. */
const BATCH_BYTES = 1 << 15;

export const DEFAULT_NORMALIZE_OPTIONS: NormalizeOptions = {
  identityTypes: DEFAULT_IDENTITY_TYPES,
  maxLineBytes: MAX_LINE_BYTES,
  maxObjectBytes: MAX_OBJECT_BYTES,
  formats: FORMATS,
};

/**
 * Reads one delivered object, plain or gzip, as changes and rejections, in constant memory: one batch for
 * each 32 KiB of (inflated) bytes; the next bytes are read when the batch has been dealt with.
 *
 * Over all batches, records = changes + rejections + ignored. If the object as a whole cannot be read, the last
 * batch says so in `broken`: the object is one rejection, and nothing of the other batches counts.
 *
 * @throws whatever reading `bytes` throws; never for what the bytes hold.
 */
export async function* normalize(
  bytes: AsyncIterable<Uint8Array>,
  object: DeliveredObject,
  options: Partial<NormalizeOptions> = {},
): AsyncGenerator<NormalizedBatch> {
  const settings = { ...DEFAULT_NORMALIZE_OPTIONS, ...options };
  const splitter = new LineSplitter(settings.maxLineBytes);
  const brokenBy = (fault: Fault): NormalizedBatch => ({
    ...EMPTY_BATCH,
    broken: rejectionAt(object, splitter.position, fault),
  });
  try {
    const { head, whole } = await peek(inflate(bytes), HEAD_BYTES);
    const reader = openObject(
      settings.formats,
      { name: object.name, text: head.toString('utf8', 0, HEAD_BYTES) },
      {
        identityTypes: settings.identityTypes,
        latest: object.deliveredAt + MAX_FUTURE_SKEW_MICROS,
      },
    );
    if (reader === undefined) {
      yield brokenBy({ reason: 'not_text' });
      return;
    }
    const account = new ObjectAccount(object, reader);
    let room = settings.maxObjectBytes;
    for await (const chunk of inPieces(whole, BATCH_BYTES)) {
      account.take(splitter.push(chunk));
      room -= chunk.length;
      if (account.broken) {
        yield { ...EMPTY_BATCH, broken: account.broken };
        return;
      }
      if (room < 0) {
        yield brokenBy({ reason: 'object_too_large' });
        return;
      }
      yield account.closeBatch();
    }
    account.take(splitter.end());
    yield account.broken ? { ...EMPTY_BATCH, broken: account.broken } : account.closeBatch();
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
