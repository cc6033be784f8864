/** `npm run bench -- --help` says what can be measured and how. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { App, TerraformResource, TerraformStack } from 'cdktf';
import { buildSync, type BuildOptions } from 'esbuild';

import { AudienceImport } from '../../lib';
import { formatTable, type Row } from '../../lib/cli/output/row-format';
import { toEnvironment } from '../../runtime/function/environment';
import { DuckDbWarehouse } from '../../runtime/local/duckdb';
import { benchOptions, type BenchGroup } from './bench-options';
import { generateObject, generateObjects, OBJECT_NAME } from './generate';
import { SYNTH_PROPS } from './synth-candidates';

const ROUNDS = 5;
const { groups, rows: ROWS, workspaces: WORKSPACES } = benchOptions(process.argv.slice(2));
const place = mkdtempSync(join(tmpdir(), 'bench-'));

/** The candidates as plain JavaScript, so that no transpiler runs while they are measured. */
function built(entry: string, options: BuildOptions): string {
  const outfile = join(__dirname, `../../.cache/bench-${entry}.js`);
  buildSync({
    entryPoints: [join(__dirname, `${entry}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    ...options,
  });
  return outfile;
}

const child = built('child', { external: ['@duckdb/node-api'] });

/** The packages are not bundled but required, as in a user's program. */
const synthChild = built('synth-child', {
  packages: 'external',
  supported: { 'dynamic-import': false },
});

interface Measurement {
  readonly millis: number;
  readonly residentMegabytes: number;
  readonly checksum: number;
}

function measure(name: string, input: string, script = child): Measurement {
  const output = execFileSync(process.execPath, [script, name, input], { encoding: 'utf8' });
  const lines = output.trim().split('\n');
  const whole = JSON.parse(lines.at(-1) ?? '') as Measurement;
  const measured = /^measured (\S+)$/m.exec(output)?.[1];
  return measured === undefined ? whole : { ...whole, millis: Number(measured) };
}

/** Measures every candidate five times, one after the other, so that all see the same state of the machine. */
function compare(names: readonly string[], inputOf: () => string, script = child): Row[] {
  const runs = new Map<string, Measurement[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) runs.get(name)?.push(measure(name, inputOf(), script));
  }
  const [baseline = ''] = names;
  const base = median((runs.get(baseline) ?? []).map(({ millis }) => millis));
  return names.map((name) => {
    const all = runs.get(name) ?? [];
    const millis = median(all.map((run) => run.millis));
    return {
      candidate: name,
      ms: Math.round(millis),
      ratio: (millis / base).toFixed(2),
      'resident MB': Math.round(Math.max(...all.map((run) => run.residentMegabytes))),
    };
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const COLUMNS = ['candidate', 'ms', 'ratio', 'resident MB'];

async function benchNormalize(): Promise<void> {
  const input = join(place, OBJECT_NAME);
  await generateObject(input, ROWS);
  print(
    `normalize, ${count(ROWS)} lines as mParticle delivers them`,
    compare(['base', 'naive', 'normalize'], () => input),
  );
  print(
    `a whole sweep over the same object`,
    compare(['normalize', 'sweep', 'sweep and load'], () => input),
  );
  await generateObject(input, ROWS * 10);
  for (const name of ['normalize', 'sweep']) {
    const { residentMegabytes } = measure(name, input);
    console.log(`${name}, ${count(ROWS * 10)} lines: ${Math.round(residentMegabytes)} MB resident`);
  }
  rmSync(input);
}

/** Sweeps of many small objects: the time per object must not depend on their number. */
async function benchObjects(): Promise<void> {
  const sizes = [1_000, 5_000];
  for (const size of sizes) await generateObjects(join(place, String(size)), size);
  const rows = sizes.flatMap((size) =>
    compare(['sweep', 'sweep and load'], () => join(place, String(size))).map(
      ({ candidate, ms, 'resident MB': resident }) => ({
        candidate: `${String(candidate)}, ${count(size)} objects`,
        ms,
        'ms per object': (Number(ms) / size).toFixed(2),
        'resident MB': resident,
      }),
    ),
  );
  console.log(`\none sweep over objects of 20 lines`);
  console.log(formatTable(['candidate', 'ms', 'ms per object', 'resident MB'], rows));
  console.log(
    `\none sweep over Cloud Storage's protocol, on loopback, the store in the same process`,
  );
  const overHttp = sizes.map((size) => {
    const runs = Array.from({ length: ROUNDS }, () => measure('sweep over HTTP', String(size)));
    const ms = median(runs.map(({ millis }) => millis));
    return {
      objects: count(size),
      ms: Math.round(ms),
      'ms per object': (ms / size).toFixed(2),
      'requests per object': ((runs[0]?.checksum ?? NaN) / size).toFixed(3),
    };
  });
  const columns = ['objects', 'ms', 'ms per object', 'requests per object'];
  console.log(formatTable(columns, overHttp));
}

/** Loading the bundle, as a cold start of the function does. */
function benchFunction(): void {
  const bundle = join(__dirname, '../../dist/function/index.js');
  Object.assign(process.env, FUNCTION_ENVIRONMENT);
  print(
    `the function's bundle, ${count(statSync(bundle).size)} bytes`,
    compare(['require the function'], () => bundle),
  );
}

const FUNCTION_ENVIRONMENT = toEnvironment({
  workspace: 'acme',
  projectId: 'ads-imports',
  location: 'EU',
  coreDataset: 'core',
  landingBucket: 'landing',
  stagingBucket: 'staging',
  identityTypes: ['email', 'customer_id'],
  sweepSeconds: 1500,
});

/** The state has ten times as many rows as there are changes; half of the changes update a row of it. */
async function benchApply(): Promise<void> {
  const prepared = join(place, 'prepared.duckdb');
  const engine = await DuckDbWarehouse.open(prepared);
  engine.close();
  const instance = await DuckDBInstance.create(prepared);
  const connection = await instance.connect();
  await connection.run(`
    INSERT INTO core.membership_state
    SELECT (hash(i) // 2)::BIGINT::VARCHAR, (i % 200)::VARCHAR, TRUE,
      make_timestamptz(1750000000000000), 1, now() - INTERVAL 2 DAY
    FROM range(${ROWS * 10}) AS t(i)`);
  await connection.run(`
    INSERT INTO core.membership_changes
    SELECT (hash(i) // 2)::BIGINT::VARCHAR, (i % 200)::VARCHAR, j % 4 <> 0,
      make_timestamptz(1760000000000000), i, 'Audience ' || i % 200, [], 'object', '1', i, now(), now()
    FROM (SELECT j, j * 20 AS i FROM range(${ROWS}) AS t(j)) AS u`);
  await connection.run(
    `CREATE TABLE local.bench_delta AS
     SELECT mp_id, audience_id, is_member, changed_at, sequence, ingested_at, ingested_at AS shown_at
     FROM core.membership_changes`,
  );
  connection.closeSync();
  instance.closeSync();
  const copy = join(place, 'copy.duckdb');
  const fresh = () => {
    copyFileSync(prepared, copy);
    return copy;
  };
  print(
    `apply, ${count(ROWS)} changes into ${count(ROWS * 10)} members`,
    compare(['bare MERGE', 'apply'], fresh),
  );
}

/** The costs of a user's program: the import, and the synthesis of many workspaces in one app. */
function benchSynth(): void {
  print(
    'import',
    compare(['import cdktf', 'import cdktf-audience-import'], () => '', synthChild),
  );
  const resources = resourcesOfAWorkspace();
  const all = WORKSPACES * resources;
  const rows = compare(
    ['bare tables', 'AudienceImport'],
    () => `${WORKSPACES} ${resources}`,
    synthChild,
  );
  print(`synth, ${count(WORKSPACES)} workspaces in one app, ${count(all)} resources`, rows);
  for (const row of rows) {
    console.log(
      `${String(row['candidate'])}: ${(Number(row['ms']) / all).toFixed(2)} ms a resource`,
    );
  }
}

function resourcesOfAWorkspace(): number {
  const app = new App({ outdir: place });
  const stack = new TerraformStack(app, 'one');
  new AudienceImport(stack, 'audiences', SYNTH_PROPS);
  return app.node.findAll().filter((one) => TerraformResource.isTerraformResource(one)).length;
}

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  console.log(formatTable(COLUMNS, rows));
}

function count(value: number): string {
  return value.toLocaleString('en');
}

const BENCHES: Readonly<Record<BenchGroup, () => void | Promise<void>>> = {
  normalize: benchNormalize,
  objects: benchObjects,
  function: benchFunction,
  apply: benchApply,
  synth: benchSynth,
};

async function main(): Promise<void> {
  console.log(
    `Node ${process.version}, ${cpus().length} cores, median of ${ROUNDS} interleaved runs`,
  );
  try {
    for (const group of groups) await BENCHES[group]();
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

void main();
