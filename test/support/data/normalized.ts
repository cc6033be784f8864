import { normalize } from '../../../runtime/normalize/normalize';
import type { MembershipChange, Rejection } from '../../../runtime/change';
import type {
  DeliveredObject,
  NormalizeOptions,
} from '../../../runtime/normalize/delivered-object';

export interface Normalized {
  readonly changes: MembershipChange[];
  readonly rejections: Rejection[];
  lines: number;
  ignored: number;
  omittedIdentities: number;
}

/** 2026-01-01T00:00:00Z, well after every time in the tests. */
export const DELIVERED_AT = Date.UTC(2026, 0, 1) * 1000;

export const STORAGE_OBJECT =
  'Test-Audience_1234_2020-01-01_00-00-00_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt';

/** Everything that normalizing these bytes gives, summed over the batches. */
export async function normalized(
  bytes: string | Buffer | readonly Uint8Array[],
  object: Partial<DeliveredObject> = {},
  options: Partial<NormalizeOptions> = {},
): Promise<Normalized> {
  const chunks = typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [Buffer.from(bytes)] : bytes;
  const all: Normalized = {
    changes: [],
    rejections: [],
    lines: 0,
    ignored: 0,
    omittedIdentities: 0,
  };
  const delivered = { name: 'object', generation: '1', deliveredAt: DELIVERED_AT, ...object };
  for await (const batch of normalize(streamOf(chunks), delivered, options)) {
    all.changes.push(...batch.changes);
    all.rejections.push(...batch.rejections);
    all.lines += batch.lines;
    all.ignored += batch.ignored;
    all.omittedIdentities += batch.omittedIdentities;
  }
  return all;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is read asynchronously.
async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
