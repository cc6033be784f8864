/*
 * Runs one program for as long as the standard input of this process is open, and then kills it by its
 * process id. The pipe closes however the parent ends, so that nothing outlives a crashed or killed test run.
 */
const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const [program, ...args] = process.argv.slice(2);
// A killed program does not remove its temporary files.
const scratch = mkdtempSync(join(tmpdir(), 'judge-'));
const child = spawn(program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, TMPDIR: scratch },
});

function leave(code) {
  rmSync(scratch, { recursive: true, force: true });
  process.exit(code);
}
child.on('error', (error) => {
  console.error(error.message);
  leave(1);
});
child.on('exit', (code) => leave(code ?? 1));

const kill = () => child.kill('SIGKILL');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, kill);
process.stdin.on('close', kill).resume();
