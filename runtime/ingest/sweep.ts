import { randomUUID } from 'node:crypto';

import type { LoadTarget } from './loader';
import type { NormalizeOptions } from '../normalize/delivered-object';
import {
  MARKED_AT_ONCE,
  MAX_BATCH_BYTES,
  MAX_BATCH_OBJECTS,
  MAX_BATCHES_PER_SWEEP,
  MAX_LOST_SWEEPS,
} from './limits';
import { loadStaged, type LoadContext } from './load';
import {
  ManifestSlot,
  type Group,
  type Manifest,
  type OpenManifest,
  type ParkReason,
  type StagedGroup,
} from './manifest';
import {
  ObjectChangedError,
  type LandingObject,
  type LandingStore,
  type StagingStore,
} from './stores';
import { stageGroup, stageParked, type StageContext } from './stage';
import { stagedName } from './staging-names';
import { SweepReport, type Stopped } from './sweep-report';
import { findWaiting } from './waiting';

export interface SweepLimits {
  readonly batchObjects: number;
  readonly batchBytes: number;
  /** Batches that one sweep may open. */
  readonly batches: number;
}

export const DEFAULT_SWEEP_LIMITS: SweepLimits = {
  batchObjects: MAX_BATCH_OBJECTS,
  batchBytes: MAX_BATCH_BYTES,
  batches: MAX_BATCHES_PER_SWEEP,
};

/** What a sweep works on, and with. */
export interface SweepSetting {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  readonly target: LoadTarget;
  readonly normalize: Partial<NormalizeOptions>;
  readonly limits: SweepLimits;
  /** The clock: microseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** When to stop, on that clock. What is under way then is finished by the next sweep. */
  readonly until: number;
  readonly sleep: (millis: number) => Promise<void>;
  /** Called with the lines read since the last call. */
  readonly onLines?: (lines: number) => void;
  /** Called when an object is parked: a person should look at it. */
  readonly onParked?: (object: LandingObject, reason: ParkReason) => void;
}

/** A sweep failed at one of its steps; what is under way is finished by the next one. */
export class SweepError extends Error {
  override readonly name = 'SweepError';
  constructor(
    readonly step: SweepStep,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

export type SweepStep = 'list' | 'open' | 'stage' | 'load' | 'mark' | 'close';

/**
 * Brings every waiting object into the warehouse, each generation exactly once, whatever happens on the way.
 *
 * The manifest is the state of the batch under way. Each step is repeated harmlessly, and ends with a change of
 * the manifest that only one of several sweeps can make: see docs/ingest.md.
 *
 * @throws {SweepError} naming the step; nothing is lost, and the next sweep goes on from there.
 */
export async function sweep(setting: SweepSetting): Promise<SweepReport> {
  return new Sweep(setting).run();
}

class Sweep {
  private readonly report = new SweepReport();
  private readonly slot: ManifestSlot;
  private step: SweepStep = 'list';
  /** Objects that could not be read; they wait for another sweep. */
  private readonly setAside = new Set<string>();

  constructor(private readonly setting: SweepSetting) {
    this.slot = new ManifestSlot(setting.staging);
  }

  async run(): Promise<SweepReport> {
    try {
      this.report.stopped = await this.work();
      this.step = 'list';
      if (this.report.stopped !== 'idle') this.report.noteWaiting(await this.findWaiting());
      return this.report;
    } catch (error) {
      throw new SweepError(this.step, error);
    }
  }

  private async work(): Promise<Stopped> {
    let manifest = await this.resumed();
    for (;;) {
      try {
        const current = manifest ?? (await this.opened());
        if (typeof current === 'string') return current;
        const next = await this.advance(current);
        if (next === 'time') return next;
        manifest = next === 'closed' ? undefined : next;
      } catch (error) {
        // Another sweep has moved the batch: see where it stands.
        if (!(error instanceof ObjectChangedError)) throw error;
        manifest = await this.slot.find();
      }
      if (!this.hasTime()) return 'time';
    }
  }

  /** The batch that an earlier sweep left open; staging it, that sweep was not heard of again. */
  private async resumed(): Promise<OpenManifest | undefined> {
    this.step = 'open';
    const manifest = await this.slot.find();
    const [group, ...others] = manifest?.content.waiting ?? [];
    if (!manifest || !group || manifest.content.staged) return manifest;
    const suspects =
      group.begun >= MAX_LOST_SWEEPS
        ? isolate(group, 'ends_the_sweep').map(stillSuspected)
        : [{ ...group, begun: group.begun + 1 }];
    return this.slot
      .update(manifest, { ...manifest.content, waiting: [...suspects, ...others] })
      .catch((error: unknown) => {
        if (error instanceof ObjectChangedError) return this.slot.find();
        throw error;
      });
  }

  private async findWaiting() {
    const { landing, limits } = this.setting;
    const { batchObjects: maxObjects, batchBytes: maxBytes } = limits;
    return findWaiting(landing, { maxObjects, maxBytes }, (object) =>
      this.setAside.has(keyOf(object)),
    );
  }

  private async opened(): Promise<OpenManifest | Stopped> {
    this.step = 'list';
    const waiting = await this.findWaiting();
    this.report.noteWaiting(waiting);
    if (waiting.oldest.length === 0) return 'idle';
    if (this.report.batches >= this.setting.limits.batches) return 'batches';
    this.step = 'open';
    this.report.batches += 1;
    return this.slot.open(randomUUID().replaceAll('-', ''), waiting.oldest);
  }

  /** One step of the batch. */
  private async advance(manifest: OpenManifest): Promise<OpenManifest | 'closed' | 'time'> {
    const { content } = manifest;
    if (content.staged) return this.finishGroup(manifest, content.staged);
    const [group] = content.waiting;
    if (group) return this.stage(manifest, group);
    this.step = 'close';
    await this.slot.close(manifest);
    return 'closed';
  }

  private async stage(manifest: OpenManifest, group: Group): Promise<OpenManifest> {
    this.step = 'stage';
    const { content } = manifest;
    const others = content.waiting.slice(1);
    const context = this.stageContext(content);
    try {
      if (group.park !== undefined) {
        const staged = await stageParked(group, context);
        return await this.slot.update(manifest, withStaged(content, group, staged, others));
      }
      const outcome = await stageGroup(group, context);
      if ('culprit' in outcome) {
        const waiting = [...setApart(group, outcome.culprit), ...others];
        return await this.slot.update(manifest, { ...content, waiting });
      }
      for (const object of outcome.unreadable) this.setAside.add(keyOf(object));
      this.report.unreadable = this.setAside.size;
      const left =
        outcome.left.length > 0 ? [{ ...group, objects: [...outcome.left], begun: 0 }] : [];
      const next = withStaged(content, group, outcome.staged, [...left, ...others]);
      return await this.slot.update(manifest, next);
    } catch (error) {
      if (!(error instanceof ObjectChangedError)) await this.takeBack(manifest, group);
      throw error;
    }
  }

  private stageContext({ id }: Manifest): StageContext {
    const { landing, staging, normalize, onLines = () => undefined } = this.setting;
    return {
      landing,
      staging,
      options: normalize,
      prefix: () => stagedName(id, randomUUID()),
      hasTime: () => this.hasTime(),
      onLines,
    };
  }

  /** This sweep failed, it did not vanish: the group is not suspected of that. */
  private async takeBack(manifest: OpenManifest, group: Group): Promise<void> {
    const { content } = manifest;
    const waiting = [
      { ...group, begun: Math.max(0, group.begun - 1) },
      ...content.waiting.slice(1),
    ];
    await this.slot.update(manifest, { ...content, waiting }).catch(() => undefined);
  }

  private async finishGroup(
    manifest: OpenManifest,
    staged: StagedGroup,
  ): Promise<OpenManifest | 'time'> {
    this.step = 'load';
    const loaded = await loadStaged(manifest, this.loadContext());
    if (loaded.outcome === 'running') return 'time';
    if (loaded.outcome === 'refused') return this.isolateRefused(loaded.manifest, staged);
    if (loaded.outcome === 'missing') {
      await this.stageAgain(loaded.manifest, staged, loaded.changesLoaded);
      throw loaded.error;
    }
    this.step = 'mark';
    if (!(await this.markAll(staged))) return 'time';
    const next = await this.slot.update(loaded.manifest, withoutStaged(loaded.manifest.content));
    this.report.add(staged.counts);
    if (staged.park !== undefined && staged.counts.parked > 0) {
      for (const object of staged.objects) this.setting.onParked?.(object, staged.park);
    }
    return next;
  }

  private loadContext(): LoadContext {
    const { target, staging, sleep } = this.setting;
    return { target, staging, sleep, slot: this.slot, hasTime: () => this.hasTime() };
  }

  /** Half of the objects, then half of those, until the one at fault stands alone. */
  private async isolateRefused(
    manifest: OpenManifest,
    { objects }: StagedGroup,
  ): Promise<OpenManifest> {
    const content = withoutStaged(manifest.content);
    const waiting = [...isolate(groupOf(objects), 'load_refused'), ...content.waiting];
    return this.slot.update(manifest, { ...content, waiting });
  }

  /**
   * Staged objects expire when a batch is held up for days. They are made anew by the next sweep; this one fails,
   * because it may as well be the table that is not there.
   */
  private async stageAgain(
    manifest: OpenManifest,
    { objects, park }: StagedGroup,
    changesLoaded: boolean,
  ): Promise<void> {
    const content = withoutStaged(manifest.content);
    const again: Group = {
      ...groupOf(objects),
      ...(park === undefined ? {} : { park }),
      ...(changesLoaded ? { changesLoaded } : {}),
    };
    await this.slot.update(manifest, { ...content, waiting: [again, ...content.waiting] });
  }

  /** @returns false when there is no time left to mark them all. */
  private async markAll({ objects, park }: StagedGroup): Promise<boolean> {
    const mark = park === undefined ? 'ingested' : 'parked';
    for (let start = 0; start < objects.length; start += MARKED_AT_ONCE) {
      if (start > 0 && !this.hasTime()) return false;
      const part = objects.slice(start, start + MARKED_AT_ONCE);
      await this.setting.landing.mark(part, mark, this.setting.now());
    }
    return true;
  }

  private hasTime(): boolean {
    return this.setting.now() < this.setting.until;
  }
}

function withStaged(
  content: Manifest,
  { changesLoaded }: Group,
  staged: StagedGroup,
  waiting: readonly Group[],
): Manifest {
  const toLoad = changesLoaded ? { ...staged, changes: { rows: 0, attempt: 0 } } : staged;
  return { ...content, stagings: content.stagings + 1, staged: toLoad, waiting: [...waiting] };
}

function withoutStaged({ id, stagings, waiting }: Manifest): Manifest {
  return { id, stagings, waiting };
}

function keyOf({ name, generation }: LandingObject): string {
  return `${generation}/${name}`;
}

function groupOf(objects: readonly LandingObject[]): Group {
  return { objects: [...objects], begun: 0 };
}

/** Two halves of a group that cannot be brought in; a single object is shown to be the cause, and parked. */
function isolate({ objects }: Group, park: ParkReason): Group[] {
  if (objects.length <= 1) return [{ ...groupOf(objects), park }];
  const middle = Math.ceil(objects.length / 2);
  return [groupOf(objects.slice(0, middle)), groupOf(objects.slice(middle))];
}

/** A part of a group that has cost sweeps: it is not given as many again, a single object one more. */
function stillSuspected(part: Group): Group {
  if (part.park !== undefined) return part;
  return { ...part, begun: part.objects.length > 1 ? MAX_LOST_SWEEPS : MAX_LOST_SWEEPS - 1 };
}

/** The object at fault to be parked, the others as they were. */
function setApart({ objects }: Group, culprit: LandingObject): Group[] {
  const others = objects.filter((object) => object !== culprit);
  const parked: Group = { ...groupOf([culprit]), park: 'unreadable_content' };
  return others.length > 0 ? [parked, groupOf(others)] : [parked];
}
