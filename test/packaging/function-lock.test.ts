import { functionLock, type PackageLock } from '../../packaging/function-lock';

const MANIFEST = {
  name: 'deployed',
  version: '1.2.3',
  private: true,
  main: 'index.js',
  dependencies: { framework: '2.0.0' },
};

function lockWith(packages: PackageLock['packages']): PackageLock {
  return { lockfileVersion: 3, packages };
}

function places(packages: PackageLock['packages']): string[] {
  const lock = functionLock(MANIFEST, lockWith(packages)) as PackageLock;
  return Object.keys(lock.packages);
}

test('The lock holds what the function needs, directly or through others, and nothing else', () => {
  const project = lockWith({
    '': { dependencies: { other: '1.0.0' } },
    'node_modules/framework': { version: '2.0.0', dependencies: { router: '^1.0.0' } },
    'node_modules/other': { version: '1.0.0' },
    'node_modules/router': { version: '1.5.0' },
  });
  expect(functionLock(MANIFEST, project)).toEqual({
    name: 'deployed',
    version: '1.2.3',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'deployed', version: '1.2.3', dependencies: { framework: '2.0.0' } },
      'node_modules/framework': { version: '2.0.0', dependencies: { router: '^1.0.0' } },
      'node_modules/router': { version: '1.5.0' },
    },
  });
});

test('What only development needs in the project is not left out when the function is installed', () => {
  const entry = { version: '2.0.0', dev: true, integrity: 'sha512-a' };
  const lock = functionLock(MANIFEST, lockWith({ 'node_modules/framework': entry }));
  expect((lock as PackageLock).packages['node_modules/framework']).toEqual({
    version: '2.0.0',
    integrity: 'sha512-a',
  });
});

test('Each package finds the version that it finds in the project', () => {
  const packages = {
    'node_modules/a': { dependencies: { b: '1' } },
    'node_modules/b': { version: '2.0.0', dependencies: { c: '1' } },
    'node_modules/c': { version: '2.0.0' },
    'node_modules/framework': { dependencies: { a: '1', b: '2' } },
    'node_modules/a/node_modules/b': { version: '1.0.0', dependencies: { c: '1', d: '1' } },
    'node_modules/a/node_modules/c': { version: '1.0.0' },
    'node_modules/b/node_modules/c': { version: '1.0.0' },
    'node_modules/d': { version: '1.0.0' },
  };
  expect(places(packages)).toEqual([
    '',
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/a/node_modules/c',
    'node_modules/b',
    'node_modules/b/node_modules/c',
    'node_modules/d',
    'node_modules/framework',
  ]);
});

test('Packages that need each other are taken once', () => {
  const packages = {
    'node_modules/framework': { dependencies: { a: '1' } },
    'node_modules/a': { peerDependencies: { framework: '2' } },
  };
  expect(places(packages)).toEqual(['', 'node_modules/a', 'node_modules/framework']);
});

test('A package that is needed and not locked ends the build with its name', () => {
  const packages = {
    'node_modules/framework': { dependencies: { a: '1' } },
    'node_modules/a': { peerDependencies: { b: '1' } },
  };
  expect(() => places(packages)).toThrow(
    'package-lock.json: no entry for b, which node_modules/a needs',
  );
  expect(() => places({})).toThrow(
    'package-lock.json: no entry for framework, which deployed needs',
  );
});

test('An optional package that the project has not locked is left out', () => {
  const framework = {
    optionalDependencies: { a: '1' },
    peerDependencies: { b: '1' },
    peerDependenciesMeta: { b: { optional: true } },
  };
  expect(places({ 'node_modules/framework': framework })).toEqual(['', 'node_modules/framework']);
});
