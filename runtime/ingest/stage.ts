import type { Rejection } from '../change';
import type { NormalizedBatch, NormalizeOptions } from '../normalize/delivered-object';
import { normalize } from '../normalize/normalize';
import type { BrokenObject, Group, StagedGroup } from './batch';
import { MAX_OBJECT_SECONDS, MAX_PIECE_SECONDS, MAX_UNREADABLE_OBJECTS } from './limits';
import { StagedObjects } from './staged-objects';
import {
  ObjectGoneError,
  StoreError,
  type LandingObject,
  type LandingStore,
  type StagingStore,
} from './stores';

export interface StagePorts {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  /** Begins the names of the objects that an attempt writes; another one at each call. */
  readonly nameAttempt: () => string;
  /** Whether there is time to read another object. */
  readonly hasTime: () => boolean;
  /** Whether the sweep is so late that it gives up the object that it reads. */
  readonly isOverdue: () => boolean;
  /** The clock: microseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** Called with the number of lines read since the last call. */
  readonly onLines: (lines: number) => void;
}

export type StageOutcome =
  | {
      readonly staged: StagedGroup;
      /** Objects that there was no time for: the next group. */
      readonly left: readonly LandingObject[];
      /** Objects that cannot be read while others can: they go on waiting. */
      readonly unreadable: readonly LandingObject[];
    }
  /** Reading this object's content failed in this program: it is to be parked. */
  | { readonly culprit: LandingObject }
  /** There was no time to read this object to its end, because it is too long or because the sweep was late. */
  | { readonly slow: LandingObject; readonly isTooLong: boolean };

/** Why an object of a group is not staged: it is gone, the store fails for it, or it is broken. */
type Fault = StoreError | Rejection;
type Faults = Map<LandingObject, Fault>;

/**
 * Reads the objects of a group, in their order, into staged rows. Each is read once, unless an object turns out to be
 * broken after rows of it have been staged: then the group is staged again, and every object is read to its end for
 * proof before any row of it is staged. So no object is read more than three times. The rows count only once the
 * manifest names them: an attempt that fails leaves staged objects behind that nobody loads and that expire.
 *
 * @throws {StoreError} when a store fails for more than single objects.
 */
export async function stageGroup(
  group: Group,
  ports: StagePorts,
  options: Partial<NormalizeOptions>,
): Promise<StageOutcome> {
  const statuses = await ports.landing.statusOf(group.objects);
  const objects = group.objects.filter((_, index) => statuses[index] !== 'marked');
  const faults: Faults = new Map();
  for (const [index, object] of group.objects.entries()) {
    if (statuses[index] === 'gone') faults.set(object, new ObjectGoneError(object.name));
  }
  for (let isProving = false; ;) {
    const rows = new StagedObjects(ports.staging, ports.nameAttempt());
    try {
      return await stageObjects(objects, faults, { rows, ports, options, isProving });
    } catch (error) {
      rows.abort();
      if (error instanceof ContentError) return { culprit: error.object };
      if (error instanceof OverdueError) {
        return { slow: error.object, isTooLong: error.isTooLong };
      }
      if (!(error instanceof HalfReadError)) throw error;
      faults.set(error.object, error.fault);
      if (!(error.fault instanceof StoreError)) isProving = true;
    }
  }
}

interface Attempt {
  readonly rows: StagedObjects;
  readonly ports: StagePorts;
  readonly options: Partial<NormalizeOptions>;
  /** Whether every object is read to its end before rows of it are staged. */
  readonly isProving: boolean;
}

async function stageObjects(
  objects: readonly LandingObject[],
  faults: Faults,
  attempt: Attempt,
): Promise<StageOutcome> {
  const done: LandingObject[] = [];
  const broken: BrokenObject[] = [];
  const unreadable: LandingObject[] = [];
  let left: readonly LandingObject[] = [];
  for (const [index, object] of objects.entries()) {
    if (done.length + broken.length > 0 && !attempt.ports.hasTime()) {
      left = objects.slice(index);
      break;
    }
    const fault = faults.get(object) ?? (await stageObject(object, attempt));
    if (fault instanceof ObjectGoneError) {
      await attempt.rows.rejectObject(object, 'object_vanished');
    }
    if (fault === undefined || fault instanceof ObjectGoneError) {
      done.push(object);
      continue;
    }
    faults.set(object, fault);
    if (!(fault instanceof StoreError)) {
      await attempt.rows.rejectBroken(object, fault);
      broken.push({ object, reason: fault.reason });
      continue;
    }
    unreadable.push(object);
    if (done.length + broken.length === 0 && unreadable.length > MAX_UNREADABLE_OBJECTS)
      throw fault;
  }
  return { staged: await attempt.rows.close(done, broken), left, unreadable };
}

/** @returns why the object is not staged; nothing if it is. */
async function stageObject(object: LandingObject, attempt: Attempt): Promise<Fault | undefined> {
  if (attempt.isProving) {
    const fault = await readObject(object, attempt, () => Promise.resolve());
    if (fault !== undefined) return fault;
  }
  const progress = { hasStaged: false };
  const fault = await readObject(object, attempt, async (batch) => {
    progress.hasStaged = true;
    attempt.ports.onLines(batch.lines);
    await attempt.rows.append(batch, object.createdAt);
  });
  if (fault === undefined) attempt.rows.countObject(object);
  else if (progress.hasStaged) throw new HalfReadError(object, fault);
  return fault;
}

/** Reads an object to its end. @returns why that cannot be done. */
async function readObject(
  object: LandingObject,
  { ports, options }: Attempt,
  take: (batch: NormalizedBatch) => Promise<void>,
): Promise<Fault | undefined> {
  const delivered = { ...object, deliveredAt: object.createdAt };
  const batches = normalize(ports.landing.read(object), delivered, options);
  let busyMicros = 0;
  for (;;) {
    const startedAt = ports.now();
    let next;
    try {
      next = await batches.next();
    } catch (error) {
      if (!(error instanceof StoreError)) throw new ContentError(object, error);
      return error;
    }
    if (next.done) return undefined;
    if (next.value.broken) return next.value.broken;
    busyMicros += Math.min(ports.now() - startedAt, MAX_PIECE_SECONDS * 1e6);
    const isTooLong = busyMicros > MAX_OBJECT_SECONDS * 1e6;
    if (isTooLong || ports.isOverdue()) {
      await batches.return(undefined);
      throw new OverdueError(object, isTooLong);
    }
    await take(next.value);
  }
}

/** An object cannot be read on after rows of it have been staged: this attempt is of no use. */
class HalfReadError extends Error {
  constructor(
    readonly object: LandingObject,
    readonly fault: Fault,
  ) {
    super(`${object.name}: cannot be read to its end`);
  }
}

/** There is no more time for an object, and it is not read to its end. */
class OverdueError extends Error {
  constructor(
    readonly object: LandingObject,
    readonly isTooLong: boolean,
  ) {
    super(`${object.name}: takes too long to read`);
  }
}

/** No store failed: this program does not get over what the object holds. */
class ContentError extends Error {
  constructor(
    readonly object: LandingObject,
    override readonly cause: unknown,
  ) {
    super(`${object.name}: its content cannot be read`);
  }
}
