/**
 * The package in a minute: what one workspace would provision, then sample deliveries through the whole
 * pipeline on this machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { inventoryOf } from 'cdktf-audience-import';

const root = join(__dirname, '..');
const workplace = mkdtempSync(join(tmpdir(), 'audience-import-tour-'));

function run(script: string, ...args: string[]): string {
  return execFileSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
}

function title(text: string): void {
  console.log(`\n${text}\n${'─'.repeat(text.length)}`);
}

function list(name: string, lines: readonly string[]): void {
  console.log(`${name}:`);
  for (const line of lines) console.log(`  ${line}`);
}

try {
  title('1. The stack of examples/single-workspace would provision');
  const tsx = require.resolve('tsx/cli');
  execFileSync(process.execPath, [tsx, 'examples/single-workspace/main.ts'], {
    cwd: root,
    env: { ...process.env, CDKTF_OUTDIR: workplace },
  });
  const inventory = inventoryOf(
    readFileSync(join(workplace, 'stacks', 'acme', 'cdk.tf.json'), 'utf8'),
  );
  const counts = Object.entries(inventory.resources);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  list(
    `${total} resources`,
    counts.map(([type, count]) => `${String(count).padStart(2)} ${type}`),
  );
  list('datasets', inventory.datasets);
  list('buckets', inventory.buckets);
  list('functions', inventory.functions);
  list('grants', inventory.grants);
  list('schedules (UTC)', inventory.schedules);

  title('2. The files of examples/data, ingested and applied on this machine');
  const cli = join(root, 'dist', 'lib', 'cli', 'bin.js');
  const database = join(workplace, 'acme.duckdb');
  process.stdout.write(run(cli, 'apply', join(root, 'examples', 'data'), '--database', database));
  for (const view of ['audiences', 'user_audiences', 'import_health', 'rejected_changes']) {
    title(view);
    process.stdout.write(run(cli, 'show', view, '--database', database));
  }

  title('3. The same files again');
  process.stdout.write(run(cli, 'apply', join(root, 'examples', 'data'), '--database', database));
} finally {
  rmSync(workplace, { recursive: true, force: true });
}
