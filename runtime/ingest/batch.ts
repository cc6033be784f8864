import type { RejectionReason } from '../change';
import type { Counts } from './counts';
import { MAX_LOST_SWEEPS } from './limits';
import type { LandingObject } from './stores';

/*
 * The batch under way, and what it becomes: the arrows of the diagram in docs/ingest.md. Every function here is pure;
 * the manifest keeps the result.
 */

/** Why an object is parked: its rows, its content, or its mere reading stops every batch. */
export const PARK_REASONS = [
  'load_refused',
  'unreadable_content',
  'ends_the_sweep',
  'takes_too_long',
] as const;
export type ParkReason = (typeof PARK_REASONS)[number];

/** Objects that are staged, loaded and marked together. */
export interface Group {
  readonly objects: readonly LandingObject[];
  /** Sweeps that began to stage the group and ended without a trace. */
  readonly lostSweeps: number;
  /** Why the only object of the group is parked instead of being read. */
  readonly park?: ParkReason;
  /** The group's changes are in the log already: only its rejections are staged again. */
  readonly changesLoaded?: true;
}

/** The staged rows of one table. */
export interface StagedTable {
  /** Name of the staged object; absent where there is nothing to load. */
  readonly object?: string;
  readonly rows: number;
  /** The attempt at loading it that is under way: raised once the last one is known to have failed. */
  readonly attempt: number;
}

export type StagedPart = 'changes' | 'rejections';

/** A group whose rows are staged: they are loaded, then its objects are marked. */
export interface StagedGroup extends Readonly<Record<StagedPart, StagedTable>> {
  /** Objects that are done once the rows are loaded. */
  readonly objects: readonly LandingObject[];
  /** Objects that cannot be read as a whole: their only row is a rejection. */
  readonly broken: readonly BrokenObject[];
  readonly park?: ParkReason;
  readonly counts: Readonly<Counts>;
}

/** An object that cannot be read as a whole, and the code of the reason. */
export interface BrokenObject {
  readonly object: LandingObject;
  readonly reason: RejectionReason;
}

export interface Batch {
  /** Begins the name of every load job and of every staged object of the batch. */
  readonly id: string;
  /** Groups that have been staged so far: it tells their load jobs apart. */
  readonly stagedGroups: number;
  /** Groups that are still to be staged, the next one first. */
  readonly waiting: readonly Group[];
  readonly staged?: StagedGroup;
}

/** Opens a batch. The sweep that opens it is about to stage it, and is lost if it is not heard of again. */
export function newBatch(id: string, objects: readonly LandingObject[]): Batch {
  return { id, stagedGroups: 0, waiting: [{ objects, lostSweeps: 1 }] };
}

/**
 * An earlier sweep left the batch open. If it had begun to stage the first group, it may have died of it. A group that
 * several sweeps died of is halved, until the object at fault stands alone and is parked.
 */
export function countLostSweep(batch: Batch): Batch {
  const [group, ...others] = batch.waiting;
  if (!group || batch.staged) return batch;
  const suspects =
    group.lostSweeps >= MAX_LOST_SWEEPS
      ? halve(group, 'ends_the_sweep').map(keepSuspected)
      : [{ ...group, lostSweeps: group.lostSweeps + 1 }];
  return { ...batch, waiting: [...suspects, ...others] };
}

/** The sweep that staged the first group failed, but did not vanish: the group is not suspected of that. */
export function clearSuspicion(batch: Batch): Batch {
  const [group, ...others] = batch.waiting;
  if (!group) return batch;
  const lostSweeps = Math.max(0, group.lostSweeps - 1);
  return { ...batch, waiting: [{ ...group, lostSweeps }, ...others] };
}

/** The first group is staged, but for the objects that are left over for another group. */
export function withStaged(
  batch: Batch,
  staged: StagedGroup,
  left: readonly LandingObject[] = [],
): Batch {
  const [group, ...others] = batch.waiting;
  // A group that comes a second time keeps what is left together with what it was.
  const rest = left.length > 0 ? [{ ...group, objects: left, lostSweeps: 0 }] : [];
  return {
    ...batch,
    stagedGroups: batch.stagedGroups + 1,
    staged: group?.changesLoaded ? { ...staged, changes: { rows: 0, attempt: 0 } } : staged,
    waiting: [...rest, ...others],
  };
}

/** One object of the first group cannot be read by this program: it is parked first, then the others are staged. */
export function parkCulprit(batch: Batch, culprit: LandingObject, park: ParkReason): Batch {
  const [group, ...others] = batch.waiting;
  const innocent = (group?.objects ?? []).filter((object) => object !== culprit);
  const parked: Group = { ...newGroup([culprit]), park };
  const rest = innocent.length > 0 ? [newGroup(innocent)] : [];
  return { ...batch, waiting: [parked, ...rest, ...others] };
}

/**
 * A sweep ran out of time while it read an object of the first group. The object comes first and alone, so that it has
 * the whole time of the next sweep.
 */
export function putFirst(batch: Batch, slow: LandingObject): Batch {
  const [group, ...others] = batch.waiting;
  const rest = (group?.objects ?? []).filter((object) => object !== slow);
  const groups = [newGroup([slow]), ...(rest.length > 0 ? [newGroup(rest)] : [])];
  return { ...batch, waiting: [...groups, ...others] };
}

/** An attempt at loading one table has failed: the next one has another id. */
export function withNextAttempt(batch: Batch, part: StagedPart): Batch {
  const { staged } = batch;
  if (!staged) return batch;
  const next = { ...staged[part], attempt: staged[part].attempt + 1 };
  return { ...batch, staged: { ...staged, [part]: next } };
}

/** The warehouse refuses rows of the staged group: it is staged again in halves, to find the object at fault. */
export function halveRefused(batch: Batch): Batch {
  return withGroups(batch, halve(newGroup(stagedObjects(batch)), 'load_refused'));
}

/** The staged rows are gone, because they expire when a batch is held up for days: the group is staged again. */
export function stageAgain(batch: Batch, changesLoaded: boolean): Batch {
  const { park } = batch.staged ?? {};
  const again: Group = {
    ...newGroup(stagedObjects(batch)),
    ...(park === undefined ? {} : { park }),
    ...(changesLoaded ? { changesLoaded } : {}),
  };
  return withGroups(batch, [again]);
}

/** The staged group is loaded and marked. */
export function withoutStaged(batch: Batch): Batch {
  return withGroups(batch, []);
}

/** Halves a group that cannot be brought in. A group of one object is parked: that object must be the cause. */
function halve({ objects }: Group, park: ParkReason): Group[] {
  if (objects.length <= 1) return [{ ...newGroup(objects), park }];
  const middle = Math.ceil(objects.length / 2);
  return [newGroup(objects.slice(0, middle)), newGroup(objects.slice(middle))];
}

/**
 * Part of a group that killed sweeps. A larger part is halved again after one more lost sweep; a single object is
 * parked after two.
 */
function keepSuspected(part: Group): Group {
  if (part.park !== undefined) return part;
  const lostSweeps = part.objects.length > 1 ? MAX_LOST_SWEEPS : MAX_LOST_SWEEPS - 1;
  return { ...part, lostSweeps };
}

function stagedObjects({ staged }: Batch): readonly LandingObject[] {
  return staged ? [...staged.objects, ...staged.broken.map(({ object }) => object)] : [];
}

function newGroup(objects: readonly LandingObject[]): Group {
  return { objects, lostSweeps: 0 };
}

/** The batch without its staged group, and with these groups to be staged first. */
function withGroups({ id, stagedGroups, waiting }: Batch, groups: readonly Group[]): Batch {
  return { id, stagedGroups, waiting: [...groups, ...waiting] };
}
