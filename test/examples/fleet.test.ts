import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App } from 'cdktf';

import { addFleet, type Fleet, type FleetWorkspace } from '../../examples/fleet/fleet';
import { FLEET } from '../../examples/fleet/workspaces';
import { all, parsed, type SynthesizedStack } from '../support/stacks/stacks';

function fleetWith(workspaces: Readonly<Record<string, FleetWorkspace>>): Fleet {
  return { ...FLEET, workspaces: { ...FLEET.workspaces, ...workspaces } };
}

/** Stack name to synthesized stack. */
function synthesizedFleet(fleet: Fleet): Map<string, SynthesizedStack> {
  const outdir = mkdtempSync(join(tmpdir(), 'fleet-'));
  try {
    const app = new App({ outdir });
    addFleet(app, fleet);
    app.synth();
    const stacks = join(outdir, 'stacks');
    return new Map(
      readdirSync(stacks).map((name) => [
        name,
        parsed(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')),
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Address of every resource and output, to its whole content as text. */
function contents(stack: SynthesizedStack | undefined): Map<string, string> {
  const entries = Object.entries({ ...stack?.resource, output: stack?.output ?? {} });
  return new Map(
    entries.flatMap(([type, members]) =>
      Object.entries(members).map(([id, value]) => [`${type}.${id}`, JSON.stringify(value)]),
    ),
  );
}

const before = synthesizedFleet(FLEET);

test('The example has separate stacks, a shared one, and one for the alerts of all', () => {
  expect([...before.keys()]).toEqual(['acme-news', 'fleet-alerts', 'globex', 'small-workspaces']);
});

test('A new workspace in a separate stack changes no other stack', () => {
  const after = synthesizedFleet(fleetWith({ umbrella: {} }));
  expect([...after.keys()].filter((name) => !before.has(name))).toEqual(['umbrella']);
  for (const [name, stack] of before) expect(after.get(name)?.text).toBe(stack.text);
});

test('A new workspace in a shared stack changes none of the existing resources', () => {
  const after = synthesizedFleet(fleetWith({ 'a-first-one': { stack: 'small-workspaces' } }));
  expect([...after.keys()]).toEqual([...before.keys()]);
  const [old, now] = [before, after].map((fleet) => contents(fleet.get('small-workspaces')));
  const added = [...(now?.keys() ?? [])].filter((address) => !old?.has(address));
  expect(added).toHaveLength((old?.size ?? 0) / 2);
  for (const address of added) expect(address).toMatch(/\.a-first-one_/);
  for (const [address, content] of old ?? []) expect(now?.get(address)).toBe(content);
});

test('A workspace keeps its names and logical ids when it moves to another stack', () => {
  const after = synthesizedFleet(fleetWith({ 'hooli-blog': {} }));
  const withoutPath = (content: Map<string, string>) =>
    [...content]
      .filter(([address]) => address.includes('.hooli-blog_'))
      .map(([address, text]) => [address, text.replace(/"path":"[^"]*"/, '')]);
  const moved = withoutPath(contents(after.get('hooli-blog')));
  expect(moved.length).toBeGreaterThan(0);
  expect(moved).toEqual(withoutPath(contents(before.get('small-workspaces'))));
});

test('A fleet uses no name twice', () => {
  const names = [...before.values()].flatMap((stack) =>
    ['google_storage_bucket', 'google_service_account', 'google_bigquery_dataset'].flatMap((type) =>
      all(stack, type).map((one) => one['name'] ?? one['account_id'] ?? one['dataset_id']),
    ),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});
