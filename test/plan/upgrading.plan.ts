/** Part of `npm run test:plan`: the recipes of docs/upgrading.md, on states that hold every resource. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, TerraformStack } from 'cdktf';

import { AudienceImport } from '../../lib';
import { ROOT } from '../../docs/tools/examples';
import { all, parsed, PROPS, synthesized } from '../support/stacks/stacks';
import { judged } from './judges';
import { missingTerraform } from './terraform';

const page = readFileSync(join(ROOT, 'docs', 'upgrading.md'), 'utf8');
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'upgrading-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** The first example of the page in a language. */
function recipe(language: string): string {
  const [, code] = new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(page) ?? [];
  if (code === undefined) throw new Error(`docs/upgrading.md has no ${language} example`);
  return code;
}

/** Workspaces by construct id, in one stack. Its text, and the addresses of all that is in it. */
function stackOf(stackName: string, workspaces: Readonly<Record<string, string>>) {
  const app = new App({ outdir: join(place, 'cdktf.out') });
  const stack = new TerraformStack(app, stackName);
  new GoogleProvider(stack, 'google', {});
  for (const [id, workspace] of Object.entries(workspaces)) {
    new AudienceImport(stack, id, { ...PROPS, workspace });
  }
  app.synth();
  const file = join(place, 'cdktf.out', 'stacks', stackName, 'cdk.tf.json');
  const text = readFileSync(file, 'utf8');
  const addresses = Object.entries(parsed(text).resource).flatMap(([type, members]) =>
    Object.keys(members).map((id) => `${type}.${id}`),
  );
  return { text, addresses: addresses.sort() };
}

/** What it says on standard error is for whoever runs the recipe. */
function run(command: string, args: readonly string[], cwd = place): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function writeState(file: string, addresses: readonly string[]): void {
  const resources = addresses.map((address) => {
    const [type = '', name = ''] = address.split('.');
    return {
      ...{ mode: 'managed', type, name },
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [{ schema_version: 0, attributes: { id: address } }],
    };
  });
  writeFileSync(
    file,
    JSON.stringify({ version: 4, serial: 1, lineage: 'made-up', outputs: {}, resources }),
  );
}

function listed(file: string): string[] {
  const output = run('terraform', ['state', 'list', `-state=${file}`]);
  return output.split('\n').filter((line) => line !== '');
}

judged(missingTerraform(), 'A construct that gets another id keeps every resource', () => {
  const before = stackOf('acme', { audiences: 'acme-news', other: 'globex' });
  writeFileSync(join(place, 'before.json'), before.text);
  const after = stackOf('acme', { imports: 'acme-news', other: 'globex' });
  writeFileSync(join(place, 'moves.mjs'), recipe('js'));
  writeState(join(place, 'terraform.tfstate'), before.addresses);
  run('sh', ['-ec', recipe('sh')]);
  expect(listed(join(place, 'terraform.tfstate')).sort()).toEqual(after.addresses);
});

judged(missingTerraform(), 'A workspace that moves to its own stack keeps every resource', () => {
  const shared = { 'hooli-blog': 'hooli-blog', 'initech-blog': 'initech-blog' };
  const before = stackOf('small-workspaces', shared);
  const rest = stackOf('small-workspaces', { 'initech-blog': 'initech-blog' });
  const own = stackOf('hooli-blog', { 'hooli-blog': 'hooli-blog' });
  const directoryOf = (name: string) => join(place, 'cdktf.out', 'stacks', name);
  for (const name of ['small-workspaces', 'hooli-blog']) {
    const directory = directoryOf(name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const backend = { local: { path: 'remote.tfstate' } };
    writeFileSync(join(directory, 'main.tf.json'), JSON.stringify({ terraform: { backend } }));
    run('terraform', ['init', '-input=false'], directory);
  }
  writeState(join(directoryOf('small-workspaces'), 'remote.tfstate'), before.addresses);
  run('bash', ['-ec', recipe('bash')]);
  const state = (name: string) =>
    listed(join(place, 'cdktf.out', 'stacks', name, 'remote.tfstate'));
  expect(state('hooli-blog').sort()).toEqual(own.addresses);
  expect(state('small-workspaces').sort()).toEqual(rest.addresses);
});

/**
 * Release 0.1.0 gave a bucket single grants. Taken away after the policy is set, a grant would be missing from the
 * policy. Terraform only keeps the order if the bucket changes, too: release 0.1.0 labelled it with its version.
 */
judged(
  missingTerraform(),
  'A grant of 0.1.0 goes before the policy that has its entry is set, because its bucket changes',
  () => {
    const stack = synthesized();
    for (const type of ['google_storage_bucket', 'google_bigquery_dataset']) {
      for (const { labels } of all(stack, type)) expect(labels).not.toHaveProperty('version');
    }
    const apply = (resources: Readonly<Record<string, string>>) => {
      const terraform_data = Object.fromEntries(
        Object.entries(resources).map(([name, input]) => [name, { input }]),
      );
      writeFileSync(join(place, 'main.tf.json'), JSON.stringify({ resource: { terraform_data } }));
      return run('terraform', ['apply', '-auto-approve', '-no-color', '-input=false']);
    };
    const onBucket = '${terraform_data.bucket.id}';
    run('terraform', ['init', '-input=false']);
    apply({ bucket: 'version = 0.1.0', grant: onBucket });
    const done = apply({ bucket: 'no version', policy: onBucket }).match(
      /(?<=^terraform_data\.)\w+: (?:Destruction|Modifications|Creation) complete/gm,
    );
    expect(done).toEqual([
      'grant: Destruction complete',
      'bucket: Modifications complete',
      'policy: Creation complete',
    ]);
  },
);
