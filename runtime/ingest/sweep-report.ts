import type { StagedCounts } from './manifest';
import type { Waiting } from './waiting';

/** Why a sweep ended: nothing waits, its time is up, or it has opened as many batches as it may. */
export type Stopped = 'idle' | 'time' | 'batches';

/** What one sweep came to; lines = accepted + rejected + ignored. */
export class SweepReport {
  stopped: Stopped = 'idle';
  /** Batches opened. */
  batches = 0;
  /** Objects read; those that vanished or were parked are counted apart. */
  objects = 0;
  /** Bytes of these objects, as stored. */
  bytes = 0;
  lines = 0;
  adds = 0;
  deletes = 0;
  /** By reason code. */
  readonly rejectedByReason: Record<string, number> = {};
  /** Documented no-ops: blank lines and the like. */
  ignored = 0;
  /** Additional identities that were unusable and left out of an accepted change. */
  omittedIdentities = 0;
  /** Objects deleted or overwritten before they were read. */
  vanished = 0;
  /** Objects shown to stop a batch, and set aside. */
  parked = 0;
  /** Objects that cannot be read while others can; they go on waiting. */
  unreadable = 0;
  waitingObjects = 0;
  /** Microseconds since 1970-01-01T00:00:00Z; `undefined` when nothing waits. */
  oldestWaitingAt: number | undefined;
  /** Objects that an earlier sweep had marked, when this one began. */
  markedBefore: number | undefined;

  get accepted(): number {
    return this.adds + this.deletes;
  }

  get rejected(): number {
    return Object.values(this.rejectedByReason).reduce((sum, count) => sum + count, 0);
  }

  add(counts: StagedCounts): void {
    this.objects += counts.objects;
    this.bytes += counts.bytes;
    this.lines += counts.lines;
    this.adds += counts.adds;
    this.deletes += counts.deletes;
    this.ignored += counts.ignored;
    this.omittedIdentities += counts.omittedIdentities;
    this.vanished += counts.vanished;
    this.parked += counts.parked;
    for (const [reason, count] of Object.entries(counts.rejectedByReason)) {
      this.rejectedByReason[reason] = (this.rejectedByReason[reason] ?? 0) + count;
    }
  }

  noteWaiting({ objects, oldestAt, marked }: Waiting): void {
    this.waitingObjects = objects;
    this.oldestWaitingAt = oldestAt;
    // What it has finished for an earlier sweep, it has marked itself.
    this.markedBefore ??= Math.max(0, marked - this.objects - this.parked);
  }
}
