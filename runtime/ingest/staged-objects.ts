import type { Rejection, RejectionReason } from '../change';
import type { NormalizedBatch } from '../normalize/delivered-object';
import { stagedChanges, stagedRejections } from '../warehouse/rows';
import type { BrokenObject, StagedGroup, StagedTable } from './batch';
import { addCounts, zeroCounts } from './counts';
import type { LandingObject, ObjectWriter, StagingStore } from './stores';

/** The reasons that stand for an object that was not read. */
export type UnreadReason = Extract<RejectionReason, 'object_vanished' | 'object_parked'>;

/** What one attempt at staging a group writes: one staged object per table, created when its first row comes. */
export class StagedObjects {
  private readonly changes: StagedRows;
  private readonly rejections: StagedRows;
  private readonly counts = zeroCounts();

  /** @param name begins the names of the staged objects; unique to the attempt. */
  constructor(staging: StagingStore, name: string) {
    this.changes = new StagedRows(staging, `${name}-changes.ndjson`);
    this.rejections = new StagedRows(staging, `${name}-rejections.ndjson`);
  }

  async append(batch: NormalizedBatch, deliveredAt: number): Promise<void> {
    const { changes, rejections, records, lines, ignored } = batch;
    const { omittedIdentities, omittedNames } = batch;
    const adds = changes.filter((change) => change.action === 'add').length;
    const deletes = changes.length - adds;
    addCounts(this.counts, { records, lines, adds, deletes, ignored });
    addCounts(this.counts, { omittedIdentities, omittedNames });
    await this.changes.append(stagedChanges(changes, deliveredAt), changes.length);
    await this.appendRejections(rejections, deliveredAt);
  }

  /** Counts an object all of whose rows have been appended. */
  countObject({ size, customTimeAt }: LandingObject): void {
    const customTimeObjects = customTimeAt === undefined ? 0 : 1;
    addCounts(this.counts, { objects: 1, bytes: size, customTimeObjects });
  }

  /** The whole object as one rejected record, at its beginning. */
  async rejectObject(object: LandingObject, reason: UnreadReason): Promise<void> {
    addCounts(this.counts, {
      records: 1,
      ...(reason === 'object_parked' ? { parked: 1 } : { vanished: 1 }),
    });
    await this.appendRejections([wholeObject(object, reason)], object.createdAt);
  }

  /** An object that is to be parked and cannot be copied. */
  async rejectUncopied(object: LandingObject): Promise<void> {
    await this.rejectBroken(object, wholeObject(object, 'object_parked'));
  }

  /** The whole object as one rejected record, where it cannot be read on. */
  async rejectBroken(object: LandingObject, rejection: Rejection): Promise<void> {
    addCounts(this.counts, { records: 1, brokenObjects: 1 });
    await this.appendRejections([rejection], object.createdAt);
  }

  private async appendRejections(
    rejections: readonly Rejection[],
    deliveredAt: number,
  ): Promise<void> {
    for (const { reason, records = 1 } of rejections) {
      addCounts(this.counts, { rejectedByReason: { [reason]: records } });
    }
    await this.rejections.append(stagedRejections(rejections, deliveredAt), rejections.length);
  }

  /** @returns the group of these objects; its rows count once the manifest names them. */
  async close(
    objects: readonly LandingObject[],
    broken: readonly BrokenObject[] = [],
  ): Promise<StagedGroup> {
    const changes = await this.changes.close();
    const rejections = await this.rejections.close();
    return { objects, broken, changes, rejections, counts: this.counts };
  }

  abort(): void {
    this.changes.abort();
    this.rejections.abort();
  }
}

function wholeObject({ name, generation }: LandingObject, reason: UnreadReason): Rejection {
  return { source: { object: name, generation, line: 1 }, byteOffset: 0, reason };
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
