import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../docs/tools/examples';
import type { Plan } from './plan-review';

/** Downloaded once for all stacks. */
const PLUGIN_CACHE = join(ROOT, '.cache', 'terraform-plugins');

/** Nothing is read from the cloud when planning without a refresh, so that any text will do. */
const MADE_UP_TOKEN = 'made-up-no-request-is-sent';

/** Nobody's credentials reach Terraform, whatever this machine has. */
const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:GOOGLE|GCLOUD|CLOUDSDK)_/.test(name)),
  ),
  TF_IN_AUTOMATION: '1',
  TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE,
};

interface Outcome {
  readonly ok: boolean;
  /** Both streams. */
  readonly text: string;
  readonly stdout: string;
}

function terraform(directory: string, ...args: string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync('terraform', args, {
    cwd: directory,
    encoding: 'utf8',
    env: ENVIRONMENT,
    maxBuffer: 1 << 28,
  });
  if (error) return { ok: false, stdout: '', text: error.message };
  return { ok: status === 0, stdout, text: `${stdout}${stderr}` };
}

function required(outcome: Outcome): string {
  if (!outcome.ok) throw new Error(outcome.text);
  return outcome.stdout;
}

interface Configuration {
  readonly terraform?: Readonly<Record<string, unknown>>;
  readonly provider?: { readonly google?: readonly object[] };
}

/** Gives a synthesized stack, where it is, local state and a token that opens nothing. */
export function prepareForPlan(directory: string): void {
  mkdirSync(PLUGIN_CACHE, { recursive: true });
  const file = join(directory, 'cdk.tf.json');
  const stack = JSON.parse(readFileSync(file, 'utf8')) as Configuration;
  const google = stack.provider?.google?.map((one) => ({ ...one, access_token: MADE_UP_TOKEN }));
  writeFileSync(
    file,
    JSON.stringify({
      ...stack,
      ...(google ? { provider: { google } } : {}),
      terraform: { ...stack.terraform, backend: undefined },
    }),
  );
}

/** A configuration of a test's own, for as long as it is used. */
export function withConfiguration<Result>(
  configuration: object,
  use: (directory: string) => Result,
): Result {
  const directory = mkdtempSync(join(tmpdir(), 'terraform-'));
  try {
    writeFileSync(join(directory, 'cdk.tf.json'), JSON.stringify(configuration));
    prepareForPlan(directory);
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Reads the configuration without any provider: syntax, blocks, names, static references. */
export function readByTerraform(directory: string): void {
  required(terraform(directory, 'providers', '-no-color'));
}

/** `init`, `validate` and `plan -refresh=false`, from nothing. */
export function planByTerraform(directory: string): { text: string; plan: Plan } {
  required(terraform(directory, 'init', '-no-color', '-input=false'));
  required(terraform(directory, 'validate', '-no-color'));
  required(
    terraform(
      directory,
      ...['plan', '-no-color', '-input=false', '-refresh=false', '-lock=false', '-out=plan'],
    ),
  );
  const text = required(terraform(directory, 'show', '-json', 'plan'));
  return { text, plan: JSON.parse(text) as Plan };
}

/** Why nothing can be read by Terraform here; undefined if it can. */
export function missingTerraform(): string | undefined {
  return terraform(tmpdir(), 'version').ok
    ? undefined
    : 'terraform is not installed: put it on the PATH';
}

/** Why nothing can be planned here; undefined if it can. */
export function missingProvider(version: string): string | undefined {
  const configuration = {
    terraform: { required_providers: { google: { source: 'hashicorp/google', version } } },
  };
  const { ok } = withConfiguration(configuration, (directory) =>
    terraform(directory, 'init', '-no-color', '-input=false'),
  );
  return ok
    ? undefined
    : `the google provider ${version} cannot be had: give Terraform its registry, or name a file with a ` +
        'filesystem_mirror in TF_CLI_CONFIG_FILE (made by: terraform providers mirror DIRECTORY)';
}
