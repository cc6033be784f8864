import type { LandingObject, LandingStore } from './stores';

/** What waits in a landing store to be ingested. */
export interface Waiting {
  /** The oldest waiting objects, oldest first, within the limits asked for. */
  readonly oldest: readonly LandingObject[];
  /** All waiting objects. */
  readonly objects: number;
  /** When the oldest of them was written, in microseconds since 1970-01-01T00:00:00Z; absent if none waits. */
  readonly oldestAt?: number;
  /** Objects that were ingested before, and have not expired yet. */
  readonly marked: number;
}

/**
 * Lists the whole store, in memory bounded by the limits however many objects wait.
 *
 * @param maxBytes bytes of the objects together; the oldest object is given whatever its size.
 * @param isSetAside objects that wait but are not asked for.
 */
export async function findWaiting(
  landing: LandingStore,
  { maxObjects, maxBytes }: { readonly maxObjects: number; readonly maxBytes: number },
  isSetAside: (object: LandingObject) => boolean = () => false,
): Promise<Waiting> {
  let candidates: LandingObject[] = [];
  let objects = 0;
  let marked = 0;
  let oldestAt = Infinity;
  for await (const { marked: isMarked, ...object } of landing.list()) {
    if (isMarked) {
      marked += 1;
      continue;
    }
    objects += 1;
    oldestAt = Math.min(oldestAt, object.createdAt);
    if (isSetAside(object)) continue;
    candidates.push(object);
    if (candidates.length >= 2 * maxObjects) candidates = oldestOf(candidates, maxObjects);
  }
  const oldest = withinBytes(oldestOf(candidates, maxObjects), maxBytes);
  return { oldest, objects, marked, ...(objects > 0 ? { oldestAt } : {}) };
}

function oldestOf(objects: readonly LandingObject[], count: number): LandingObject[] {
  const sorted = [...objects].sort(
    (a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  return sorted.slice(0, count);
}

function withinBytes(objects: readonly LandingObject[], maxBytes: number): LandingObject[] {
  let bytes = 0;
  return objects.filter((object, index) => {
    bytes += object.size;
    return index === 0 || bytes <= maxBytes;
  });
}
