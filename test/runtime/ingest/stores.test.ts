import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  ObjectChangedError,
  ObjectGoneError,
  type LandingObject,
  type LandingStore,
  type Mark,
  type StagingStore,
} from '../../../runtime/ingest/stores';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { LocalLanding } from '../../../runtime/local/landing-files';
import { LocalStaging } from '../../../runtime/local/staging-directory';
import { FakeCloudStorage } from '../../support/clouds/fake-cloud-storage';
import { MemoryBucket } from '../../support/clouds/memory-cloud';

/*
 * What a sweep relies on, asked of every pair of stores: those of the function, those of this machine, and those that the
 * tests of the sweep run on.
 */

interface Stores {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  /** Delivers an object; one of the same name is overwritten. */
  deliver(name: string, content: string): void;
  /** Deletes a delivered object. */
  destroy(name: string): void;
  close(): Promise<void> | void;
}

/** Names that are delivered; a directory lists no others. */
const NAMES = ['first.jsonl', 'Sports & more (EU)_1.txt', 'Île-de-France.csv'] as const;

const MAKERS: Readonly<Record<string, () => Promise<Stores>>> = {
  'Cloud Storage': async () => {
    const fake = await FakeCloudStorage.start();
    return {
      landing: fake.bucket('landing'),
      staging: fake.bucket('staging'),
      deliver: (name, content) => void fake.put(`landing/${name}`, content),
      destroy: (name) => fake.objects.delete(`landing/${name}`),
      close: () => fake.close(),
    };
  },
  'this machine': async () => {
    const place = mkdtempSync(join(tmpdir(), 'stores-'));
    const warehouse = await DuckDbWarehouse.open(':memory:');
    mkdirSync(join(place, 'landing'));
    const pathOf = (name: string) => join(place, 'landing', name);
    return {
      landing: new LocalLanding(NAMES.map(pathOf), warehouse, { now: () => Date.now() * 1000 }),
      staging: new LocalStaging(join(place, 'staging')),
      deliver: (name, content) => {
        writeFileSync(pathOf(name), content);
      },
      destroy: (name) => {
        rmSync(pathOf(name));
      },
      close: () => {
        warehouse.close();
        rmSync(place, { recursive: true });
      },
    };
  },
  memory: () => {
    const [landing, staging] = [new MemoryBucket(), new MemoryBucket()];
    return Promise.resolve({
      landing,
      staging,
      deliver: (name, content) => void landing.put(name, content),
      destroy: (name) => landing.objects.delete(name),
      close: () => undefined,
    });
  },
};

describe.each(Object.entries(MAKERS))('the stores of %s', (_, make) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await make();
  });
  afterEach(() => stores.close());

  const list = async () => {
    const objects: (LandingObject & { marked: boolean })[] = [];
    for await (const object of stores.landing.list()) objects.push(object);
    return objects.sort((one, other) => (one.name < other.name ? -1 : 1));
  };
  const delivered = async (name: string, content: string) => {
    stores.deliver(name, content);
    const object = (await list()).find((listed) => listed.name === name);
    if (!object) throw new Error(`${name} is not listed`);
    return object;
  };
  const textOf = async (object: LandingObject) => {
    const pieces: Uint8Array[] = [];
    for await (const bytes of stores.landing.read(object)) pieces.push(bytes);
    return Buffer.concat(pieces).toString();
  };
  const write = async (name: string, ...pieces: readonly string[]) => {
    const writer = stores.staging.create(name);
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
  };
  const textAt = async (name: string) => (await stores.staging.find(name))?.text;

  test('A listing has every object once, with its size and arrival, and none that is not there', async () => {
    expect(await list()).toEqual([]);
    const before = Date.now() * 1000;
    for (const name of NAMES) stores.deliver(name, 'é\n');
    const objects = await list();
    expect(objects.map(({ name }) => name)).toEqual([...NAMES].sort());
    for (const object of objects) {
      expect(object).toMatchObject({ size: 3, marked: false });
      expect(object.createdAt).toBeGreaterThan(Date.UTC(2020, 0, 1) * 1000);
      expect(object.createdAt).toBeLessThan(before + 60e6);
    }
    expect(await list()).toEqual(objects);
  });

  test('An object is read as it was delivered, and as often as it is asked for', async () => {
    const object = await delivered(NAMES[1], 'one\ntwo\0\n');
    expect(await textOf(object)).toBe('one\ntwo\0\n');
    expect(await textOf(object)).toBe('one\ntwo\0\n');
    expect(await textOf(await delivered(NAMES[0], ''))).toBe('');
  });

  test('What takes the place of an object is another generation: the first is gone, and its mark is not on it', async () => {
    const first = await delivered(NAMES[0], 'first');
    await stores.landing.mark([first], 'ingested', first.createdAt);
    const second = await delivered(NAMES[0], 'second');
    expect(second.generation).not.toBe(first.generation);
    expect(second.marked).toBe(false);
    expect(await stores.landing.statusOf([second])).toEqual(['waiting']);
    await expect(textOf(first)).rejects.toThrow(ObjectGoneError);
    expect(await textOf(second)).toBe('second');
  });

  test.each<Mark>(['ingested', 'parked', 'broken'])(
    'An object is waiting until it is marked (%s), and gone once it is deleted; a mark stays',
    async (mark) => {
      const [marked, waiting, deleted] = [
        await delivered(NAMES[0], 'a'),
        await delivered(NAMES[1], 'b'),
        await delivered(NAMES[2], 'c'),
      ];
      stores.destroy(NAMES[2]);
      const objects = [deleted, waiting, marked];
      expect(await stores.landing.statusOf(objects)).toEqual(['gone', 'waiting', 'waiting']);
      // Marking passes over what is gone, and marking again changes nothing.
      await stores.landing.mark([deleted, marked], mark, marked.createdAt);
      await stores.landing.mark([marked], 'ingested', marked.createdAt + 1);
      expect(await stores.landing.statusOf([waiting, marked])).toEqual(['waiting', 'marked']);
      expect((await list()).map((object) => [object.name, object.marked])).toEqual(
        [
          [marked.name, true],
          [waiting.name, false],
        ].sort(),
      );
      await expect(textOf(deleted)).rejects.toThrow(ObjectGoneError);
    },
  );

  test('A small object is written by the first of two writers, and then over what is known', async () => {
    expect(await textAt('manifest.json')).toBeUndefined();
    const first = await stores.staging.replace('manifest.json', '{"é":1}', undefined);
    await expect(stores.staging.replace('manifest.json', 'x', undefined)).rejects.toThrow(
      ObjectChangedError,
    );
    const known = { name: 'manifest.json', generation: first };
    expect(await stores.staging.find('manifest.json')).toEqual({ ...known, text: '{"é":1}' });
    const second = await stores.staging.replace('manifest.json', '', known);
    expect(second).not.toBe(first);
    await expect(stores.staging.replace('manifest.json', 'x', known)).rejects.toThrow(
      ObjectChangedError,
    );
    expect(await textAt('manifest.json')).toBe('');
  });

  test('Of many writers at once, exactly one is first', async () => {
    const attempts = Array.from({ length: 8 }, (_unused, index) =>
      stores.staging.replace('manifest.json', String(index), undefined),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await textAt('manifest.json')).toBe(String(winner));
  });

  test('A small object is removed once or more often, but not another generation in its place', async () => {
    const generation = await stores.staging.replace('manifest.json', 'a', undefined);
    const known = { name: 'manifest.json', generation };
    const next = await stores.staging.replace('manifest.json', 'b', known);
    await expect(stores.staging.remove(known)).rejects.toThrow(ObjectChangedError);
    expect(await textAt('manifest.json')).toBe('b');
    await stores.staging.remove({ ...known, generation: next });
    await stores.staging.remove({ ...known, generation: next });
    expect(await textAt('manifest.json')).toBeUndefined();
  });

  test('A new object is there from its closing on, whole; one that is given up never is', async () => {
    const writer = stores.staging.create('staged/rows.ndjson');
    await writer.write('one\n');
    expect(await textAt('staged/rows.ndjson')).toBeUndefined();
    await writer.write(Buffer.from('two\n'));
    await writer.close();
    expect(await textAt('staged/rows.ndjson')).toBe('one\ntwo\n');
    const abandoned = stores.staging.create('staged/others.ndjson');
    await abandoned.write('one\n');
    abandoned.abort();
    expect(await textAt('staged/others.ndjson')).toBeUndefined();
  });

  test('A new object does not replace one of its name', async () => {
    await write('staged/rows.ndjson', 'ours');
    await expect(write('staged/rows.ndjson', 'theirs')).rejects.toThrow(ObjectChangedError);
    await expect(write('staged/rows.ndjson')).rejects.toThrow(ObjectChangedError);
    expect(await textAt('staged/rows.ndjson')).toBe('ours');
  });

  test('A new object may be empty', async () => {
    await write('staged/empty.ndjson');
    expect(await textAt('staged/empty.ndjson')).toBe('');
  });
});
