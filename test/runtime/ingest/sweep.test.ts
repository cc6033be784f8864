import type { LoadTarget } from '../../../runtime/ingest/loader';
import { MANIFEST_NAME, parkedName } from '../../../runtime/ingest/staging-names';
import { StoreError, type LandingObject, type LandingStore } from '../../../runtime/ingest/stores';
import { sweep, SweepError, type SweepSetting } from '../../../runtime/ingest/sweep';
import { ProcessEnd } from '../../support/clouds/faults';
import { changesOf, rejectionsOf } from '../../support/data/landing-fixture';
import {
  contentIn,
  MemoryBucket,
  MemoryWarehouse,
  type MemoryWarehouseOptions,
} from '../../support/clouds/memory-cloud';

const NOW = Date.UTC(2026, 0, 1) * 1000;
const MINUTE = 60_000_000;

class Workspace {
  readonly bucket = new MemoryBucket();
  readonly stage = new MemoryBucket();
  readonly warehouse: MemoryWarehouse;
  readonly parked: string[] = [];
  now = NOW;

  constructor(options: MemoryWarehouseOptions = {}) {
    this.warehouse = new MemoryWarehouse(contentIn(this.stage), options);
  }

  sweep(setting: Partial<SweepSetting> = {}) {
    return sweep({
      landing: this.bucket,
      staging: this.stage,
      target: this.warehouse,
      normalize: {},
      limits: { batchObjects: 100, batchBytes: 1 << 20, batches: 10 },
      now: () => this.now,
      until: this.now + 25 * MINUTE,
      sleep: () => {
        this.now += MINUTE;
        return Promise.resolve();
      },
      onParked: ({ name }, reason) => {
        this.parked.push(`${name} ${reason}`);
      },
      ...setting,
    });
  }

  changes(): string[] {
    return changesOf(this.warehouse.tables.membership_changes);
  }

  rejections(): string[] {
    return rejectionsOf(this.warehouse.tables.rejected_changes);
  }

  marks(): Record<string, string | undefined> {
    return Object.fromEntries([...this.bucket.objects].map(([name, { mark }]) => [name, mark]));
  }

  loadJobs(): string[] {
    return [...this.warehouse.jobs.keys()].map((id) => id.replace(/[0-9a-f]{32}/, 'ID'));
  }
}

const line = (mpId: number | string) =>
  `{"mpId":"${mpId}","audience_id":"a","membership_action":"add","timestamp":1600000000}\n`;

describe('what a sweep takes', () => {
  test('the oldest objects first, within the limits of a batch', async () => {
    const workspace = new Workspace();
    for (const [name, age] of [
      ['c', 1],
      ['a', 3],
      ['b', 2],
      ['d', 0],
    ] as const) {
      workspace.bucket.put(name, line(age), NOW - age * MINUTE);
    }
    const report = await workspace.sweep({
      limits: { batchObjects: 2, batchBytes: 1 << 20, batches: 1 },
    });
    expect(report).toMatchObject({
      stopped: 'batches',
      objects: 2,
      waitingObjects: 2,
      oldestWaitingAt: NOW - MINUTE,
    });
    expect(workspace.changes()).toEqual(['a:1', 'b:1']);
  });

  test('as many as the bytes allow, and one whatever its size', async () => {
    const workspace = new Workspace();
    for (const name of ['a', 'b', 'c']) workspace.bucket.put(name, line(1));
    const limits = { batchObjects: 100, batchBytes: 2 * line(1).length, batches: 10 };
    expect(await workspace.sweep({ limits })).toMatchObject({ objects: 3, batches: 2 });
    workspace.bucket.put('large', line(1).repeat(5));
    expect(await workspace.sweep({ limits })).toMatchObject({ objects: 1, accepted: 5 });
  });

  test('nothing where nothing waits: one listing, no manifest', async () => {
    const workspace = new Workspace();
    expect(await workspace.sweep()).toMatchObject({ stopped: 'idle', batches: 0 });
    expect(workspace.stage.objects.size).toBe(0);
  });

  test('an overwritten object anew', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('a', line(1));
    await workspace.sweep();
    workspace.bucket.put('a', line(2) + line(3));
    expect(await workspace.sweep()).toMatchObject({ objects: 1, accepted: 2 });
    expect(workspace.changes()).toEqual(['a:1', 'a:1', 'a:2']);
  });
});

describe('what happens meanwhile', () => {
  /** Does something once the batch is opened, before its objects are looked at. */
  function onceOpened(workspace: Workspace, happen: () => void): LandingStore {
    const { bucket } = workspace;
    return {
      list: () => bucket.list(),
      statusOf: (objects) => {
        happen();
        return bucket.statusOf(objects);
      },
      read: (object) => bucket.read(object),
      mark: (objects, mark) => bucket.mark(objects, mark),
    };
  }

  test('an object that vanished is recorded, one that replaced it is ingested', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('gone', line(1));
    workspace.bucket.put('replaced', line(2));
    workspace.bucket.put('stays', line(3));
    let happened = false;
    const landing = onceOpened(workspace, () => {
      if (happened) return;
      happened = true;
      workspace.bucket.objects.delete('gone');
      workspace.bucket.put('replaced', line(4) + line(5));
    });
    const report = await workspace.sweep({ landing });
    expect(report).toMatchObject({ objects: 2, vanished: 2, accepted: 3, rejected: 2, lines: 5 });
    expect(workspace.changes()).toEqual(['replaced:1', 'replaced:2', 'stays:1']);
    expect(workspace.rejections()).toEqual([
      'gone:1 object_vanished',
      'replaced:1 object_vanished',
    ]);
    expect(workspace.marks()).toEqual({ replaced: 'ingested', stays: 'ingested' });
  });

  test('an object that vanishes while it is read leaves no rows behind', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('cut', line(1).repeat(2000));
    workspace.bucket.put('whole', line(2));
    const { bucket } = workspace;
    const landing: LandingStore = {
      ...onceOpened(workspace, () => undefined),
      read: async function* (object) {
        for await (const chunk of bucket.read(object)) {
          yield chunk;
          if (object.name === 'cut') bucket.objects.delete('cut');
          if (!bucket.objects.has(object.name)) yield* bucket.read(object);
        }
      },
    };
    expect(await workspace.sweep({ landing })).toMatchObject({ objects: 1, vanished: 1, lines: 2 });
    expect(workspace.changes()).toEqual(['whole:1']);
    expect(workspace.rejections()).toEqual(['cut:1 object_vanished']);
  });

  test('another sweep ingests what this one has listed: it is not ingested again', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('a', line(1));
    workspace.bucket.put('b', line(2));
    const { bucket } = workspace;
    let listed = false;
    const landing: LandingStore = {
      ...onceOpened(workspace, () => undefined),
      list: async function* () {
        const stale: (LandingObject & { marked: boolean })[] = [];
        for await (const object of bucket.list()) stale.push(object);
        if (!listed) {
          listed = true;
          // A whole sweep comes and goes between this one's listing and its manifest.
          await workspace.sweep();
        }
        yield* stale;
      },
    };
    await workspace.sweep({ landing });
    expect(workspace.changes()).toEqual(['a:1', 'b:1']);
  });
});

test('a sweep that comes late with its manifest goes on with the one that is there', async () => {
  const workspace = new Workspace();
  workspace.bucket.put('a', line(1));
  const { bucket } = workspace;
  const stores = {
    statusOf: (objects: readonly LandingObject[]) => bucket.statusOf(objects),
    read: (object: LandingObject) => bucket.read(object),
  };
  let listed = false;
  const landing: LandingStore = {
    ...stores,
    mark: (objects, mark) => bucket.mark(objects, mark),
    list: async function* () {
      yield* bucket.list();
      if (listed) return;
      listed = true;
      // Another sweep opens a batch and loads it, and ends before it has marked anything.
      const dying: LandingStore = {
        ...stores,
        list: () => bucket.list(),
        mark: () => Promise.reject(new StoreError('the end')),
      };
      await expect(workspace.sweep({ landing: dying })).rejects.toMatchObject({ step: 'mark' });
    },
  };
  expect(await workspace.sweep({ landing })).toMatchObject({ stopped: 'idle', objects: 1 });
  expect(workspace.changes()).toEqual(['a:1']);
});

describe('time', () => {
  test('a sweep stops between two objects, and the next one goes on', async () => {
    const workspace = new Workspace();
    for (const name of ['a', 'b', 'c']) workspace.bucket.put(name, line(1));
    const { bucket } = workspace;
    const landing: LandingStore = {
      list: () => bucket.list(),
      statusOf: (objects) => bucket.statusOf(objects),
      mark: (objects, mark) => bucket.mark(objects, mark),
      read: (object) => {
        workspace.now += 20 * MINUTE;
        return bucket.read(object);
      },
    };
    expect(await workspace.sweep({ landing })).toMatchObject({ stopped: 'time', objects: 0 });
    expect(workspace.changes()).toEqual([]);
    expect(await workspace.sweep()).toMatchObject({ stopped: 'idle', objects: 3 });
    expect(workspace.changes()).toEqual(['a:1', 'b:1', 'c:1']);
    expect(workspace.loadJobs()).toEqual([
      'audience_import_ID_1_changes_0',
      'audience_import_ID_2_changes_0',
    ]);
  });

  test('a load that outlasts a sweep is asked for by the next ones, under the same id', async () => {
    const workspace = new Workspace({ runningAnswers: 100 });
    workspace.bucket.put('a', line(1));
    const stopped = [];
    for (let run = 0; run < 6; run += 1) stopped.push((await workspace.sweep()).stopped);
    expect(stopped).toEqual(['time', 'time', 'time', 'idle', 'idle', 'idle']);
    expect(workspace.loadJobs()).toEqual(['audience_import_ID_1_changes_0']);
    expect(workspace.changes()).toEqual(['a:1']);
  });
});

describe('a load that fails', () => {
  test('has another attempt once it is known to have failed', async () => {
    const workspace = new Workspace({ failures: ['backendError', 'internalError'] });
    workspace.bucket.put('a', line(1));
    expect(await workspace.sweep()).toMatchObject({ objects: 1 });
    expect(workspace.loadJobs()).toEqual([0, 1, 2].map((n) => `audience_import_ID_1_changes_${n}`));
    expect(workspace.changes()).toEqual(['a:1']);
  });

  test('three times ends the sweep; the next one goes on with the next attempt', async () => {
    const workspace = new Workspace({ failures: Array<string>(4).fill('quotaExceeded') });
    workspace.bucket.put('a', line(1));
    await expect(workspace.sweep()).rejects.toThrow(/_changes_2 failed: quotaExceeded$/);
    expect(await workspace.sweep()).toMatchObject({ objects: 1 });
    expect(workspace.loadJobs()).toHaveLength(5);
    expect(workspace.changes()).toEqual(['a:1']);
  });

  test('with other rows than were staged is seen, and not repeated', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('a', line(1));
    const target: LoadTarget = {
      start: async (job) => ({ ...(await workspace.warehouse.start(job)), rows: 7 }) as never,
      stateOf: (job) => workspace.warehouse.stateOf(job),
    };
    for (let run = 0; run < 2; run += 1) {
      const error: unknown = await workspace.sweep({ target }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SweepError);
      expect(error).toMatchObject({ step: 'load' });
      expect(String(error)).toMatch(/7 rows of 1/);
    }
    expect(workspace.changes()).toEqual(['a:1']);
    expect(workspace.marks()).toEqual({ a: undefined });
  });
});

describe('staged rows that have expired while a batch was held up', () => {
  test.each(['membership_changes', 'rejected_changes'] as const)(
    'by %s: they are staged again, and what was loaded is not loaded again',
    async (held) => {
      const refusesAll = [held as string];
      const workspace = new Workspace({ refusesAll });
      workspace.bucket.put('a', line(1) + 'nonsense\n');
      workspace.bucket.put('b', line(2));
      await expect(workspace.sweep()).rejects.toThrow(/refuses/);
      for (const name of workspace.stage.objects.keys()) {
        if (name.startsWith('staged/')) workspace.stage.objects.delete(name);
      }
      refusesAll.pop();
      await expect(workspace.sweep()).rejects.toThrow(/failed: notFound/);
      expect(await workspace.sweep()).toMatchObject({ stopped: 'idle', objects: 2 });
      expect(workspace.changes()).toEqual(['a:1', 'b:1']);
      expect(workspace.rejections()).toEqual(['a:2 not_json']);
    },
  );
});

describe('an object that stops its batch', () => {
  const refusesBad = { refuses: (row: object) => 'mp_id' in row && row.mp_id === '666' };

  test('is found by halves and parked; the others are ingested', async () => {
    const workspace = new Workspace(refusesBad);
    for (let n = 0; n < 20; n += 1) workspace.bucket.put(`good-${n}`, line(n + 1));
    workspace.bucket.put('bad', line(1) + line(666));
    const report = await workspace.sweep();
    expect(report).toMatchObject({ stopped: 'idle', objects: 20, parked: 1, accepted: 20 });
    expect(workspace.parked).toEqual(['bad load_refused']);
    expect(workspace.changes()).toHaveLength(20);
    expect(workspace.rejections()).toEqual(['bad:1 object_parked']);
    expect(workspace.marks()).toMatchObject({ bad: 'parked', 'good-7': 'ingested' });
    const copy = [...workspace.stage.objects].find(([name]) => name.startsWith('parked/'));
    expect(copy?.[0]).toMatch(/^parked\/\d+\/bad$/);
    expect(copy?.[1].bytes.toString()).toBe(line(1) + line(666));
    // Halving 21 objects takes five steps; each failing step asks for a control load.
    expect(workspace.loadJobs().length).toBeLessThan(25);
  });

  test('is not suspected when the table refuses everything', async () => {
    const refusesAll = ['membership_changes'];
    const workspace = new Workspace({ refusesAll });
    workspace.bucket.put('a', line(1));
    for (let run = 0; run < 3; run += 1) {
      await expect(workspace.sweep()).rejects.toThrow(/refuses a load of no rows: invalid/);
    }
    expect(workspace.marks()).toEqual({ a: undefined });
    expect(workspace.parked).toEqual([]);
    // The table is mended.
    refusesAll.pop();
    expect(await workspace.sweep()).toMatchObject({ stopped: 'idle', objects: 1 });
    expect(workspace.changes()).toEqual(['a:1']);
  });

  test('is parked when its content breaks this program', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('bad', line(1).repeat(1000));
    workspace.bucket.put('good', line(2));
    const { bucket } = workspace;
    let chunks = 0;
    const landing: LandingStore = {
      list: () => bucket.list(),
      statusOf: (objects) => bucket.statusOf(objects),
      mark: (objects, mark) => bucket.mark(objects, mark),
      read: async function* (object) {
        // A defect shows at reading; parking copies the bytes and does not read them.
        for await (const chunk of bucket.read(object)) {
          yield chunk;
          if (object.name === 'bad' && chunks++ === 0) throw new TypeError('a defect');
        }
      },
    };
    expect(await workspace.sweep({ landing })).toMatchObject({ objects: 1, parked: 1 });
    expect(workspace.parked).toEqual(['bad unreadable_content']);
    expect(workspace.changes()).toEqual(['good:1']);
    expect(workspace.stage.objects.has(parkedName({ ...(await one(bucket, 'bad')) }))).toBe(true);
  });

  test('is parked when it ends the process again and again; the others are ingested', async () => {
    const workspace = new Workspace();
    for (let n = 0; n < 8; n += 1) workspace.bucket.put(`good-${n}`, line(n + 1));
    workspace.bucket.put('deadly', line(9));
    const { bucket, stage } = workspace;
    let sweeps = 0;
    for (; sweeps < 40; sweeps += 1) {
      let ended = false;
      const alive = <T>(work: () => T): T => {
        if (ended) throw new ProcessEnd();
        return work();
      };
      const landing: LandingStore = {
        list: () => bucket.list(),
        statusOf: (objects) => bucket.statusOf(objects),
        mark: (objects, mark) => bucket.mark(objects, mark),
        read: async function* (object) {
          const manifest = await stage.find(MANIFEST_NAME);
          const isBeingParked = manifest?.text.includes('"park":') ?? false;
          if (object.name === 'deadly' && !isBeingParked) ended = true;
          alive(() => undefined);
          yield* bucket.read(object);
        },
      };
      const staging = new Proxy(stage, {
        get: (store, property) => {
          const method = Reflect.get(store, property) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => alive(() => method.apply(store, args));
        },
      });
      const report = await workspace.sweep({ landing, staging }).catch(() => undefined);
      if (report?.stopped === 'idle') break;
      workspace.now += 5 * MINUTE;
    }
    expect(sweeps).toBeLessThan(20);
    expect(workspace.parked).toEqual(['deadly ends_the_sweep']);
    expect(workspace.changes()).toHaveLength(8);
    expect(workspace.rejections()).toEqual(['deadly:1 object_parked']);
  });
});

describe('an object that cannot be read', () => {
  function unreadable(workspace: Workspace, isBad: (name: string) => boolean): LandingStore {
    const { bucket } = workspace;
    return {
      list: () => bucket.list(),
      statusOf: (objects) => bucket.statusOf(objects),
      mark: (objects, mark) => bucket.mark(objects, mark),
      read: async function* (object) {
        if (isBad(object.name)) throw new StoreError(`${object.name}: cannot be read`);
        yield* bucket.read(object);
      },
    };
  }

  test('goes on waiting, and does not hold up the others', async () => {
    const workspace = new Workspace();
    workspace.bucket.put('bad', line(1));
    for (let run = 0; run < 3; run += 1) {
      workspace.bucket.put(`good-${run}`, line(2));
      const report = await workspace.sweep({ landing: unreadable(workspace, (n) => n === 'bad') });
      expect(report).toMatchObject({ objects: 1, unreadable: 1, waitingObjects: 1 });
      expect(workspace.stage.objects.has(MANIFEST_NAME)).toBe(false);
    }
    expect(workspace.marks()).toMatchObject({ bad: undefined, 'good-2': 'ingested' });
    expect(await workspace.sweep()).toMatchObject({ objects: 1, unreadable: 0 });
  });

  test('and many of them, none readable, are an outage that ends the sweep', async () => {
    const workspace = new Workspace();
    for (let n = 0; n < 20; n += 1) workspace.bucket.put(`object-${n}`, line(n));
    const failed = workspace.sweep({ landing: unreadable(workspace, () => true) });
    await expect(failed).rejects.toMatchObject({ step: 'stage' });
    await expect(failed).rejects.toThrow(/cannot be read/);
    expect(await workspace.sweep()).toMatchObject({ stopped: 'idle', objects: 20 });
  });
});

test('sweeps that fail because a store does put no object under suspicion', async () => {
  const workspace = new Workspace();
  workspace.bucket.put('a', line(1));
  const broken = new Proxy(workspace.stage, {
    get: (stage, property) =>
      property === 'create'
        ? () => ({
            write: () => Promise.reject(new StoreError('no room')),
            close: () => Promise.reject(new StoreError('no room')),
            abort: () => undefined,
          })
        : (Reflect.get(stage, property) as (...args: unknown[]) => unknown).bind(stage),
  });
  for (let run = 0; run < 10; run += 1) {
    await expect(workspace.sweep({ staging: broken })).rejects.toThrow('no room');
  }
  expect(await workspace.sweep()).toMatchObject({ objects: 1, parked: 0 });
});

test('a manifest that is none is named, and left alone', async () => {
  const workspace = new Workspace();
  workspace.stage.put(MANIFEST_NAME, '{"id":"x"}');
  await expect(workspace.sweep()).rejects.toThrow(/manifest\.json: no manifest of this program/);
  expect(workspace.stage.objects.has(MANIFEST_NAME)).toBe(true);
});

async function one(bucket: MemoryBucket, name: string): Promise<LandingObject> {
  for await (const object of bucket.list()) if (object.name === name) return object;
  throw new Error(`no object ${name}`);
}
