import type { LandingObject, LandingStore } from './stores';

/** How much waits in a landing store to be ingested. */
export interface WaitingCount {
  readonly objects: number;
  /** When the oldest of them was written, in microseconds since 1970-01-01T00:00:00Z; absent if none waits. */
  readonly oldestAt?: number;
  /** Objects that have a mark and have not expired yet. */
  readonly marked: number;
}

export interface Waiting extends WaitingCount {
  /** The oldest waiting objects, oldest first, within the limits asked for. */
  readonly oldest: readonly LandingObject[];
}

export interface WaitingOptions {
  readonly maxObjects: number;
  /** Bytes of the objects together; the oldest object is given whatever its size. */
  readonly maxBytes: number;
  /** Objects that wait but are not asked for. */
  readonly isSetAside?: (object: LandingObject) => boolean;
}

/** Lists the whole store, in constant memory, and calls `onWaiting` for every object that waits. */
export async function countWaiting(
  landing: LandingStore,
  onWaiting: (object: LandingObject) => void = () => undefined,
): Promise<WaitingCount> {
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
    onWaiting(object);
  }
  return { objects, marked, ...(objects > 0 ? { oldestAt } : {}) };
}

/** Lists the whole store, in memory bounded by the limits however many objects wait. */
export async function findWaiting(
  landing: LandingStore,
  { maxObjects, maxBytes, isSetAside = () => false }: WaitingOptions,
): Promise<Waiting> {
  let candidates: LandingObject[] = [];
  const count = await countWaiting(landing, (object) => {
    if (isSetAside(object)) return;
    candidates.push(object);
    if (candidates.length >= 2 * maxObjects) candidates = oldestOf(candidates, maxObjects);
  });
  return { ...count, oldest: withinBytes(oldestOf(candidates, maxObjects), maxBytes) };
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
