import { acceptedOf, addCounts, rejectedOf, zeroCounts, type Counts } from './counts';
import type { WaitingCount } from './waiting';

/** Why a sweep ended: nothing waits, its time is up, or it has opened as many batches as it may. */
export type StopReason = 'idle' | 'time' | 'batches';

/** What one sweep did; records = accepted + rejected + ignored. */
export interface SweepReport extends Readonly<Counts> {
  readonly stopped: StopReason;
  readonly accepted: number;
  readonly rejected: number;
  /** Batches opened. */
  readonly batches: number;
  /** Objects that cannot be read while others can; they go on waiting. */
  readonly unreadable: number;
  readonly waitingObjects: number;
  /** Microseconds since 1970-01-01T00:00:00Z; `undefined` when nothing waits. */
  readonly oldestWaitingAt: number | undefined;
  /** Objects that earlier sweeps had marked when this one began; `undefined` if it has listed nothing. */
  readonly alreadyIngested: number | undefined;
}

/** Adds up what one sweep does. */
export class SweepAccount {
  batches = 0;
  unreadable = 0;
  private readonly counts = zeroCounts();
  private waiting: WaitingCount = { objects: 0, marked: 0 };
  private alreadyIngested: number | undefined;

  add(counts: Readonly<Counts>): void {
    addCounts(this.counts, counts);
  }

  noteWaiting(waiting: WaitingCount): void {
    this.waiting = waiting;
    // What this sweep finished for an earlier one, it has marked itself.
    const { objects, parked, brokenObjects } = this.counts;
    const ownMarks = objects + parked + brokenObjects;
    this.alreadyIngested ??= Math.max(0, waiting.marked - ownMarks);
  }

  report(stopped: StopReason): SweepReport {
    return {
      ...this.counts,
      stopped,
      accepted: acceptedOf(this.counts),
      rejected: rejectedOf(this.counts),
      batches: this.batches,
      unreadable: this.unreadable,
      waitingObjects: this.waiting.objects,
      oldestWaitingAt: this.waiting.oldestAt,
      alreadyIngested: this.alreadyIngested,
    };
  }
}
