import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { DatabaseError, DuckDbDatabase } from '../../../runtime/local/duckdb-database';
import { createDuckDbTable } from '../../../runtime/local/duckdb-dialect';
import { stagedChanges } from '../../../runtime/warehouse/rows';
import type { Table } from '../../../runtime/warehouse/tables';
import { appendToLog, members, rowsOf } from '../../support/data/log';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'duckdb-test-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

const at = (name: string) => join(place, name);

/** Makes a database file as another program would, by statements. */
async function madeElsewhere(name: string, ...statements: string[]): Promise<string> {
  const instance = await DuckDBInstance.create(at(name));
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return at(name);
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseError);
  const { message } = error as DatabaseError;
  expect(message).not.toContain('\n');
  return message.replace(`${place}/`, '');
}

describe('A file that is not a database of this program', () => {
  test.each([
    ['with a table', 'CREATE TABLE orders (id INTEGER)'],
    ['with a view', 'CREATE VIEW one AS SELECT 1'],
    ['with a macro', 'CREATE MACRO one() AS 1'],
    ['with a sequence', 'CREATE SEQUENCE one'],
    ['with a type', "CREATE TYPE one AS ENUM ('1')"],
    ['with a schema', 'CREATE SCHEMA one'],
    [
      'with a schema of the same name',
      'CREATE SCHEMA core',
      'CREATE TABLE core.membership_changes (id INTEGER)',
    ],
  ])('A database of another program %s is refused and left as it is', async (_, ...statements) => {
    const file = await madeElsewhere('other.duckdb', ...statements);
    const before = readFileSync(file);
    const refused = 'other.duckdb: not a database of this program; name another file';
    expect(await failureOf(DuckDbWarehouse.open(file))).toBe(refused);
    expect(await failureOf(DuckDbWarehouse.openForReading(file))).toBe(refused);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(place)).toEqual(['other.duckdb']);
  });

  test('What a crash of another program has left beside its database is left there', async () => {
    const instance = await DuckDBInstance.create(at('running.duckdb'));
    const connection = await instance.connect();
    await connection.run('CREATE TABLE orders (id INTEGER)');
    const names = ['crashed.duckdb', 'crashed.duckdb.wal'];
    for (const name of names) copyFileSync(at(name.replace('crashed', 'running')), at(name));
    connection.closeSync();
    instance.closeSync();
    const before = names.map((name) => readFileSync(at(name)));
    expect(before.map(({ length }) => length > 0)).toEqual([true, true]);
    expect(await failureOf(DuckDbWarehouse.open(at('crashed.duckdb')))).toContain(
      'not a database of this program',
    );
    expect(names.map((name) => readFileSync(at(name)))).toEqual(before);
  });

  const sqlite = Buffer.alloc(4096);
  sqlite.write('SQLite format 3\0');
  test.each([
    ['text', 'mpId,audience_id\n1,2\n'],
    ['one byte', 'x'],
    ['SQLite', sqlite],
    ['Parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(4096), Buffer.from('PAR1')])],
  ])('A file of another kind, %s, is refused and left as it is', async (_, content) => {
    // Names that the engine would take for a hint of the format.
    for (const name of ['file', 'file.csv', 'file.parquet', 'file.sqlite']) {
      writeFileSync(at(name), content);
      const refused = `${name}: not a database of this program; name another file`;
      expect(await failureOf(DuckDbWarehouse.open(at(name)))).toBe(refused);
      expect(await failureOf(DuckDbWarehouse.openForReading(at(name)))).toBe(refused);
      expect(readFileSync(at(name)).equals(Buffer.from(content))).toBe(true);
    }
  });

  test('A path that cannot be a database is refused with its reason, and nothing is created', async () => {
    mkdirSync(at('folder'));
    mkdirSync(at('what?'));
    writeFileSync(at('plain'), 'x');
    const cases: [string, RegExp][] = [
      ['folder', /^folder: a directory/],
      ['what?/x.duckdb', /^what\?\/x\.duckdb: the path of a database cannot have a "\?" in it$/],
      ['no/such/folder/x.duckdb', /x\.duckdb: cannot be opened as a database: .*No such file/],
      ['plain/x.duckdb', /x\.duckdb: cannot be opened as a database: .*(not a directory|ENOTDIR)/i],
    ];
    for (const [name, reason] of cases) {
      expect(await failureOf(DuckDbWarehouse.open(at(name)))).toMatch(reason);
    }
    expect(readdirSync(place).sort()).toEqual(['folder', 'plain', 'what?']);
    expect(readdirSync(at('what?'))).toEqual([]);
  });
});

describe('A file that this program may fill', () => {
  test('A missing file and an empty one become databases', async () => {
    writeFileSync(at('empty.duckdb'), '');
    for (const name of ['missing.duckdb', 'empty.duckdb']) {
      (await DuckDbWarehouse.open(at(name))).close();
      (await DuckDbWarehouse.open(at(name))).close();
      const warehouse = await DuckDbWarehouse.openForReading(at(name));
      expect(await members(warehouse)).toEqual([]);
      warehouse.close();
    }
  });

  // Nothing is read-only for root.
  (process.getuid?.() === 0 ? test.skip : test)(
    'An empty file that is read-only is not filled',
    async () => {
      writeFileSync(at('empty.duckdb'), '', { mode: 0o444 });
      expect(await failureOf(DuckDbWarehouse.open(at('empty.duckdb')))).toContain(
        'permission denied',
      );
      expect(readFileSync(at('empty.duckdb'))).toHaveLength(0);
    },
  );

  test('An empty file is not filled by reading it', async () => {
    writeFileSync(at('empty.duckdb'), '');
    expect(await failureOf(DuckDbWarehouse.openForReading(at('empty.duckdb')))).toContain('not a');
    expect(readFileSync(at('empty.duckdb'))).toHaveLength(0);
  });

  test.each(["it's", 'a"b', '#;%20', 'ünï', '*[x]', 'a\nb', 'md:x'])(
    'A database in a folder with the odd name %j keeps its rows',
    async (folder) => {
      mkdirSync(at(folder));
      const file = join(at(folder), 'x.duckdb');
      const warehouse = await DuckDbWarehouse.open(file);
      const now = Date.now() * 1000;
      await appendToLog(warehouse, [
        { user: 'u', audience: 'a', add: true, changedAt: now, ingestedAt: now },
      ]);
      warehouse.close();
      const again = await DuckDbWarehouse.openForReading(file);
      expect(await members(again)).toEqual(['a/u']);
      again.close();
      expect(existsSync(file)).toBe(true);
    },
  );

  test('A file of the last release is taken over with its rows, and gets the new columns', async () => {
    const released = JSON.parse(
      readFileSync(join(__dirname, '../../fixtures/released-tables.json'), 'utf8'),
    ) as Record<string, Table>;
    const file = await madeElsewhere(
      'released.duckdb',
      'CREATE SCHEMA core',
      'CREATE SCHEMA local',
      ...Object.entries(released).map(([name, table]) => createDuckDbTable(`core.${name}`, table)),
      'CREATE TABLE local.ingested_objects (name VARCHAR, generation VARCHAR, PRIMARY KEY (name, generation))',
      'CREATE TABLE local.load_jobs (id VARCHAR PRIMARY KEY, loaded_rows BIGINT)',
      `INSERT INTO core.membership_state VALUES ('u', 'a', TRUE, now(), 0, now())`,
      `INSERT INTO core.merge_runs VALUES ('r', 'apply', now(), now(), 1, 1, 0, now())`,
    );
    const warehouse = await DuckDbWarehouse.open(file);
    await warehouse.purge();
    expect(await members(warehouse)).toEqual(['a/u']);
    expect(
      await rowsOf(warehouse, 'SELECT feed_complete_since FROM published.import_health'),
    ).toEqual([{ feed_complete_since: expect.any(String) as unknown }]);
    warehouse.close();
  });
});

describe('A fault while rows are written', () => {
  test('The first error survives a rollback that fails, and the next transaction works', async () => {
    const database = await DuckDbDatabase.open(':memory:', 'READ_WRITE');
    const work = database.inTransaction(async () => {
      await database.run('ROLLBACK');
      throw new Error('the first error');
    });
    await expect(work).rejects.toThrow('the first error');
    await database.inTransaction(() => database.run('CREATE TABLE t (i INTEGER)'));
    expect(await database.rows('SELECT * FROM t')).toEqual([]);
    database.close();
  });

  test('A failed load says which kind of fault it was, and nothing of its rows', async () => {
    const warehouse = await DuckDbWarehouse.open(':memory:');
    writeFileSync(at('bad.jsonl'), '{"mp_id":"1","changed_at":"secret@example.com"}\n');
    const job = { table: 'membership_changes' as const, source: at('bad.jsonl') };
    const bad = await warehouse.start({ ...job, id: 'bad' });
    expect(bad).toMatchObject({ state: 'failed', blame: 'rows' });
    expect(JSON.stringify(bad)).not.toContain('secret');
    expect(await warehouse.start({ id: 'gone', ...job, source: at('gone.jsonl') })).toEqual({
      state: 'failed',
      blame: 'missing',
      reason: 'the staged file is not there',
    });
    warehouse.close();
  });

  test('A load that finds the disk full says so, leaves nothing, and can be started again', async () => {
    const rows = 20_000;
    const change = {
      audienceId: 'a',
      action: 'add' as const,
      changedAt: 1_764_000_000_000_000,
      sequence: 0n,
      identities: [],
      source: { object: 'o', generation: '1', line: 1 },
    };
    const source = at('staged.jsonl');
    const ids = Array.from({ length: rows }, (_, i) =>
      String((BigInt(i) * 7_919_131_313n) % 2n ** 62n),
    );
    writeFileSync(
      source,
      stagedChanges(
        ids.map((mpId) => ({ ...change, mpId })),
        change.changedAt,
      ),
    );
    const file = at('full.duckdb');
    const job = { id: 'job', table: 'membership_changes' as const, source };
    (await DuckDbWarehouse.open(file)).close();
    // A limit of the size of files stands for the end of the disk.
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        'ulimit -f 900; exec "$0" --import tsx "$1" "$2" "$3"',
        process.execPath,
        LOADER,
        file,
        JSON.stringify(job),
      ],
      { encoding: 'utf8', cwd: join(__dirname, '../../..') },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      name: 'DatabaseError',
      message: `${file}: File too large`,
    });
    const warehouse = await DuckDbWarehouse.open(file);
    expect(await rowsOf(warehouse, 'SELECT COUNT(*) AS n FROM core.membership_changes')).toEqual([
      { n: 0 },
    ]);
    expect(await warehouse.start(job)).toEqual({ state: 'loaded', rows });
    warehouse.close();
  }, 30_000);
});

const LOADER = join(__dirname, 'load-once.ts');
