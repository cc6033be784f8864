import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** The construct needs tables, SQL, names and the contract with the function: about a dozen modules. */
const MAX_RUNTIME_MODULES = 16;

const program = `
  require('tsx/cjs');
  require('./lib/index.ts');
  process.stdout.write(JSON.stringify(Object.keys(require.cache)));
`;
const loaded = (
  JSON.parse(
    execFileSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' }),
  ) as string[]
).map((path) => path.replaceAll('\\', '/'));

const runtimeModules = loaded
  .map((path) => /\/runtime\/(.*)\.ts$/.exec(path)?.[1])
  .filter((path) => path !== undefined);

/** What only the data plane needs: its readers, the sweep, the engines and the handler. */
const DATA_PLANE =
  /^(?:sources|google|local)\/|^normalize\/normalize$|^ingest\/(?!staging-names$)|^function\/(?!deployment$|environment$)/;

test('Importing the construct loads about a dozen modules of runtime/, and neither the sweep nor an engine', () => {
  expect(runtimeModules).toContain('warehouse/tables');
  expect(runtimeModules.filter((path) => DATA_PLANE.test(path))).toEqual([]);
  expect(runtimeModules.length).toBeLessThanOrEqual(MAX_RUNTIME_MODULES);
});

test('Importing the construct loads no client, no database and no parser of delivered formats', () => {
  const packages = loaded.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  expect(packages).toContain('cdktf');
  const heavy = packages.filter((name) => /^(?:@google-cloud|@duckdb|csv-)/.test(name ?? ''));
  expect(heavy).toEqual([]);
});
