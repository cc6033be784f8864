/** @type {import('jest').Config} */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/test/judges'],
  testMatch: ['**/*.judge.ts'],
  globalSetup: '<rootDir>/test/judges/harness/built-programs.ts',
  maxWorkers: 1,
  // What was skipped is named.
  verbose: true,
};
