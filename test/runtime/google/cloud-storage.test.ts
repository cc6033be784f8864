import { gzipSync } from 'node:zlib';

import {
  CloudStorageBucket,
  MARK_KEY,
  MARKED_GENERATION_KEY,
} from '../../../runtime/google/cloud-storage';
import {
  ObjectChangedError,
  ObjectGoneError,
  StoreError,
  type LandingObject,
} from '../../../runtime/ingest/stores';
import { DEFAULT_SWEEP_LIMITS, sweep } from '../../../runtime/ingest/sweep';
import { FakeCloudStorage, type Operation } from '../../support/clouds/fake-cloud-storage';
import { MemoryWarehouse } from '../../support/clouds/memory-cloud';

const E_MAIL = 'jane.doe@example.com';
const NAME = 'in/Sports & more_1.txt';
/** 2026-01-02T03:04:05Z. */
const MARKED_AT = 1_767_323_045_000_000;

let fake: FakeCloudStorage;
let store: CloudStorageBucket;
beforeEach(async () => {
  fake = await FakeCloudStorage.start();
  fake.gossip = `about ${E_MAIL}`;
  store = fake.bucket('b');
});
afterEach(() => fake.close());

/** An object in the bucket, as a listing shows it. */
function landed(name = NAME, content: string | Buffer = 'content'): LandingObject {
  const { generation } = fake.put(`b/${name}`, content);
  return { name, generation, createdAt: Date.UTC(2026, 0, 1) * 1000, size: content.length };
}

async function listed(): Promise<(LandingObject & { marked: boolean })[]> {
  const objects = [];
  for await (const object of store.list()) objects.push(object);
  return objects;
}

async function textOf(object: LandingObject): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(object)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function errorOf(call: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StoreError) return error;
  throw new Error('no error of a store', { cause: error });
}

describe('a listing', () => {
  test('has every object once, over all pages', async () => {
    fake.pageSize = 2;
    const objects = ['a', 'b/c', NAME, 'd', 'e'].map((name) => landed(name));
    expect(await listed()).toEqual(objects.map((object) => ({ ...object, marked: false })));
    expect(fake.requests).toEqual(Array(3).fill('list b/'));
  });

  test('of a folder has what lies in it and nothing beside it, over all pages', async () => {
    fake.pageSize = 1;
    const folder = 'Zk3-9_yQ0vT8mRwX';
    const inside = [`${folder}/a`, `${folder}/deeper/b`].map((name) => landed(name));
    for (const name of ['a', folder, `${folder}-other/a`, `in/${folder}/a`]) landed(name);
    store = fake.bucket('b', folder);
    expect(await listed()).toEqual(inside.map((object) => ({ ...object, marked: false })));
    for (const object of inside) expect(await textOf(object)).toBe('content');
  });

  test('of an empty bucket is empty', async () => {
    expect(await listed()).toEqual([]);
  });

  test('tells marked objects by the mark alone', async () => {
    landed('waiting');
    fake.put('b/marked', '', { metadata: { [MARK_KEY]: 'ingested' } });
    fake.put('b/of-the-sender', '', {
      metadata: { other: 'x' },
      customTime: '2026-01-01T00:00:00Z',
    });
    const marks = (await listed()).map(({ name, marked }) => [name, marked]);
    expect(Object.fromEntries(marks)).toEqual({
      waiting: false,
      marked: true,
      'of-the-sender': false,
    });
  });

  test('A copied object, whose mark names the generation that it was copied from, is new work', async () => {
    const metadata = { [MARK_KEY]: 'ingested', [MARKED_GENERATION_KEY]: '1' };
    fake.put('b/copy', '', { metadata });
    const [copy] = await listed();
    expect(copy).toMatchObject({ name: 'copy', marked: false });
    if (!copy) throw new Error('no copy');
    expect(await store.statusOf([copy])).toEqual(['waiting']);
    await store.mark([copy], 'ingested', MARKED_AT);
    expect(await store.statusOf([copy])).toEqual(['marked']);
  });

  test('A custom time of the sender is listed', async () => {
    fake.put('b/a', '', { customTime: '2026-01-01T00:00:00Z' });
    expect(await listed()).toMatchObject([{ customTimeAt: Date.UTC(2026, 0, 1) * 1000 }]);
  });
});

describe('a read', () => {
  test('gives the bytes of its generation', async () => {
    const object = landed(NAME, 'first');
    expect(await textOf(object)).toBe('first');
    landed(NAME, 'second');
    const error = await errorOf(textOf(object));
    expect(error).toBeInstanceOf(ObjectGoneError);
    expect(error.message).toBe(`${NAME}: Cloud Storage answers 404`);
  });

  test('gives what is stored, and does not inflate it', async () => {
    const bytes = gzipSync('lines');
    const { generation } = fake.put(`b/${NAME}`, bytes, { contentEncoding: 'gzip' });
    const object = { ...landed('other'), name: NAME, generation };
    expect(await textOf(object)).toBe(bytes.toString('latin1'));
  });

  test('that is cut is an error, and no shorter object', async () => {
    const object = landed(NAME, `${E_MAIL}\n`.repeat(10_000));
    fake.faults.push({ operation: 'read', isCut: true });
    const error = await errorOf(textOf(object));
    expect(error).not.toBeInstanceOf(ObjectGoneError);
    expect(error.message).toMatch(/^in\/Sports & more_1\.txt: Cloud Storage answers \w+$/);
    expect(fake.requests).toEqual([`read b/${NAME}`]);
  });
});

describe('the status of an object', () => {
  test('is waiting, marked or gone', async () => {
    const waiting = landed('waiting');
    const marked = landed('marked');
    const overwritten = landed('overwritten');
    landed('overwritten');
    const deleted = landed('deleted');
    fake.objects.delete('b/deleted');
    await store.mark([marked], 'parked', MARKED_AT);
    expect(await store.statusOf([deleted, waiting, overwritten, marked])).toEqual([
      'gone',
      'waiting',
      'gone',
      'marked',
    ]);
  });
});

describe('marking', () => {
  test('sets the mark and starts the clock, and keeps what the sender has set', async () => {
    const { generation } = fake.put(`b/${NAME}`, 'content', { metadata: { other: 'x' } });
    await store.mark([{ ...landed('other'), name: NAME, generation }], 'ingested', MARKED_AT);
    expect(fake.objects.get(`b/${NAME}`)).toMatchObject({
      generation,
      metadata: { other: 'x', [MARK_KEY]: 'ingested', [MARKED_GENERATION_KEY]: generation },
      customTime: '2026-01-02T03:04:05.000Z',
    });
  });

  test('leaves a custom time that lies ahead of it as it is', async () => {
    const customTime = '2030-01-01T00:00:00.000Z';
    const { generation } = fake.put(`b/${NAME}`, 'content', { customTime });
    const customTimeAt = Date.parse(customTime) * 1000;
    const object = { ...landed('other'), name: NAME, generation, customTimeAt };
    await store.mark([object], 'ingested', MARKED_AT);
    expect(fake.objects.get(`b/${NAME}`)).toMatchObject({
      metadata: { [MARK_KEY]: 'ingested' },
      customTime,
    });
  });

  test('A broken object is marked, and the clock of its deletion does not start', async () => {
    const object = landed('broken');
    await store.mark([object], 'broken', MARKED_AT);
    const { metadata, customTime } = fake.objects.get('b/broken') ?? {};
    expect(metadata).toMatchObject({ [MARK_KEY]: 'broken' });
    expect(customTime).toBeUndefined();
    expect(await store.statusOf([object])).toEqual(['marked']);
  });

  test('passes over objects that are gone, and does not touch those in their place', async () => {
    const deleted = landed('deleted');
    const overwritten = landed('overwritten');
    const there = landed('there');
    fake.objects.delete('b/deleted');
    landed('overwritten');
    await store.mark([deleted, overwritten, there], 'ingested', MARKED_AT);
    expect((await listed()).map(({ name, marked }) => `${name} ${marked}`)).toEqual([
      'overwritten false',
      'there true',
    ]);
  });

  test('is told of a refusal that is not about the time', async () => {
    fake.faults.push({ operation: 'patch', status: 400 }, { operation: 'patch', status: 400 });
    const error = await errorOf(store.mark([landed()], 'ingested', MARKED_AT));
    expect(error.message).toBe(`${NAME}: Cloud Storage answers 400`);
  });
});

describe('a small object', () => {
  test('is written where there is none, and then over the generation that is known', async () => {
    const first = await store.replace('m.json', '{"é":1}', undefined);
    expect(await store.find('m.json')).toEqual({
      name: 'm.json',
      generation: first,
      text: '{"é":1}',
    });
    const second = await store.replace('m.json', '', { name: 'm.json', generation: first });
    expect(second).not.toBe(first);
    expect(await store.find('m.json')).toMatchObject({ generation: second, text: '' });
  });

  test('is not written where another writer was first', async () => {
    const { generation } = fake.put('b/m.json', 'theirs');
    for (const known of [undefined, { name: 'm.json', generation: '1' }]) {
      const error = await errorOf(store.replace('m.json', 'ours', known));
      expect(error).toBeInstanceOf(ObjectChangedError);
      expect(error.message).toBe('m.json: Cloud Storage answers 412');
    }
    fake.objects.delete('b/m.json');
    const gone = await errorOf(store.replace('m.json', 'ours', { name: 'm.json', generation }));
    expect(gone).toBeInstanceOf(ObjectChangedError);
  });

  test('is not there', async () => {
    expect(await store.find('m.json')).toBeUndefined();
  });

  test('that is replaced while it is being found is found as it is then', async () => {
    fake.put('b/m.json', 'old');
    const replaced = { generation: '' };
    fake.faults.push({
      operation: 'read',
      first: () => {
        replaced.generation = fake.put('b/m.json', 'new').generation;
      },
    });
    expect(await store.find('m.json')).toEqual({ name: 'm.json', ...replaced, text: 'new' });
  });

  test('that is removed while it is being found is not there', async () => {
    fake.put('b/m.json', 'old');
    fake.faults.push({ operation: 'read', first: () => fake.objects.delete('b/m.json') });
    expect(await store.find('m.json')).toBeUndefined();
  });

  test('is removed, once or more often, but not another in its place', async () => {
    const { generation } = fake.put('b/m.json', 'x');
    await store.remove({ name: 'm.json', generation });
    await store.remove({ name: 'm.json', generation });
    fake.put('b/m.json', 'y');
    const error = await errorOf(store.remove({ name: 'm.json', generation }));
    expect(error).toBeInstanceOf(ObjectChangedError);
    expect(fake.objects.get('b/m.json')?.bytes.toString()).toBe('y');
  });
});

const CHUNK = 8 * 2 ** 20;

/** What is under way has come to its end by then. */
const settled = () => new Promise((done) => setTimeout(done, 200));

describe('an upload', () => {
  test.each([
    ['nothing', 0],
    ['a few bytes', 5],
    ['exactly a chunk', CHUNK],
    ['several chunks', 2 * CHUNK + 1],
  ])('of %s exists, whole, once it is closed', async (_, length) => {
    const writer = store.create('staged/rows.ndjson');
    const piece = Buffer.alloc(1 << 20, 'line\n');
    for (let left = length; left > 0; left -= piece.length) {
      await writer.write(piece.subarray(0, left));
    }
    expect(fake.objects.size).toBe(0);
    await writer.close();
    expect(fake.objects.get('b/staged/rows.ndjson')?.bytes.length).toBe(length);
  });

  test('takes text', async () => {
    const writer = store.create('rows');
    await writer.write('é\n');
    await writer.close();
    expect(fake.objects.get('b/rows')?.bytes.toString()).toBe('é\n');
  });

  test('that is given up leaves nothing', async () => {
    for (const length of [0, 1, CHUNK + 1]) {
      const writer = store.create('rows');
      if (length > 0) await writer.write(Buffer.alloc(length));
      writer.abort();
    }
    await settled();
    expect(fake.objects.size).toBe(0);
  });

  test.each([0, 5])('of %s bytes does not replace an object of its name', async (length) => {
    fake.put('b/rows', 'theirs');
    const writer = store.create('rows');
    const attempt = async () => {
      if (length > 0) await writer.write(Buffer.alloc(length));
      await writer.close();
    };
    expect(await errorOf(attempt())).toBeInstanceOf(ObjectChangedError);
    expect(fake.objects.get('b/rows')?.bytes.toString()).toBe('theirs');
  });

  test('does not replace an object that came meanwhile', async () => {
    const writer = store.create('rows');
    await writer.write('ours');
    fake.faults.push({ operation: 'upload', first: () => fake.put('b/rows', 'theirs') });
    expect(await errorOf(writer.close())).toBeInstanceOf(ObjectChangedError);
    expect(fake.objects.get('b/rows')?.bytes.toString()).toBe('theirs');
  });

  test.each(['begin upload', 'upload'] as const)('that fails (%s) is told', async (operation) => {
    fake.faults.push({ operation, status: 403 });
    const writer = store.create('rows');
    const attempt = async () => {
      await writer.write(`${E_MAIL}\n`);
      await writer.close();
    };
    expect((await errorOf(attempt())).message).toBe('rows: Cloud Storage answers 403');
    writer.abort();
    expect(fake.objects.size).toBe(0);
  });

  test('that fails between two calls is told by the next one', async () => {
    fake.faults.push({ operation: 'begin upload', status: 403 });
    const writer = store.create('rows');
    await writer.write('x');
    await settled();
    for (const next of [() => writer.write('y'), () => writer.close()]) {
      expect((await errorOf(next())).message).toBe('rows: Cloud Storage answers 403');
    }
  });

  test('that fails after it was given up disturbs nobody', async () => {
    fake.faults.push({ operation: 'begin upload', status: 403 });
    const writer = store.create('rows');
    await writer.write('x');
    await settled();
    writer.abort();
    await settled();
    expect(fake.objects.size).toBe(0);
  });
});

describe('an answer of 503', () => {
  const operations: readonly Operation[] = [
    'list',
    'describe',
    'read',
    'patch',
    'delete',
    'save',
    'begin upload',
    'upload',
  ];

  // At once, since the client waits for seconds before it asks again.
  test.each([
    ['to a request that was not carried out', false],
    ['to a request that was carried out', true],
  ])('%s, of any kind, makes the client ask again', async (_, isCarriedOut) => {
    const names = ['described', 'read', 'marked', 'removed'] as const;
    const [described, read, marked, removed] = names.map((name) => landed(name)) as [
      LandingObject,
      LandingObject,
      LandingObject,
      LandingObject,
    ];
    fake.faults.push(...operations.map((operation) => ({ operation, status: 503, isCarriedOut })));
    const writer = store.create('uploaded');
    const upload = async () => {
      await writer.write('rows');
      await writer.close();
    };
    const [listing, statuses, text, saved] = await Promise.all([
      listed(),
      store.statusOf([described]),
      textOf(read),
      store.replace('saved', 'x', undefined).catch((error: unknown) => error),
      store.mark([marked], 'ingested', MARKED_AT),
      store.remove(removed),
      upload(),
    ]);
    expect(fake.faults).toEqual([]);
    expect(new Set(listing.map(({ name }) => name)).size).toBe(listing.length);
    expect(statuses).toEqual(['waiting']);
    expect(text).toBe('content');
    expect(fake.objects.get('b/marked')?.metadata).toEqual({
      [MARK_KEY]: 'ingested',
      [MARKED_GENERATION_KEY]: marked.generation,
    });
    expect([...fake.objects.keys()].sort()).toEqual([
      'b/described',
      'b/marked',
      'b/read',
      'b/saved',
      'b/uploaded',
    ]);
    expect(fake.objects.get('b/uploaded')?.bytes.toString()).toBe('rows');
    // A write that was carried out looks like that of another writer: the caller looks again.
    if (isCarriedOut) expect(saved).toBeInstanceOf(ObjectChangedError);
    else expect(saved).toBe(fake.objects.get('b/saved')?.generation);
  });

  test('is asked again after many objects were marked at once, too', async () => {
    const objects = Array.from({ length: 40 }, (_, index) => landed(`object ${index}`));
    await store.mark(objects, 'ingested', MARKED_AT);
    fake.faults.push({ operation: 'save', status: 503 });
    await store.replace('m.json', 'x', undefined);
  });
});

/** Requests of one sweep over so many objects, by kind. */
async function requestsOfSweep(count: number): Promise<Readonly<Record<string, number>>> {
  fake.objects.clear();
  fake.requests.length = 0;
  for (let index = 0; index < count; index += 1) {
    const line = `{"mpId":${index + 1},"audience_id":"a","membership_action":"add","timestamp":1594167376}`;
    landed(`changes ${index}.jsonl`, `${line}\n`);
  }
  const staging = fake.bucket('stage');
  const target = new MemoryWarehouse((source) => {
    const found = fake.objects.get(source.replace('gs://', ''));
    if (!found) throw new Error(`${source}: nothing is staged there`);
    return Promise.resolve(found.bytes.toString());
  });
  const report = await sweep(
    {
      landing: store,
      staging,
      loader: target,
      now: () => MARKED_AT,
      sleep: () => Promise.resolve(),
    },
    {
      normalize: {},
      limits: DEFAULT_SWEEP_LIMITS,
      until: Infinity,
    },
  );
  expect(report).toMatchObject({ stopped: 'idle', objects: count, adds: count });
  expect(target.tables.membership_changes).toHaveLength(count);
  const counts: Record<string, number> = {};
  for (const request of fake.requests) {
    const kind = request.replace(/ ?\/.*/, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test('a sweep asks for the status, the content and the mark of each object once', async () => {
  const perSweep = {
    // Before and after the batch, a page of a thousand.
    'list b': 2,
    // No manifest is open when it begins.
    'describe stage': 1,
    // Opened, staged, marked.
    'save stage': 3,
    'delete stage': 1,
    'begin upload stage': 1,
    upload: 1,
  };
  for (const count of [1, 20, 60]) {
    expect(await requestsOfSweep(count)).toEqual({
      ...perSweep,
      'describe b': count,
      'read b': count,
      'patch b': count,
    });
  }
});
