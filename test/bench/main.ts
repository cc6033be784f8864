/**
 * `npm run bench`: ratios against a named baseline, median of five interleaved runs, each in a process of its
 * own. `-- normalize` or `-- apply` runs one group alone; `-- --rows N` changes the size of the input.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { buildSync } from 'esbuild';

import { formatTable, type Row } from '../../lib/cli/row-format';
import { DuckDbEngine } from '../../runtime';
import { generateObject } from './generate';

const ROUNDS = 5;
const rowsArgument = process.argv.indexOf('--rows');
const ROWS = rowsArgument > 0 ? Number(process.argv[rowsArgument + 1]) : 1_000_000;
const place = mkdtempSync(join(tmpdir(), 'bench-'));

/** The candidates as plain JavaScript, so that no transpiler runs while they are measured. */
const child = join(__dirname, '../../.cache/bench-child.js');
buildSync({
  entryPoints: [join(__dirname, 'child.ts')],
  outfile: child,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['@duckdb/node-api'],
});

interface Measurement {
  readonly millis: number;
  readonly residentMegabytes: number;
  readonly checksum: number;
}

function measure(name: string, input: string): Measurement {
  const output = execFileSync(process.execPath, [child, name, input], { encoding: 'utf8' });
  const lines = output.trim().split('\n');
  const whole = JSON.parse(lines.at(-1) ?? '') as Measurement;
  const measured = /^measured (\S+)$/m.exec(output)?.[1];
  return measured === undefined ? whole : { ...whole, millis: Number(measured) };
}

/** Measures all names in turn, five times over, on the input that `inputOf` gives. */
function compare(names: readonly string[], inputOf: () => string): Row[] {
  const runs = new Map<string, Measurement[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) runs.get(name)?.push(measure(name, inputOf()));
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
  const input = join(place, 'input.txt');
  await generateObject(input, ROWS);
  console.log(`\nnormalize, ${ROWS.toLocaleString('en')} lines as mParticle delivers them`);
  console.log(
    formatTable(
      COLUMNS,
      compare(['base', 'naive', 'normalize'], () => input),
    ),
  );
  await generateObject(input, ROWS * 10);
  const { residentMegabytes } = measure('normalize', input);
  console.log(
    `normalize, ${(ROWS * 10).toLocaleString('en')} lines: ${Math.round(residentMegabytes)} MB resident\n`,
  );
}

/** A state of ten times the changes; half of the changes are of keys that it has. */
async function benchApply(): Promise<void> {
  const prepared = join(place, 'prepared.duckdb');
  const engine = await DuckDbEngine.open(prepared);
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
     SELECT mp_id, audience_id, is_member, changed_at, sequence, ingested_at FROM core.membership_changes`,
  );
  connection.closeSync();
  instance.closeSync();
  const copy = join(place, 'copy.duckdb');
  const fresh = () => {
    copyFileSync(prepared, copy);
    return copy;
  };
  console.log(
    `\napply, ${ROWS.toLocaleString('en')} changes into ${(ROWS * 10).toLocaleString('en')} members`,
  );
  console.log(formatTable(COLUMNS, compare(['bare MERGE', 'apply'], fresh)));
}

async function main(): Promise<void> {
  console.log(
    `Node ${process.version}, ${cpus().length} cores, median of ${ROUNDS} interleaved runs`,
  );
  try {
    if (!process.argv.includes('apply')) await benchNormalize();
    if (!process.argv.includes('normalize')) await benchApply();
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

void main();
