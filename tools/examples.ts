import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..');
const EXAMPLES = join(ROOT, 'examples');

/** Every program under examples/: a folder with a `main.ts`. */
export const EXAMPLE_NAMES: readonly string[] = readdirSync(EXAMPLES).filter((name) =>
  existsSync(join(EXAMPLES, name, 'main.ts')),
);

/** One synthesized stack: its name and the text of its `cdk.tf.json`. */
export interface ExampleStack {
  readonly name: string;
  readonly terraformJson: string;
}

/** Runs an example as a user does, against the built package. */
export function synthesizeExample(example: string): readonly ExampleStack[] {
  const outdir = mkdtempSync(join(tmpdir(), `${example}-`));
  try {
    execFileSync(
      process.execPath,
      [require.resolve('tsx/cli'), join(EXAMPLES, example, 'main.ts')],
      { cwd: ROOT, env: { ...process.env, CDKTF_OUTDIR: outdir } },
    );
    const stacks = join(outdir, 'stacks');
    return readdirSync(stacks).map((name) => ({
      name,
      terraformJson: readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8'),
    }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
