/** Packages of ES modules that are loaded by `import()`: jest turns them into modules of its own. */
const loadedByImport =
  'p-map|teeny-request|gaxios|node-fetch|fetch-blob|formdata-polyfill|data-uri-to-buffer';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
    [`/node_modules/(?:${loadedByImport})/.*\\.js$`]: ['@swc/jest', { jsc: { target: 'es2022' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${loadedByImport})/)`],
  moduleNameMapper: {
    '^cdktf-audience-import$': '<rootDir>/lib/index.ts',
    '^cdktf-audience-import/runtime$': '<rootDir>/runtime/index.ts',
  },
  // Two cores: a third worker only adds memory.
  maxWorkers: 2,
  // Several tests start processes of the command line; a busy machine takes its time.
  testTimeout: 60_000,
};
