import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { EXIT } from '../../../lib/cli/main';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { VIEW_NAMES } from '../../../runtime/warehouse/tables';
import { LocalLanding } from '../../../runtime/local/landing-files';
import { LocalStaging } from '../../../runtime/local/staging-directory';
import { newBatch } from '../../../runtime/ingest/batch';
import { ManifestFile } from '../../../runtime/ingest/manifest';
import type { LandingObject } from '../../../runtime/ingest/stores';

const root = join(__dirname, '../../..');
const bin = join(root, 'dist/lib/cli/bin.js');
const data = join(root, 'examples/data');

let place: string;
let database: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'cli-test-'));
  database = join(place, 'test.duckdb');
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...args],
      { cwd: place, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

const apply = (...paths: string[]) => run(['apply', ...paths, '--database', database, '--json']);
const json = (text: string) => JSON.parse(text) as Record<string, number>;
const memberships = async (file = database) =>
  (await run(['show', 'memberships', '--database', file, '--format', 'csv'])).stdout;

function files(): string[] {
  return ['mparticle', 'mparticle-bigquery', 'canonical'].flatMap((folder) =>
    readdirSync(join(data, folder)).map((name) => join(data, folder, name)),
  );
}

describe('apply', () => {
  test('ingests the sample deliveries, and a second time finds nothing new', async () => {
    const first = await apply(data);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(json(first.stdout)).toEqual({
      objects: 10,
      skippedObjects: 0,
      brokenObjects: 0,
      records: 37,
      hidden: 0,
      otherNames: 0,
      unread: [],
      lines: 37,
      accepted: 30,
      rejected: 6,
      rejectedByReason: {
        action_unknown: 1,
        mpid_missing: 1,
        mpid_out_of_range: 1,
        not_json: 1,
        timestamp_in_future: 1,
        timestamp_invalid: 1,
      },
      ignored: 1,
      omittedIdentities: 0,
      omittedNames: 0,
      applied: 20,
      members: 15,
    });
    const members = await memberships();
    expect(json((await apply(data)).stdout)).toEqual({
      objects: 0,
      skippedObjects: 10,
      brokenObjects: 0,
      records: 0,
      hidden: 0,
      otherNames: 0,
      unread: [],
      lines: 0,
      accepted: 0,
      rejected: 0,
      rejectedByReason: {},
      ignored: 0,
      omittedIdentities: 0,
      omittedNames: 0,
      applied: 0,
      members: 15,
    });
    expect(await memberships()).toBe(members);
  });

  test('gives the same members whatever the order and the parts', async () => {
    await apply(data);
    const expected = await memberships();
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(files(), { minLength: files().length }),
        fc.integer({ min: 1, max: 4 }),
        async (order, parts) => {
          const other = join(place, 'other.duckdb');
          rmSync(other, { force: true });
          const size = Math.ceil(order.length / parts);
          for (let start = 0; start < order.length; start += size) {
            const part = order.slice(start, start + size);
            await run(['apply', ...part, ...part, '--database', other]);
          }
          expect(await memberships(other)).toBe(expected);
        },
      ),
      { numRuns: 4 },
    );
  }, 60_000);

  test('a file that grew is a new generation; a touched or copied one is not', async () => {
    const landing = join(place, 'landing');
    cpSync(data, landing, { recursive: true });
    await apply(landing);
    cpSync(landing, join(place, 'copy'), { recursive: true });
    expect(json((await apply(join(place, 'copy'))).stdout)).toMatchObject({ objects: 0 });
    writeFileSync(
      join(landing, 'canonical', 'newsletter_2025-11-21_06-00-00.jsonl'),
      '{"mpId":1}\n',
    );
    expect(json((await apply(landing)).stdout)).toMatchObject({
      objects: 1,
      rejected: 1,
      members: 15,
    });
  });

  test('leaves nothing beside the files, and counts the hidden ones that it leaves out', async () => {
    const landing = join(place, 'landing');
    mkdirSync(join(landing, '.hidden'), { recursive: true });
    writeFileSync(join(landing, '.hidden', 'file.jsonl'), 'x');
    writeFileSync(join(landing, '.DS_Store'), '\0');
    expect(json((await apply(landing)).stdout)).toMatchObject({ objects: 0, lines: 0, hidden: 2 });
    expect(readdirSync(landing).sort()).toEqual(['.DS_Store', '.hidden']);
  });

  test('a database among the files is no delivery, nor is what a run that was cut off left there', async () => {
    const landing = join(place, 'landing');
    cpSync(data, landing, { recursive: true });
    const inside = join(landing, 'inside.duckdb');
    mkdirSync(`${inside}.staging/staged`, { recursive: true });
    writeFileSync(`${inside}.staging/staged/rows.ndjson`, '{}\n');
    const again = () => run(['apply', landing, '--database', inside, '--json']);
    expect(json((await again()).stdout)).toMatchObject({ objects: 10, rejected: 6 });
    expect(json((await again()).stdout)).toMatchObject({ objects: 0, skippedObjects: 10 });
    expect(existsSync(`${inside}.staging`)).toBe(false);
  });

  test('the same path given twice, and a link to it, are one object', async () => {
    const [file = ''] = files();
    symlinkSync(file, join(place, 'link'));
    const { stdout } = await apply(file, file, 'link');
    expect(json(stdout)).toMatchObject({ objects: 1, skippedObjects: 0, otherNames: 1 });
  });

  test('what cannot be read is named with a reason; the others are ingested, and the exit code is 2', async () => {
    const landing = join(place, 'landing');
    cpSync(data, landing, { recursive: true });
    symlinkSync('nothing', join(landing, 'dangling'));
    const odd = Buffer.from(join(landing, 'Caf\xe9_9.txt'), 'latin1');
    writeFileSync(odd, 'x');
    const { code, stdout, stderr } = await apply(landing, 'missing', '--strict');
    expect(code).toBe(EXIT.usage);
    expect(json(stdout)).toMatchObject({ objects: 10, members: 15 });
    expect((JSON.parse(stdout) as { unread: unknown[] }).unread).toHaveLength(3);
    expect(stderr.split('\n').map((line) => line.replace(place, ''))).toEqual([
      'audience-import: /landing/Caf\\xE9_9.txt: the name is not UTF-8; rename it',
      'audience-import: /landing/dangling: a link to nothing',
      'audience-import: missing: no such file or directory',
      '',
    ]);
  });

  test('no database is created for paths that are all given wrongly', async () => {
    const { code, stderr } = await apply('missing', 'gone');
    expect({ code, stderr }).toEqual({
      code: EXIT.usage,
      stderr:
        'audience-import: missing: no such file or directory; gone: no such file or directory\n',
    });
    expect(existsSync(database)).toBe(false);
  });

  /** What a run that was killed leaves: an open batch, of an object that the next run may not be asked for. */
  async function leaveOpen(file: string): Promise<void> {
    const engine = await DuckDbWarehouse.open(database);
    const objects: LandingObject[] = [];
    const landing = new LocalLanding([file], engine, { now: () => Date.now() * 1000 });
    for await (const object of landing.list()) objects.push(object);
    const manifest = new ManifestFile(new LocalStaging(`${database}.staging`));
    await manifest.create(newBatch('0'.repeat(32), objects));
    engine.close();
  }

  test('a run that was killed is finished by the next one', async () => {
    const [file = '', other = ''] = files();
    await leaveOpen(file);
    expect(json((await apply(other)).stdout)).toMatchObject({ objects: 2, skippedObjects: 0 });
    expect(json((await apply(file)).stdout)).toMatchObject({ objects: 0, skippedObjects: 1 });
  });

  test('what a run finishes for one that was killed does not count as ingested before', async () => {
    const [file = '', other = ''] = files();
    await leaveOpen(file);
    const { stdout } = await apply(file, other);
    expect(json(stdout)).toMatchObject({ objects: 2, skippedObjects: 0 });
  });

  test('a manifest that something else has written is named', async () => {
    mkdirSync(`${database}.staging`);
    writeFileSync(join(`${database}.staging`, 'manifest.json'), '{"id":1}');
    const { code, stderr } = await apply(data);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^audience-import: \S+\/test\.duckdb\.staging\/manifest\.json: no manifest of this program.*\n$/,
    );
  });

  test('two processes on one database: the second says so and exits with 2', async () => {
    const holder = await DuckDbWarehouse.open(database);
    const second = await apply(data);
    holder.close();
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/^audience-import: .*test\.duckdb: another process is using/);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('prints a summary for people that says why records were rejected, and where to look', async () => {
    const { stdout } = await run(['apply', data, '--database', 'test.duckdb']);
    const [objects, records, ...rest] = stdout.trimEnd().split('\n');
    expect(objects).toBe('10 new objects, 0 ingested before');
    expect(records).toBe('37 records = 30 accepted + 6 rejected + 1 ignored');
    expect(rest).toContain('  1 not_json: The line is not valid JSON.');
    const [, command = ''] = /^ {2}Where: audience-import (.*)$/m.exec(stdout) ?? [];
    const shown = await run([...command.split(' '), '--format', 'jsonl']);
    expect(shown.stdout.trimEnd().split('\n')).toHaveLength(6);
    expect(rest.at(-1)).toBe('20 memberships changed, 15 members now');
  });

  test.each([
    ['something is rejected', 'nonsense\n', [], EXIT.done],
    ['something is rejected', 'nonsense\n', ['--strict'], EXIT.rejections],
    ['nothing is rejected', '', ['--strict'], EXIT.done],
  ])('if %s (%j with %j), the exit code is %i', async (_, extra, options, code) => {
    const good =
      '{"mpId":"7","audience_id":"a","membership_action":"add","timestamp":1735689600}\n';
    writeFileSync(join(place, 'one.jsonl'), `${good}${extra}`);
    const { code: exitCode, stdout } = await run([
      ...['apply', 'one.jsonl', '--database', database, '--json'],
      ...options,
    ]);
    expect(exitCode).toBe(code);
    expect(json(stdout)).toMatchObject({ accepted: 1, members: 1 });
  });
});

describe('show', () => {
  test.each([...VIEW_NAMES, 'rejected_changes'])('%s, in every format', async (view) => {
    await apply(data);
    for (const format of ['table', 'jsonl', 'csv']) {
      const { code, stdout, stderr } = await run([
        'show',
        view,
        '--database',
        database,
        '--format',
        format,
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.length).toBeGreaterThan(20);
    }
  });

  test('keeps 64-bit ids and times exact', async () => {
    await apply(data);
    const { stdout } = await run([
      'show',
      'membership_updates',
      '--database',
      database,
      '--format',
      'jsonl',
    ]);
    expect(stdout).toContain(
      '{"mpId":"-1327484737295091692","audience_id":"newsletter","audience_name":"Newsletter readers",' +
        '"membership_action":"add","timestamp":"2025-11-21T05:58:00.250000Z"}\n',
    );
  });

  test('stores no e-mail address', async () => {
    await apply(data);
    const { stdout } = await run(['show', 'identities', '--database', database, '--format', 'csv']);
    expect(stdout).toContain('email_sha256');
    expect(stdout).not.toContain('@');
  });

  test('a reader that closes the pipe early is no error', async () => {
    await apply(data);
    const child = spawn(process.execPath, [bin, 'show', 'memberships', '--database', database]);
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  });
});

describe('normalize', () => {
  const line = '{"mpId":"7","audience_id":"a","membership_action":"add","timestamp":1735689600}\n';

  test('prints the five fields; rejections go to standard error and make it exit with 1', async () => {
    const result = await run(['normalize', '-'], `${line}nonsense\n`);
    expect(result).toEqual({
      code: 1,
      stdout:
        '{"mpId":"7","audience_id":"a","audience_name":null,"membership_action":"add","timestamp":"2025-01-01T00:00:00.000000Z"}\n',
      stderr:
        '{"object":"standard-input","line":2,"byteOffset":80,"reason":"not_json","field":null}\n',
    });
  });

  test('is idempotent on its own output', async () => {
    const first = await run([
      'normalize',
      join(data, 'canonical/churn-risk_2025-11-21_07-15-00.csv.gz'),
    ]);
    expect(first.code).toBe(0);
    expect(await run(['normalize', '-'], first.stdout)).toEqual(first);
  });

  test('takes the name of an object from --name', async () => {
    const name = 'A_1_2025-01-01_00-00-00_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt';
    const record =
      '{"IsAddRequest":false,"IdentityValues":{"mpid":"1"},"MembershipChangedTimestamp":1594167374230}';
    const { stdout } = await run(['normalize', '-', '--name', name], record);
    expect(stdout).toContain('"audience_name":"A","membership_action":"delete"');
  });

  test('a cut gzip is one rejection', async () => {
    writeFileSync(join(place, 'cut.gz'), gzipSync(line).subarray(0, 40));
    const { code, stderr } = await run(['normalize', 'cut.gz']);
    expect(code).toBe(1);
    expect(stderr).toContain('"reason":"gzip_broken"');
  });
});

describe('wrong usage is one line and exit code 2', () => {
  test.each<[string[], RegExp]>([
    [['apply', 'missing', '--database', 'x.duckdb'], /missing: no such file or directory/],
    [['apply', '.', '--database', 'no/such/folder/x.duckdb'], /x\.duckdb: cannot be opened/],
    [['apply', '.', '--database', '.'], /\.: a directory; name a file/],
    [['apply', '.'], /required option '--database <file>'/],
    [['apply', '.', '--database', 'text.txt'], /text\.txt: not a database/],
    [['show', 'memberships', '--database', 'none.duckdb'], /none\.duckdb: no such database/],
    [['show', 'members', '--database', 'none.duckdb'], /'members' is invalid.*memberships/],
    [
      ['show', 'memberships', '--database', 'x', '--format', 'xml'],
      /'xml' is invalid.*table, jsonl, csv/,
    ],
    [['normalize', 'missing.txt'], /missing\.txt: no such file/],
    [['normalize', '.'], /\.: a directory/],
    [['show', 'memberships', '--database', ':memory:'], /:memory:: such a database ends with the/],
    [['show', 'memberships', '--database', ''], /'--database <file>' argument '' .* not be empty/],
    [['show', 'audience', '--database', 'x'], /'audience' is invalid.* Did you mean audiences\?$/m],
    [['apply', '.', '--database', ' '], /'--database <file>' argument ' ' .* not be empty/],
    [['apply', '', '--database', 'x.duckdb'], /no such file or directory/],
    [['apply', '/dev/null', '--database', 'x.duckdb'], /null: neither a file nor a directory/],
    [['apply', '.', '--database', 'text.txt/x.duckdb'], /x\.duckdb: cannot be opened/],
    [['apply', '.', '--database', 'x.duckdb', '--jso'], /'--jso' \(Did you mean --json\?\)$/m],
    [['apply', 'a\u001b[2J\nb', '--database', 'x.duckdb'], /a\\u001b\[2J b: no such file/],
    [['normalize', '-', '--name', ''], /'--name <name>' argument '' .* not be empty/],
    [['normalize', 'a', 'b'], /too many arguments for 'normalize'/],
    [['sql'], /missing required argument 'text'/],
    [['sql', 'drop'], /'drop' is invalid.*apply, purge, views, schema/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['sql', 'apply', '--verbose'], /unknown option '--verbose'/],
  ])('%j', async (args, message) => {
    writeFileSync(join(place, 'text.txt'), 'this is not a database\n'.repeat(500));
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^audience-import: /);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('--help', () => {
  test.each([
    ['show', [...VIEW_NAMES, 'rejected_changes', 'table', 'jsonl', 'csv']],
    ['sql', ['apply', 'purge', 'views', 'schema']],
  ])('%s lists what it can print', async (command, choices) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    for (const choice of choices) expect(stdout).toContain(`"${choice}"`);
  });

  test.each([[], ['apply'], ['show'], ['normalize'], ['sql']])(
    'says what the exit codes mean: %j',
    async (...command) => {
      const { stdout } = await run([...command, '--help']);
      for (const code of Object.values(EXIT))
        expect(stdout).toMatch(new RegExp(`^  ${code} +\\w`, 'm'));
    },
  );
});

// Only Linux has this device.
(existsSync('/dev/full') ? test : test.skip)(
  'A full disk behind standard output is said in one line',
  async () => {
    await apply(data);
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [bin, 'show', 'memberships', '--database', database], {
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(EXIT.usage);
    expect(stderr).toMatch(/^audience-import: standard output: .*ENOSPC.*\n$/);
  },
);

test('sql prints the text that is scheduled', () => {
  const text = execFileSync(process.execPath, [bin, 'sql', 'apply'], { encoding: 'utf8' });
  expect(text).toContain('MERGE INTO `my-project.audience_import_core.membership_state`');
});
