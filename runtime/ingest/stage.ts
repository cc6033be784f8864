import type { Rejection, RejectionReason } from '../change';
import type { NormalizedBatch, NormalizeOptions } from '../normalize/delivered-object';
import { normalize } from '../normalize/normalize';
import { stagedChanges, stagedRejections } from '../warehouse/rows';
import { MAX_UNREADABLE_OBJECTS } from './limits';
import type { Group, StagedCounts, StagedGroup, StagedTable } from './manifest';
import { parkedName } from './staging-names';
import {
  ObjectChangedError,
  ObjectGoneError,
  StoreError,
  type LandingObject,
  type LandingStore,
  type ObjectWriter,
  type StagingStore,
} from './stores';

export interface StageContext {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  /** Begins the names of what is staged; unique to this attempt. */
  readonly prefix: () => string;
  readonly options: Partial<NormalizeOptions>;
  /** Whether there is time to read another object. */
  readonly hasTime: () => boolean;
  /** Called with the lines read since the last call. */
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
  | { readonly culprit: LandingObject };

/** Why objects of a group are not read: they are gone, or the store fails for them. */
type Faults = Map<LandingObject, StoreError>;

/**
 * Reads the objects of a group once, in their order, into staged rows. Nothing of it counts before the manifest
 * says so: an attempt that fails leaves staged objects behind that nobody loads and that expire.
 *
 * @throws {StoreError} when a store fails, other than for single objects.
 */
export async function stageGroup(group: Group, context: StageContext): Promise<StageOutcome> {
  const statuses = await context.landing.statusOf(group.objects);
  const objects = group.objects.filter((_, index) => statuses[index] !== 'marked');
  const faults: Faults = new Map();
  for (const [index, object] of group.objects.entries()) {
    if (statuses[index] === 'gone') faults.set(object, new ObjectGoneError(object.name));
  }
  for (;;) {
    const attempt = new StagingAttempt(context);
    try {
      return await attempt.stage(objects, faults);
    } catch (error) {
      attempt.abort();
      if (error instanceof ContentError) return { culprit: error.object };
      if (!(error instanceof HalfReadError)) throw error;
      faults.set(error.object, error.cause);
    }
  }
}

/** Copies the only object of a group to where parked objects lie, and stages the record of it. */
export async function stageParked(group: Group, context: StageContext): Promise<StagedGroup> {
  const attempt = new StagingAttempt(context);
  try {
    for (const object of group.objects) {
      const reason = (await isParked(object, context)) ? 'object_parked' : 'object_vanished';
      await attempt.reject(object, reason);
    }
    const staged = await attempt.close(group.objects);
    return group.park === undefined ? staged : { ...staged, park: group.park };
  } catch (error) {
    attempt.abort();
    throw error;
  }
}

/** @returns false for an object that is gone. */
async function isParked(object: LandingObject, context: StageContext): Promise<boolean> {
  const copy = context.staging.create(parkedName(object));
  try {
    for await (const bytes of context.landing.read(object)) await copy.write(bytes);
    await copy.close();
    return true;
  } catch (error) {
    copy.abort();
    if (error instanceof ObjectGoneError) return false;
    // An earlier attempt has copied it.
    if (error instanceof ObjectChangedError) return true;
    throw error;
  }
}

/** The store failed for an object some rows of which are staged already: this attempt is of no use. */
class HalfReadError extends Error {
  constructor(
    readonly object: LandingObject,
    override readonly cause: StoreError,
  ) {
    super(cause.message);
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

type MutableCounts = { -readonly [Key in keyof StagedCounts]: StagedCounts[Key] };

/** One attempt at staging a group: a staged object per table, made when its first row comes. */
class StagingAttempt {
  private readonly changes: StagedRows;
  private readonly rejections: StagedRows;
  private readonly counts: MutableCounts = {
    objects: 0,
    lines: 0,
    adds: 0,
    deletes: 0,
    rejectedByReason: {},
    ignored: 0,
    omittedIdentities: 0,
    bytes: 0,
    vanished: 0,
    parked: 0,
  };

  constructor(private readonly context: StageContext) {
    const prefix = context.prefix();
    this.changes = new StagedRows(context.staging, `${prefix}-changes.ndjson`);
    this.rejections = new StagedRows(context.staging, `${prefix}-rejections.ndjson`);
  }

  async stage(objects: readonly LandingObject[], faults: Faults): Promise<StageOutcome> {
    const done: LandingObject[] = [];
    const unreadable: LandingObject[] = [];
    let left: readonly LandingObject[] = [];
    for (const [index, object] of objects.entries()) {
      if (done.length > 0 && !this.context.hasTime()) {
        left = objects.slice(index);
        break;
      }
      const fault = faults.get(object) ?? (await this.read(object));
      if (fault instanceof ObjectGoneError) await this.reject(object, 'object_vanished');
      if (fault === undefined || fault instanceof ObjectGoneError) {
        done.push(object);
        continue;
      }
      faults.set(object, fault);
      unreadable.push(object);
      if (done.length === 0 && unreadable.length > MAX_UNREADABLE_OBJECTS) throw fault;
    }
    return { staged: await this.close(done), left, unreadable };
  }

  /** @returns why the store does not give the object. */
  private async read(object: LandingObject): Promise<StoreError | undefined> {
    const delivered = { ...object, deliveredAt: object.createdAt };
    const batches = normalize(this.context.landing.read(object), delivered, this.context.options);
    for (let isFirst = true; ; isFirst = false) {
      let next;
      try {
        next = await batches.next();
      } catch (error) {
        if (!(error instanceof StoreError)) throw new ContentError(object, error);
        if (!isFirst) throw new HalfReadError(object, error);
        return error;
      }
      if (next.done) break;
      await this.append(next.value, object.createdAt);
    }
    this.counts.objects += 1;
    this.counts.bytes += object.size;
    return undefined;
  }

  private async append(batch: NormalizedBatch, deliveredAt: number): Promise<void> {
    const { changes, broken, lines, ignored, omittedIdentities } = batch;
    const rejections = broken ? [broken] : batch.rejections;
    const adds = changes.filter((change) => change.action === 'add').length;
    this.counts.lines += lines + (broken ? 1 : 0);
    this.counts.adds += adds;
    this.counts.deletes += changes.length - adds;
    this.counts.ignored += ignored;
    this.counts.omittedIdentities += omittedIdentities;
    this.context.onLines(lines);
    await this.changes.append(stagedChanges(changes, deliveredAt), changes.length);
    await this.appendRejections(rejections, deliveredAt);
  }

  /** The whole object as one rejected line, at its beginning. */
  async reject(
    object: LandingObject,
    reason: Extract<RejectionReason, 'object_vanished' | 'object_parked'>,
  ): Promise<void> {
    const source = { object: object.name, generation: object.generation, line: 1 };
    this.counts.lines += 1;
    if (reason === 'object_parked') this.counts.parked += 1;
    else this.counts.vanished += 1;
    await this.appendRejections([{ source, byteOffset: 0, reason }], object.createdAt);
  }

  private async appendRejections(
    rejections: readonly Rejection[],
    deliveredAt: number,
  ): Promise<void> {
    const { rejectedByReason } = this.counts;
    for (const { reason, records = 1 } of rejections) {
      rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + records;
    }
    await this.rejections.append(stagedRejections(rejections, deliveredAt), rejections.length);
  }

  async close(objects: readonly LandingObject[]): Promise<StagedGroup> {
    const changes = await this.changes.close();
    const rejections = await this.rejections.close();
    return { objects: [...objects], changes, rejections, counts: this.counts };
  }

  abort(): void {
    this.changes.abort();
    this.rejections.abort();
  }
}

/** The staged rows of one table. */
class StagedRows {
  private writer: ObjectWriter | undefined;
  private rows = 0;

  constructor(
    private readonly staging: StagingStore,
    private readonly name: string,
  ) {}

  async append(text: string, rows: number): Promise<void> {
    if (rows === 0) return;
    this.writer ??= this.staging.create(this.name);
    this.rows += rows;
    await this.writer.write(text);
  }

  async close(): Promise<StagedTable> {
    await this.writer?.close();
    return { rows: this.rows, attempt: 0, ...(this.writer ? { object: this.name } : {}) };
  }

  abort(): void {
    this.writer?.abort();
  }
}
