import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { Bucket } from '@google-cloud/storage';

import { CloudStorageBucket, MARK_KEY } from '../../runtime/google/cloud-storage';
import {
  ObjectChangedError,
  ObjectGoneError,
  type LandingObject,
  type ObjectWriter,
} from '../../runtime/ingest/stores';
import { DEFAULT_SWEEP_LIMITS, sweep } from '../../runtime/ingest/sweep';
import { changesOf, DELIVERIES, EXPECTED, rejectionsOf } from '../support/data/landing-fixture';
import { MemoryWarehouse } from '../support/clouds/memory-cloud';
import { LIST_PAGE_OBJECTS } from './harness/cloud-storage-corrections';
import { judges } from './harness/judges';

const MIB = 2 ** 20;
const NOW = Date.UTC(2026, 0, 1) * 1000;
const HOUR_MICROS = 3_600_000_000;
const LINE = '{"mpId":"1","audience_id":"a","membership_action":"add","timestamp":1600000000}\n';

judges('CloudStorageBucket on fake-gcs-server', (judge, cloud) => {
  let buckets = 0;

  /** An empty bucket: as the client sees it, and as a store. */
  async function emptyBucket(): Promise<{ bucket: Bucket; store: CloudStorageBucket }> {
    const { storage } = cloud();
    buckets += 1;
    const name = `object-store-${buckets}`;
    await storage.createBucket(name);
    return { bucket: storage.bucket(name), store: new CloudStorageBucket(storage, name) };
  }

  judge('lists every object once, page by page', async () => {
    const { bucket, store } = await emptyBucket();
    const names = Array.from({ length: LIST_PAGE_OBJECTS + 1 }, (_, n) => `object-${n}`);
    await inTens(names, (name) => put(bucket, name, ''));
    const before = cloud().services.storage.seen.length;
    const listed = (await listing(store)).map(({ name }) => name);
    expect(cloud().services.storage.seen.slice(before)).toHaveLength(2);
    expect(listed.sort()).toEqual(names.sort());
  });

  judge('tells what Cloud Storage knows of an object, whatever its name', async () => {
    const { bucket, store } = await emptyBucket();
    const names = ['a#b?c%20d e', 'Île-de-France (1)/+&=.txt', '日本', `q'"s;,@:$`, '../up'];
    for (const name of names) await put(bucket, name, name);
    const objects = await listing(store);
    expect(objects.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const object of objects) {
      const [{ generation, timeCreated, size }] = await bucket.file(object.name).getMetadata();
      expect(object).toEqual({
        name: object.name,
        generation,
        createdAt: Date.parse(String(timeCreated)) * 1000,
        size: Number(size),
        marked: false,
      });
      expect(String(await contentOf(store, object))).toBe(object.name);
    }
    await store.mark(objects, 'ingested', NOW);
    expect(await store.statusOf(objects)).toEqual(names.map(() => 'marked'));
  });

  judge('reads one generation, and no other', async () => {
    const { bucket, store } = await emptyBucket();
    await put(bucket, 'replaced', 'one');
    await put(bucket, 'deleted', 'one');
    const objects = await listing(store);
    expect(await store.statusOf(objects)).toEqual(['waiting', 'waiting']);
    await put(bucket, 'replaced', 'another');
    await bucket.file('deleted').delete();
    for (const object of objects) {
      await expect(contentOf(store, object)).rejects.toThrow(ObjectGoneError);
    }
    expect(await store.statusOf(objects)).toEqual(['gone', 'gone']);
    const [current] = await listing(store);
    expect(String(current && (await contentOf(store, current)))).toBe('another');
  });

  judge('reads what is stored, not what it inflates to', async () => {
    const { bucket, store } = await emptyBucket();
    const bytes = gzipSync('{}\n'.repeat(1000));
    const metadata = { contentEncoding: 'gzip' };
    await bucket.file('object').save(bytes, { resumable: false, metadata });
    const [object] = await listing(store);
    expect(object && (await contentOf(store, object))).toEqual(bytes);
  });

  judge('marks one generation, and keeps what its sender has set', async () => {
    const { bucket, store } = await emptyBucket();
    const later = new Date((NOW + HOUR_MICROS) / 1000).toISOString();
    const metadata = { sender: 'mParticle' };
    await bucket.file('a').save('', { resumable: false, metadata: { metadata } });
    await bucket.file('b').save('', { resumable: false, metadata: { customTime: later } });
    await put(bucket, 'replaced', 'one');
    await put(bucket, 'deleted', 'one');
    const objects = await listing(store);
    await put(bucket, 'replaced', 'another');
    await bucket.file('deleted').delete();
    await store.mark(objects, 'parked', NOW);
    const described = async (name: string) => (await bucket.file(name).getMetadata())[0];
    const a = await described('a');
    expect(a.metadata).toMatchObject({ ...metadata, [MARK_KEY]: 'parked' });
    expect(Date.parse(String(a.customTime)) * 1000).toBe(NOW);
    const b = await described('b');
    expect(b.metadata).toMatchObject({ [MARK_KEY]: 'parked' });
    expect(Date.parse(String(b.customTime))).toBe(Date.parse(later));
    expect((await described('replaced')).metadata).toBeUndefined();
    expect((await listing(store)).map(({ name, marked }) => [name, marked])).toEqual([
      ['a', true],
      ['b', true],
      ['replaced', false],
    ]);
  });

  for (const [size, chunks] of [
    [0, 0],
    [1, 1],
    [8 * MIB, 1],
    [8 * MIB + 1, 2],
    [20 * MIB, 3],
  ] as const) {
    judge(`writes an object of ${size} bytes in ${chunks} chunks`, async () => {
      const { bucket, store } = await emptyBucket();
      const bytes = randomBytes(size);
      const before = cloud().services.storage.seen.length;
      const writer = store.create('staged');
      await write(writer, bytes);
      await writer.close();
      const requests = cloud().services.storage.seen.slice(before);
      expect(requests.filter((request) => request.startsWith('PUT '))).toHaveLength(chunks);
      const [content] = await bucket.file('staged').download();
      expect(content.equals(bytes)).toBe(true);
    });
  }

  judge('makes an object when it is closed, whole, or not at all', async () => {
    const { bucket, store } = await emptyBucket();
    const given = store.create('given up');
    await write(given, randomBytes(9 * MIB));
    given.abort();
    store.create('never begun').abort();
    const open = store.create('closed');
    await write(open, Buffer.from('content'));
    expect(await listing(store)).toEqual([]);
    await open.close();
    const [files] = await bucket.getFiles();
    expect(files.map(({ name }) => name)).toEqual(['closed']);
  });

  for (const size of [0, 1, 9 * MIB]) {
    judge(`leaves an object alone when another of ${size} bytes has its name`, async () => {
      const { bucket, store } = await emptyBucket();
      const late = store.create('staged');
      const early = store.create('staged');
      await write(late, randomBytes(size));
      await write(early, Buffer.from('first'));
      await early.close();
      await expect(late.close()).rejects.toThrow(ObjectChangedError);
      const [content] = await bucket.file('staged').download();
      expect(content.toString()).toBe('first');
    });
  }

  judge(
    'gives a small object to the first of many writers, and to one who has read it',
    async () => {
      const { store } = await emptyBucket();
      let known: string | undefined;
      for (let round = 0; round < 5; round += 1) {
        const follows = known === undefined ? undefined : { name: 'slot', generation: known };
        const attempts = await Promise.allSettled(
          Array.from({ length: 8 }, (_, n) => store.replace('slot', `${round} ${n}`, follows)),
        );
        const won = attempts.flatMap((a, n) => (a.status === 'fulfilled' ? [[n, a.value]] : []));
        expect(won).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected')
            expect(attempt.reason).toBeInstanceOf(ObjectChangedError);
        }
        const [[writer, generation] = []] = won;
        const found = await store.find('slot');
        expect(found).toEqual({ name: 'slot', generation, text: `${round} ${writer}` });
        known = found?.generation;
      }
    },
  );

  judge('removes one generation, and is content when there is none', async () => {
    const { store } = await emptyBucket();
    const generation = await store.replace('slot', 'one', undefined);
    const one = { name: 'slot', generation };
    const another = { name: 'slot', generation: await store.replace('slot', 'another', one) };
    await expect(store.remove(one)).rejects.toThrow(ObjectChangedError);
    expect(await store.find('slot')).toEqual({ ...another, text: 'another' });
    await store.remove(another);
    expect(await store.find('slot')).toBeUndefined();
    await store.remove(another);
  });

  judge('gives a sweep every object for three requests, however many there are', async () => {
    const requestsFor = async (objects: number) => {
      const workspace = await emptyWorkspace();
      for (let n = 0; n < objects; n += 1) await put(workspace.landing.bucket, `${n}.jsonl`, LINE);
      const before = cloud().services.storage.seen.length;
      const report = await sweepOf(workspace);
      expect(report).toMatchObject({ objects, accepted: objects });
      return cloud().services.storage.seen.length - before;
    };
    expect((await requestsFor(25)) - (await requestsFor(5))).toBe(20 * 3);
  });

  judge('takes more staged rows than fit into one chunk', async () => {
    const workspace = await emptyWorkspace();
    const lines = 40_000;
    await put(workspace.landing.bucket, 'large.jsonl', LINE.repeat(lines));
    expect(await sweepOf(workspace)).toMatchObject({ objects: 1, accepted: lines });
    expect(workspace.warehouse.tables.membership_changes).toHaveLength(lines);
    const [staged] = await listing(workspace.staging.store);
    expect(staged?.size).toBeGreaterThan(8 * MIB);
  });

  judge('lets sweeps meet: every line comes once', async () => {
    const before = cloud().services.storage.seen.length;
    for (let round = 0; round < 8; round += 1) {
      const workspace = await emptyWorkspace();
      const { landing, staging, warehouse } = workspace;
      for (const [name, content] of DELIVERIES) await put(landing.bucket, name, content);
      await Promise.all(Array.from({ length: 2 + (round % 2) }, () => sweepOf(workspace, 2)));
      const { membership_changes: changes, rejected_changes: rejections } = warehouse.tables;
      expect(changesOf(changes)).toEqual(EXPECTED.changes);
      expect(rejectionsOf(rejections)).toEqual(EXPECTED.rejections);
      expect((await listing(landing.store)).map(({ marked }) => marked)).not.toContain(false);
      for (const { name } of await listing(staging.store)) expect(name).toMatch(/^staged\//);
    }
    const refused = cloud()
      .services.storage.seen.slice(before)
      .filter((request) => /manifest.* 412$/.test(request));
    expect(refused.length).toBeGreaterThan(0);
  });

  async function emptyWorkspace() {
    const landing = await emptyBucket();
    const staging = await emptyBucket();
    const warehouse = new MemoryWarehouse(async (source) => {
      const name = source.slice(staging.store.locate('').length);
      const [content] = await staging.bucket.file(name).download();
      return content.toString();
    });
    return { landing, staging, warehouse };
  }
});

type Workspace = Record<'landing' | 'staging', { readonly store: CloudStorageBucket }> & {
  readonly warehouse: MemoryWarehouse;
};

function sweepOf({ landing, staging, warehouse }: Workspace, batchObjects = 100) {
  const now = () => Date.now() * 1000;
  return sweep(
    {
      landing: landing.store,
      staging: staging.store,
      loader: warehouse,
      now,
      sleep: () => Promise.resolve(),
    },
    {
      normalize: {},
      limits: { ...DEFAULT_SWEEP_LIMITS, batchObjects },
      until: now() + HOUR_MICROS,
    },
  );
}

async function put(bucket: Bucket, name: string, content: string | Buffer): Promise<void> {
  await bucket.file(name).save(content, { resumable: false });
}

async function listing(store: CloudStorageBucket) {
  const objects: (LandingObject & { readonly marked: boolean })[] = [];
  for await (const object of store.list()) objects.push(object);
  return objects.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function contentOf(store: CloudStorageBucket, object: LandingObject): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of store.read(object)) parts.push(part);
  return Buffer.concat(parts);
}

/** In pieces that fit into no chunk. */
async function write(writer: ObjectWriter, bytes: Buffer): Promise<void> {
  const piece = 1_000_003;
  for (let start = 0; start < bytes.length; start += piece) {
    await writer.write(bytes.subarray(start, start + piece));
  }
}

async function inTens<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 10) {
    await Promise.all(items.slice(start, start + 10).map(work));
  }
}
