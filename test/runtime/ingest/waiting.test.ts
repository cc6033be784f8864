import fc from 'fast-check';

import { countWaiting, findWaiting } from '../../../runtime/ingest/waiting';
import { MemoryBucket } from '../../support/clouds/memory-cloud';

const NO_LIMIT = { maxObjects: 1_000, maxBytes: Infinity };

test('An empty store has nothing that waits, and no oldest object', async () => {
  expect(await countWaiting(new MemoryBucket())).toEqual({ objects: 0, marked: 0 });
});

test('Marked objects are counted apart from those that wait', async () => {
  const bucket = new MemoryBucket();
  const first = bucket.put('first', 'x', 10);
  bucket.put('second', 'x', 20);
  bucket.put('third', 'x', 30);
  await bucket.mark([{ name: 'first', generation: first, createdAt: 10, size: 1 }], 'ingested');
  expect(await countWaiting(bucket)).toEqual({ objects: 2, marked: 1, oldestAt: 20 });
});

test('An object that is set aside is counted, but not given', async () => {
  const bucket = new MemoryBucket();
  bucket.put('aside', 'x', 10);
  bucket.put('other', 'x', 20);
  const isSetAside = ({ name }: { name: string }) => name === 'aside';
  const { oldest, ...count } = await findWaiting(bucket, { ...NO_LIMIT, isSetAside });
  expect(count).toEqual({ objects: 2, marked: 0, oldestAt: 10 });
  expect(oldest.map(({ name }) => name)).toEqual(['other']);
});

test('Objects are given while their bytes fit together, and the oldest whatever its size', async () => {
  const bucket = new MemoryBucket();
  bucket.put('a', 'x'.repeat(100), 10);
  bucket.put('b', 'x', 20);
  bucket.put('c', 'x', 30);
  const namesWithin = async (maxBytes: number) =>
    (await findWaiting(bucket, { maxObjects: 10, maxBytes })).oldest.map(({ name }) => name);
  expect(await namesWithin(1)).toEqual(['a']);
  expect(await namesWithin(101)).toEqual(['a', 'b']);
  expect(await namesWithin(1_000)).toEqual(['a', 'b', 'c']);
});

test('However many objects wait in whatever order, the oldest are given, oldest first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(50), { maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      async (times, maxObjects) => {
        const bucket = new MemoryBucket();
        for (const [index, time] of times.entries()) bucket.put(`object-${index}`, 'x', time);
        const { oldest, objects } = await findWaiting(bucket, { maxObjects, maxBytes: Infinity });
        expect(objects).toBe(times.length);
        expect(oldest.map(({ createdAt }) => createdAt)).toEqual(
          [...times].sort((a, b) => a - b).slice(0, maxObjects),
        );
      },
    ),
  );
});
