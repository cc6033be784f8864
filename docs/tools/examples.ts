import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');

/** Every program under examples/: a folder with a `main.ts`. */
export const EXAMPLE_NAMES: readonly string[] = readdirSync(EXAMPLES).filter((name) =>
  existsSync(join(EXAMPLES, name, 'main.ts')),
);

/** One synthesized stack: its name, where it is, and the text of its `cdk.tf.json`. */
export interface ExampleStack {
  readonly name: string;
  readonly directory: string;
  readonly terraformJson: string;
}

/** Runs an example as a user does, against the built package, and reads what it wrote into a directory. */
export function synthesizeInto(outdir: string, example: string): readonly ExampleStack[] {
  execFileSync(process.execPath, [require.resolve('tsx/cli'), join(EXAMPLES, example, 'main.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDKTF_OUTDIR: outdir },
  });
  return readdirSync(join(outdir, 'stacks')).map((name) => {
    const directory = join(outdir, 'stacks', name);
    return {
      name,
      directory,
      terraformJson: readFileSync(join(directory, 'cdk.tf.json'), 'utf8'),
    };
  });
}

const texts = new Map<string, ReadonlyMap<string, string>>();

/** The texts of an example's stacks by name, made once a process; nothing stays on disk. */
export function synthesizedTexts(example: string): ReadonlyMap<string, string> {
  const known = texts.get(example);
  if (known) return known;
  const outdir = mkdtempSync(join(tmpdir(), `${example}-`));
  try {
    const stacks = synthesizeInto(outdir, example);
    const made = new Map(stacks.map(({ name, terraformJson }) => [name, terraformJson]));
    texts.set(example, made);
    return made;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
