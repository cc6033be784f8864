/**
 * What a sweep counts. The manifest, the report of a sweep and the function's log have these fields, in this order;
 * a count that is added here appears in all of them.
 */
export const COUNT_NAMES = [
  /** Objects read; those that vanished, were parked or are broken are counted on their own. */
  'objects',
  /** Bytes of these objects, as stored. */
  'bytes',
  /** What may become a change: records = accepted + rejected + ignored. */
  'records',
  /** Lines of the objects, inflated. */
  'lines',
  'adds',
  'deletes',
  /** Documented no-ops: blank lines and the like. */
  'ignored',
  /** Additional identities that were unusable and left out of an accepted change. */
  'omittedIdentities',
  /** Audience names that were unusable and left out of an accepted change. */
  'omittedNames',
  /** Objects deleted or overwritten before they were read. */
  'vanished',
  /** Objects that stop every batch they are in, and were set aside. */
  'parked',
  /** Objects that cannot be read as a whole; none of their records counts, and each is one rejection. */
  'brokenObjects',
  /** Objects with a custom time of the sender, from which the bucket counts their deletion. */
  'customTimeObjects',
] as const;

export type CountName = (typeof COUNT_NAMES)[number];

export type Counts = Record<CountName, number> & {
  /** Rejections by reason code. */
  rejectedByReason: Record<string, number>;
};

export function zeroCounts(): Counts {
  return { ...countsOf(() => 0), rejectedByReason: {} };
}

/** A record with a value for every count. */
export function countsOf<T>(valueOf: (name: CountName) => T): Record<CountName, T> {
  const entries = COUNT_NAMES.map((name) => [name, valueOf(name)] as const);
  return Object.fromEntries(entries) as Record<CountName, T>;
}

/** Adds to a running total; a count that `more` does not have is 0. */
export function addCounts(total: Counts, more: Readonly<Partial<Counts>>): void {
  for (const name of COUNT_NAMES) total[name] += more[name] ?? 0;
  for (const [reason, count] of Object.entries(more.rejectedByReason ?? {})) {
    total.rejectedByReason[reason] = (total.rejectedByReason[reason] ?? 0) + count;
  }
}

/** Changes that were accepted. */
export function acceptedOf({ adds, deletes }: Pick<Counts, 'adds' | 'deletes'>): number {
  return adds + deletes;
}

export function rejectedOf({ rejectedByReason }: Pick<Counts, 'rejectedByReason'>): number {
  return Object.values(rejectedByReason).reduce((sum, count) => sum + count, 0);
}
