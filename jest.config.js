/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  moduleNameMapper: {
    '^cdktf-audience-import$': '<rootDir>/lib/index.ts',
    '^cdktf-audience-import/runtime$': '<rootDir>/runtime/index.ts',
  },
  // Two cores: a third worker only adds memory.
  maxWorkers: 2,
  // Several tests start processes of the command line; a busy machine takes its time.
  testTimeout: 60_000,
};
