import { Aspects } from 'cdktf';
import type { Construct, IConstruct } from 'constructs';

import type { Workspace } from './workspace';

/** Shared by all copies of the package that a program may load. */
const OWNERS = Symbol.for('cdktf-audience-import/names');

/** Names of one app's resources, each with the constructs that use it. */
type Owners = Map<string, Construct[]>;

/** Constructs of one app would create resources of the same names. */
export class NameClashError extends Error {
  constructor(clashes: ReadonlyMap<string, readonly string[]>) {
    const list = [...clashes].map(([name, paths]) => `  - ${paths.join(' and ')} make ${name}`);
    super(
      `the same workspace of a project is more than once in this app; allowed: once, in one stack\n${list.join('\n')}`,
    );
    // Node.js prints the enumerable fields of an uncaught error below its message.
    Object.defineProperty(this, 'name', { value: 'NameClashError' });
  }
}

/**
 * Makes the app fail when it is synthesized if another construct in it makes resources of the same names. Two
 * plans would each want to own them, and two MERGEs would run on one dataset.
 *
 * An aspect does it and not a validation, because an aspect also runs where validations are skipped. Only when
 * the app is synthesized is it known which constructs are left in it.
 */
export function refuseNameClashes(scope: Construct, workspace: Workspace): void {
  const owners = ownersIn(scope.node.root);
  const names = qualifiedNames(workspace);
  for (const name of names) owners.set(name, [...(owners.get(name) ?? []), scope]);
  Aspects.of(scope).add({
    visit(node) {
      if (node !== scope || names.every((name) => usersOf(name, owners).length < 2)) return;
      throw new NameClashError(clashesOf(owners));
    },
  });
}

/** Every clash of the app: the constructs of each, by the first name that they share. */
function clashesOf(owners: Owners): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, [name: string, paths: readonly string[]]>();
  for (const name of owners.keys()) {
    const paths = usersOf(name, owners).map(({ node }) => node.path);
    const key = paths.join('\n');
    if (paths.length > 1 && !found.has(key)) found.set(key, [name, paths]);
  }
  return new Map(found.values());
}

/** The constructs that use a name and are still in the app. */
function usersOf(name: string, owners: Owners): readonly Construct[] {
  return (owners.get(name) ?? []).filter(isAttached);
}

function isAttached(construct: IConstruct): boolean {
  const { scope, id } = construct.node;
  return scope === undefined || (scope.node.tryFindChild(id) === construct && isAttached(scope));
}

/** Names of buckets are unique in the world, those of other resources in their project. */
function qualifiedNames({ projectId, names }: Workspace): string[] {
  const { landingBucket, stagingBucket, ...inProject } = names;
  return [
    ...[landingBucket, stagingBucket].map((name) => `bucket ${name}`),
    ...Object.entries(inProject).map(([kind, name]) => `${kind} ${name} in ${projectId}`),
  ];
}

function ownersIn(root: IConstruct): Owners {
  const known = Object.getOwnPropertyDescriptor(root, OWNERS)?.value as Owners | undefined;
  if (known) return known;
  const owners: Owners = new Map();
  Object.defineProperty(root, OWNERS, { value: owners });
  return owners;
}
