import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import fc from 'fast-check';

import { findFiles, type FindOptions } from '../../../runtime/local/find-files';
import { ownFiles } from '../../../runtime/local/own-files';

let place: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'find-files-')));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function file(path: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), path);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  symlinkSync(target, join(place, path));
}

async function find(paths: readonly string[] = ['in'], options: FindOptions = {}) {
  const found = await findFiles(
    paths.map((path) => join(place, path)),
    options,
  );
  return {
    ...found,
    files: found.files.map((path) => relative(place, path)),
    unread: found.unread.map(({ path, reason }) => [relative(place, path), reason]),
  };
}

describe('Links', () => {
  test('A link to a file and a link to a directory are followed', async () => {
    file('elsewhere/a.jsonl');
    file('elsewhere/more/b.jsonl');
    link('in/a.jsonl', '../elsewhere/a.jsonl');
    link('in/more', '../elsewhere/more');
    expect(await find()).toEqual({
      files: ['in/a.jsonl', 'in/more/b.jsonl'],
      hidden: 0,
      otherNames: 0,
      unread: [],
    });
  });

  test('A file that several paths lead to is found once, under its own name', async () => {
    file('in/m.jsonl');
    link('in/a.jsonl', 'm.jsonl');
    link('in/z.jsonl', 'm.jsonl');
    link('in/again/m.jsonl', '../m.jsonl');
    const found = { hidden: 0, otherNames: 2, unread: [] };
    expect(await find()).toMatchObject({ ...found, files: ['in/m.jsonl'] });
    expect(await find(['in', 'in/m.jsonl', 'in', 'in/again'])).toMatchObject(found);
  });

  test('Two names of one file that is no link are two deliveries', async () => {
    file('in/a.jsonl');
    linkSync(join(place, 'in/a.jsonl'), join(place, 'in/b.jsonl'));
    expect((await find()).files).toEqual(['in/a.jsonl', 'in/b.jsonl']);
  });

  test('A circle of directories ends', async () => {
    file('in/a/one.jsonl');
    link('in/a/up', '..');
    link('in/self', '.');
    link('in/b', 'a');
    expect(await find()).toEqual({
      files: ['in/a/one.jsonl'],
      hidden: 0,
      otherNames: 0,
      unread: [],
    });
  });

  test('A link to nothing and one to itself are named, and the others are found', async () => {
    file('in/a.jsonl');
    link('in/dangling', 'nothing');
    link('in/loop', 'loop');
    expect(await find()).toMatchObject({
      files: ['in/a.jsonl'],
      unread: [
        ['in/dangling', 'a link to nothing'],
        ['in/loop', 'a link that leads back to itself'],
      ],
    });
  });
});

describe('Names', () => {
  test('A file and a directory whose names are not UTF-8 are named, and the others are found', async () => {
    file('in/Café_9.txt');
    file('in/a.jsonl');
    const odd = Buffer.concat([Buffer.from(join(place, 'in/Caf')), Buffer.from([0xe9])]);
    writeFileSync(Buffer.concat([odd, Buffer.from('_9.txt')]), 'x');
    mkdirSync(odd);
    expect(await find()).toMatchObject({
      files: ['in/Café_9.txt', 'in/a.jsonl'].sort(),
      unread: [
        ['in/Caf\\xE9', 'the name is not UTF-8; rename it'],
        ['in/Caf\\xE9_9.txt', 'the name is not UTF-8; rename it'],
      ],
    });
  });

  test('Any name that the file system takes is found as it is, or named', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .uint8Array({ minLength: 1, maxLength: 20 })
          .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f) && bytes[0] !== 0x2e),
        async (bytes) => {
          const name = Buffer.from(bytes);
          const directory = mkdtempSync(join(place, 'names-'));
          writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), 'x');
          const { files, unread } = await findFiles([directory]);
          const isUtf8 = Buffer.from(name.toString()).equals(name);
          expect(files).toEqual(isUtf8 ? [join(directory, name.toString())] : []);
          expect(unread).toHaveLength(isUtf8 ? 0 : 1);
        },
      ),
    );
  });

  test('Hidden files and directories below a path are counted; one that is given is taken', async () => {
    file('in/.hidden/a.jsonl');
    file('in/.DS_Store');
    file('in/b/.c.jsonl');
    file('in/d.jsonl');
    expect(await find()).toMatchObject({ files: ['in/d.jsonl'], hidden: 3, unread: [] });
    expect(await find(['in/.hidden', 'in/.DS_Store'])).toMatchObject({
      files: ['in/.DS_Store', 'in/.hidden/a.jsonl'],
      hidden: 0,
    });
  });
});

test('A path that is not there and what is no file are named, and the others are found', async () => {
  file('in/a.jsonl');
  const server = createServer().listen(join(place, 'in/socket'));
  await new Promise((listening) => server.once('listening', listening));
  try {
    expect(await find(['missing', 'in', 'in/a.jsonl/b'])).toMatchObject({
      files: ['in/a.jsonl'],
      unread: [
        ['missing', 'no such file or directory'],
        ['in/socket', 'neither a file nor a directory'],
        ['in/a.jsonl/b', 'no such file or directory'],
      ],
    });
  } finally {
    server.close();
  }
});

describe('The database and what is kept beside it', () => {
  const beside = ['.wal', '.staging/staged/rows.ndjson', '.tmp/duckdb_temp_block-1.block'];

  test('They are no deliveries, and a file with a longer name is one', async () => {
    for (const suffix of ['', ...beside, '.jsonl', '-2', '.wall']) file(`in/x.duckdb${suffix}`);
    const isOwn = await ownFiles(join(place, 'in/x.duckdb'));
    expect((await find(['in'], { isOwn })).files).toEqual([
      'in/x.duckdb-2',
      'in/x.duckdb.jsonl',
      'in/x.duckdb.wall',
    ]);
  });

  test('They are no deliveries either where a link leads to them, or to the directory that they are in', async () => {
    for (const suffix of ['', ...beside]) file(`data/x.duckdb${suffix}`);
    link('in/database', '../data/x.duckdb');
    link('in/all', '../data');
    link('in/log', '../data/x.duckdb.wal');
    link('in/staged', '../data/x.duckdb.staging');
    link('link.duckdb', 'data/x.duckdb');
    link('folder', 'data');
    for (const database of ['data/x.duckdb', 'folder/x.duckdb', 'link.duckdb']) {
      const isOwn = await ownFiles(join(place, database));
      expect(await find(['in'], { isOwn })).toMatchObject({ files: [], unread: [] });
    }
  });

  test('They are no deliveries before the database is there', async () => {
    link('folder', 'in');
    file('in/a.jsonl');
    const isOwn = await ownFiles(join(place, 'folder/x.duckdb'));
    file('in/x.duckdb');
    expect((await find(['in', 'folder'], { isOwn })).files).toEqual(['in/a.jsonl']);
  });

  test('One that is given is named', async () => {
    file('x.duckdb');
    const isOwn = await ownFiles(join(place, 'x.duckdb'));
    expect((await find(['x.duckdb'], { isOwn })).unread).toEqual([
      ['x.duckdb', 'belongs to the database'],
    ]);
  });
});
