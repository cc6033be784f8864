import { normalize } from '../../../runtime/normalize/normalize';
import type { MembershipChange, Rejection } from '../../../runtime/change';
import type {
  DeliveredObject,
  NormalizeOptions,
} from '../../../runtime/normalize/delivered-object';

export interface Normalized {
  changes: MembershipChange[];
  /** Of a broken object: the one rejection that it is. */
  rejections: Rejection[];
  records: number;
  lines: number;
  ignored: number;
  omittedIdentities: number;
  omittedNames: number;
}

/** 2026-01-01T00:00:00Z, well after every time in the tests. */
export const DELIVERED_AT = Date.UTC(2026, 0, 1) * 1000;

export const STORAGE_OBJECT =
  'Test-Audience_1234_2020-01-01_00-00-00_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt';

const NOTHING = { records: 0, lines: 0, ignored: 0, omittedIdentities: 0, omittedNames: 0 };

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
    ...NOTHING,
  };
  const delivered = { name: 'object', generation: '1', deliveredAt: DELIVERED_AT, ...object };
  for await (const batch of normalize(streamOf(chunks), delivered, options)) {
    if (batch.broken) {
      Object.assign(all, NOTHING, { changes: [], rejections: [batch.broken], records: 1 });
      continue;
    }
    all.changes.push(...batch.changes);
    all.rejections.push(...batch.rejections);
    all.records += batch.records;
    all.lines += batch.lines;
    all.ignored += batch.ignored;
    all.omittedIdentities += batch.omittedIdentities;
    all.omittedNames += batch.omittedNames;
  }
  return all;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is read asynchronously.
async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** One canonical record as a JSON line. */
export const record = (fields: object = {}) =>
  JSON.stringify({
    mpId: '-1327484737295091692',
    audience_id: 'a1',
    audience_name: 'Readers',
    membership_action: 'add',
    timestamp: '2025-01-01T00:00:00Z',
    ...fields,
  });

/** One record of mParticle's Cloud Storage audience output. */
export const storageRecord = (mpid: unknown = '1', fields: object = {}) =>
  JSON.stringify({
    IsAddRequest: true,
    IdentityValues: { customer_id: 'some_id', mpid },
    MembershipChangedTimestamp: 1594167374230,
    ...fields,
  });

export const reasons = (result: Normalized) => result.rejections.map(({ reason }) => reason);

/** Every record ends as a change, a rejection or a no-op. */
export function expectAccounted({ records, changes, rejections, ignored }: Normalized): void {
  const rejected = rejections.reduce((sum, rejection) => sum + (rejection.records ?? 1), 0);
  expect(records).toBe(changes.length + rejected + ignored);
}
