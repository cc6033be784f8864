import * as z from 'zod/mini';

import { TRAFFIC_NAME } from '../ingest/staging-names';
import { ObjectChangedError, type StagingStore } from '../ingest/stores';
import type { SweepReport } from '../ingest/sweep-report';

const micros = z.int().check(z.nonnegative());

const traffic = z.object({
  /** When the workspace was swept first. */
  since: micros,
  objectAt: z.exactOptional(micros),
  addAt: z.exactOptional(micros),
  deleteAt: z.exactOptional(micros),
});

/**
 * When a workspace last received anything, an add, a delete: microseconds since 1970-01-01T00:00:00Z. The log in
 * the warehouse is kept for days only, and a sender that has stopped sending deletes may go unseen for longer.
 */
export type Traffic = z.infer<typeof traffic>;

/** Records what a sweep brought in. Of two sweeps at once one may go unrecorded; the next sweep makes up for it. */
export async function recordTraffic(
  staging: StagingStore,
  { objects, adds, deletes }: Pick<SweepReport, 'objects' | 'adds' | 'deletes'>,
  now: number,
): Promise<Traffic> {
  const found = await staging.find(TRAFFIC_NAME);
  const known = parseTraffic(found?.text);
  const current: Traffic = {
    ...(known ?? { since: now }),
    ...(objects > 0 ? { objectAt: now } : {}),
    ...(adds > 0 ? { addAt: now } : {}),
    ...(deletes > 0 ? { deleteAt: now } : {}),
  };
  if (known && objects + adds + deletes === 0) return current;
  try {
    await staging.replace(TRAFFIC_NAME, JSON.stringify(current), found);
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error;
  }
  return current;
}

/** What is recorded; `undefined` before the first sweep. */
export async function readTraffic(staging: StagingStore): Promise<Traffic | undefined> {
  return parseTraffic((await staging.find(TRAFFIC_NAME))?.text);
}

/** An unreadable record counts as none, and the next sweep replaces it. It only drives alerts. */
function parseTraffic(text: string | undefined): Traffic | undefined {
  if (text === undefined) return undefined;
  try {
    return traffic.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
