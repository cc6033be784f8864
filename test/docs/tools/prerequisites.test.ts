import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  APIS,
  DEPLOYER_ROLES,
  ENABLING_API,
  PREREQUISITES,
  readmeRoles,
} from '../../../docs/tools/prerequisites';
import { synthesized } from '../../support/stacks/stacks';

/** With every prop that adds a resource. */
const types = Object.keys(
  synthesized({ deployer: 'user:deployer@example.com', dashboard: true }).resource,
);

test('Every resource type that is synthesized has an API and a role, and no other type has', () => {
  expect(Object.keys(PREREQUISITES).sort()).toEqual(types.sort());
  for (const { apis, roles } of Object.values(PREREQUISITES)) {
    expect([apis.length > 0, roles.length > 0]).toEqual([true, true]);
  }
});

test('The APIs and roles that the page names are those that the resources need, and no others', () => {
  const needed = Object.values(PREREQUISITES);
  const distinct = (names: readonly string[]) => [...new Set(names)].sort();
  expect(distinct([ENABLING_API, ...needed.flatMap(({ apis }) => apis)])).toEqual(
    Object.keys(APIS).sort(),
  );
  expect(distinct(needed.flatMap(({ roles }) => roles))).toEqual(
    Object.keys(DEPLOYER_ROLES).sort(),
  );
});

test('README lists exactly these roles for the deployer', () => {
  const readme = readFileSync(join(__dirname, '../../../README.md'), 'utf8').replaceAll(
    /\s+/g,
    ' ',
  );
  expect(readme).toContain(`Roles of the deployer on the project: ${readmeRoles()}.`);
});

test('Every command of the first apply is one that a shell can read', () => {
  const page = readFileSync(join(__dirname, '../../../docs/first-apply.md'), 'utf8');
  const fences = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  expect(fences.length).toBeGreaterThan(7);
  for (const code of fences) execFileSync('sh', ['-n'], { input: code });
  expect(() => execFileSync('sh', ['-n'], { input: 'for', stdio: 'pipe' })).toThrow();
});
