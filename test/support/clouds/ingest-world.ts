import { sweep, type SweepOptions, type SweepPorts } from '../../../runtime/ingest/sweep';
import type { SweepReport } from '../../../runtime/ingest/sweep-report';
import type { LandingObject, LandingStore } from '../../../runtime/ingest/stores';
import { changesOf, rejectionsOf } from '../data/landing-fixture';
import {
  contentIn,
  MemoryBucket,
  MemoryWarehouse,
  type MemoryWarehouseOptions,
} from './memory-cloud';

/** When the first sweep begins: microseconds since 1970-01-01T00:00:00Z. */
export const NOW = Date.UTC(2026, 0, 1) * 1000;
export const MINUTE = 60_000_000;

/** A canonical line: one add. */
export function addLine(mpId: number | string): string {
  return `{"mpId":"${mpId}","audience_id":"a","membership_action":"add","timestamp":1600000000}\n`;
}

/** Stores and a warehouse in memory, and sweeps over them. Waiting takes a minute of the clock. */
export class IngestWorld {
  readonly landing = new MemoryBucket();
  readonly staging = new MemoryBucket();
  readonly warehouse: MemoryWarehouse;
  /** Parked objects: name and reason. */
  readonly parked: string[] = [];
  now = NOW;

  constructor(options: MemoryWarehouseOptions = {}) {
    this.warehouse = new MemoryWarehouse(contentIn(this.staging), options);
  }

  sweep(changed: Partial<SweepPorts & SweepOptions> = {}): Promise<SweepReport> {
    const ports: SweepPorts = {
      landing: this.landing,
      staging: this.staging,
      loader: this.warehouse,
      now: () => this.now,
      sleep: () => {
        this.now += MINUTE;
        return Promise.resolve();
      },
      onParked: ({ name }, reason) => {
        this.parked.push(`${name} ${reason}`);
      },
      ...changed,
    };
    const options: SweepOptions = {
      normalize: {},
      limits: { batchObjects: 100, batchBytes: 1 << 20, batches: 10 },
      until: this.now + 25 * MINUTE,
      ...changed,
    };
    return sweep(ports, options);
  }

  changes(): string[] {
    return changesOf(this.warehouse.tables.membership_changes);
  }

  rejections(): string[] {
    return rejectionsOf(this.warehouse.tables.rejected_changes);
  }

  marks(): Record<string, string | undefined> {
    return Object.fromEntries([...this.landing.objects].map(([name, { mark }]) => [name, mark]));
  }

  /** Ids of the load jobs, without the part that is made up. */
  loadJobs(): string[] {
    return [...this.warehouse.jobs.keys()].map((id) => id.replace(/[0-9a-f]{32}/, 'ID'));
  }

  async objectNamed(name: string): Promise<LandingObject> {
    for await (const object of this.landing.list()) if (object.name === name) return object;
    throw new Error(`no object ${name}`);
  }
}

/** The store with some of its methods replaced. */
export function changedLanding(store: LandingStore, changed: Partial<LandingStore>): LandingStore {
  return {
    list: () => store.list(),
    statusOf: (objects) => store.statusOf(objects),
    read: (object) => store.read(object),
    mark: (objects, mark, at) => store.mark(objects, mark, at),
    ...changed,
  };
}
