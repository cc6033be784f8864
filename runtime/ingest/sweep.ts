import { randomUUID } from 'node:crypto';

import type { RejectionReason } from '../change';
import type { NormalizeOptions } from '../normalize/delivered-object';
import {
  clearSuspicion,
  countLostSweep,
  halveRefused,
  newBatch,
  parkCulprit,
  putFirst,
  stageAgain,
  withNextAttempt,
  withoutStaged,
  withStaged,
  type Batch,
  type Group,
  type ParkReason,
  type StagedGroup,
} from './batch';
import {
  LOAD_POLL_MILLIS,
  MARKED_AT_ONCE,
  MAX_BATCH_BYTES,
  MAX_BATCH_OBJECTS,
  MAX_BATCHES_PER_SWEEP,
  MAX_LOAD_ATTEMPTS_PER_SWEEP,
  OVERTIME_SECONDS,
} from './limits';
import { loadStaged } from './load';
import type { Loader } from './loader';
import { ManifestFile, type Manifest } from './manifest';
import { stageParked } from './park';
import { stageGroup, type StagePorts } from './stage';
import { stagedName } from './staging-names';
import {
  ObjectChangedError,
  type LandingObject,
  type LandingStore,
  type Mark,
  type StagingStore,
} from './stores';
import { SweepAccount, type StopReason, type SweepReport } from './sweep-report';
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

export interface SweepOptions {
  readonly normalize: Partial<NormalizeOptions>;
  readonly limits: SweepLimits;
  /**
   * When to stop, in microseconds since 1970-01-01T00:00:00Z. The next sweep finishes the batch that is under way
   * then.
   */
  readonly until: number;
}

export interface SweepPorts {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  readonly loader: Loader;
  /** The clock: microseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  readonly sleep: (millis: number) => Promise<void>;
  /** Called with the number of lines read since the last call. */
  readonly onLines?: (lines: number) => void;
  /** Called when an object is parked: a person should look at it. */
  readonly onParked?: (object: LandingObject, reason: ParkReason) => void;
  /** Called when an object is broken: it waits for a person. */
  readonly onBroken?: (object: LandingObject, reason: RejectionReason) => void;
}

export type SweepStep = 'list' | 'open' | 'stage' | 'load' | 'mark' | 'close';

/** A sweep failed at one of its steps; the next sweep finishes the batch that is under way. */
export class SweepError extends Error {
  override readonly name = 'SweepError';
  constructor(
    readonly step: SweepStep,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/**
 * Brings every waiting object into the warehouse, each generation exactly once, whatever fails on the way.
 *
 * The manifest is the state of the batch under way. Every step can be repeated without harm, and ends with a change
 * of the manifest that only one of several sweeps can make: see docs/ingest.md.
 *
 * @throws {SweepError} naming the step; nothing is lost, and the next sweep goes on from there.
 */
export async function sweep(ports: SweepPorts, options: SweepOptions): Promise<SweepReport> {
  return new Sweep(ports, options).run();
}

/** What a batch becomes by one step. The step failed if there is an error; the change is recorded all the same. */
interface Change {
  readonly batch: Batch;
  readonly error?: unknown;
}

class Sweep {
  private readonly account = new SweepAccount();
  private readonly manifest: ManifestFile;
  /** Objects that could not be read; they wait for another sweep. */
  private readonly setAside = new Set<string>();
  /** Attempts that this sweep made at loading the staged group and that failed. */
  private failedLoads = 0;

  constructor(
    private readonly ports: SweepPorts,
    private readonly options: SweepOptions,
  ) {
    this.manifest = new ManifestFile(ports.staging);
  }

  async run(): Promise<SweepReport> {
    const stopped = await this.sweepBatches();
    if (stopped !== 'idle') await during('list', () => this.listWaiting());
    return this.account.report(stopped);
  }

  /** Takes up the batch that is open, then opens one after the other: each is staged, loaded, marked and closed. */
  private async sweepBatches(): Promise<StopReason> {
    let current = await during('open', () => this.resumeBatch());
    for (;;) {
      try {
        const next = current ? await this.advance(current) : await this.openBatch();
        if (typeof next === 'string') return next;
        current = next;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
        // Another sweep has moved the batch: see where it stands.
        current = await during('open', () => this.manifest.read());
      }
      if (!this.hasTime()) return 'time';
    }
  }

  /** The batch that an earlier sweep left open. If that sweep died while staging, it is counted against the group. */
  private async resumeBatch(): Promise<Manifest | undefined> {
    const found = await this.manifest.read();
    if (!found) return undefined;
    const suspected = countLostSweep(found.batch);
    if (suspected === found.batch) return found;
    return this.manifest.replace(found, suspected).catch((error: unknown) => {
      if (isOvertaken(error)) return this.manifest.read();
      throw error;
    });
  }

  private async openBatch(): Promise<Manifest | StopReason> {
    const { oldest } = await during('list', () => this.listWaiting());
    if (oldest.length === 0) return 'idle';
    if (this.account.batches >= this.options.limits.batches) return 'batches';
    this.account.batches += 1;
    const batch = newBatch(randomUUID().replaceAll('-', ''), oldest);
    return during('open', () => this.manifest.create(batch));
  }

  /** The next step of a batch. @returns `undefined` once it is closed. */
  private async advance(current: Manifest): Promise<Manifest | 'time' | undefined> {
    const { staged, waiting } = current.batch;
    const [group] = waiting;
    if (staged) {
      const change = await during('load', () => this.load(current.batch));
      if (change === 'time') return change;
      if (change) return this.record('load', current, change);
      return this.markStaged(current, staged);
    }
    if (group) {
      return this.record('stage', current, await this.stage(current.batch, group));
    }
    return during('close', () => this.manifest.remove(current).then(() => undefined));
  }

  private async stage(batch: Batch, group: Group): Promise<Change> {
    this.failedLoads = 0;
    const ports = this.stagePorts(batch.id);
    try {
      if (group.park !== undefined) {
        return { batch: withStaged(batch, await stageParked(group, ports.nameAttempt(), ports)) };
      }
      const outcome = await stageGroup(group, ports, this.options.normalize);
      if ('culprit' in outcome) {
        return { batch: parkCulprit(batch, outcome.culprit, 'unreadable_content') };
      }
      if ('slow' in outcome) {
        const { slow, isTooLong } = outcome;
        return {
          batch: isTooLong ? parkCulprit(batch, slow, 'takes_too_long') : putFirst(batch, slow),
        };
      }
      for (const object of outcome.unreadable) this.setAside.add(keyOf(object));
      this.account.unreadable = this.setAside.size;
      return { batch: withStaged(batch, outcome.staged, outcome.left) };
    } catch (error) {
      if (isOvertaken(error)) throw new SweepError('stage', error);
      return { batch: clearSuspicion(batch), error };
    }
  }

  /** @returns what the batch becomes, or nothing once all rows of the staged group are in their tables. */
  private async load(batch: Batch): Promise<Change | 'time' | undefined> {
    if (this.failedLoads > 0)
      await this.ports.sleep(LOAD_POLL_MILLIS.first * 4 ** this.failedLoads);
    const ports = { ...this.ports, hasTime: () => this.hasTime() };
    const loaded = await loadStaged(batch, ports);
    switch (loaded.outcome) {
      case 'loaded':
        return undefined;
      case 'running':
        return 'time';
      case 'refused':
        return { batch: halveRefused(batch) };
      case 'missing':
        return { batch: stageAgain(batch, loaded.changesLoaded), error: loaded.error };
      case 'failed': {
        this.failedLoads += 1;
        const isLast = loaded.isTableAtFault || this.failedLoads === MAX_LOAD_ATTEMPTS_PER_SWEEP;
        const next = withNextAttempt(batch, loaded.part);
        return isLast ? { batch: next, error: loaded.error } : { batch: next };
      }
    }
  }

  private async markStaged(current: Manifest, staged: StagedGroup): Promise<Manifest | 'time'> {
    if (!(await during('mark', () => this.mark(staged)))) return 'time';
    const next = await this.record('mark', current, { batch: withoutStaged(current.batch) });
    this.account.add(staged.counts);
    if (staged.park !== undefined && staged.counts.parked > 0) {
      for (const object of staged.objects) this.ports.onParked?.(object, staged.park);
    }
    for (const { object, reason } of staged.broken) this.ports.onBroken?.(object, reason);
    return next;
  }

  /** @returns false if there is no time left to mark all objects. */
  private async mark({ objects, broken, park }: StagedGroup): Promise<boolean> {
    const brokenObjects = broken.map(({ object }) => object);
    return (
      (await this.markAll(objects, park === undefined ? 'ingested' : 'parked')) &&
      (await this.markAll(brokenObjects, 'broken'))
    );
  }

  private async markAll(objects: readonly LandingObject[], mark: Mark): Promise<boolean> {
    for (let start = 0; start < objects.length; start += MARKED_AT_ONCE) {
      if (start > 0 && !this.hasTime()) return false;
      const some = objects.slice(start, start + MARKED_AT_ONCE);
      await this.ports.landing.mark(some, mark, this.ports.now());
    }
    return true;
  }

  /** Writes what a step made of the batch. @throws {SweepError} the step's own error, whether or not it is recorded. */
  private async record(
    step: SweepStep,
    current: Manifest,
    { batch, error }: Change,
  ): Promise<Manifest> {
    const written = during(step, () => this.manifest.replace(current, batch));
    if (error === undefined) return written;
    await written.catch(() => undefined);
    throw new SweepError(step, error);
  }

  private async listWaiting() {
    const { batchObjects: maxObjects, batchBytes: maxBytes } = this.options.limits;
    const isSetAside = (object: LandingObject) => this.setAside.has(keyOf(object));
    const waiting = await findWaiting(this.ports.landing, { maxObjects, maxBytes, isSetAside });
    this.account.noteWaiting(waiting);
    return waiting;
  }

  private stagePorts(batchId: string): StagePorts {
    const { landing, staging, onLines = () => undefined } = this.ports;
    const nameAttempt = () => stagedName(batchId, randomUUID());
    return {
      landing,
      staging,
      nameAttempt,
      onLines,
      now: this.ports.now,
      hasTime: () => this.hasTime(),
      isOverdue: () => this.ports.now() > this.options.until + OVERTIME_SECONDS * 1e6,
    };
  }

  private hasTime(): boolean {
    return this.ports.now() < this.options.until;
  }
}

/** Names the step in which work failed. */
async function during<T>(step: SweepStep, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new SweepError(step, error);
  }
}

/** Whether another sweep was first. */
function isOvertaken(error: unknown): boolean {
  const cause = error instanceof SweepError ? error.cause : error;
  return cause instanceof ObjectChangedError;
}

function keyOf({ name, generation }: LandingObject): string {
  return `${generation}/${name}`;
}
