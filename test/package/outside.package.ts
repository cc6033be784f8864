/**
 * `npm run test:package`: packs the package as a clean clone does, and installs it into empty projects, with CDKTF
 * and with CDK Terrain under the name of CDKTF.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';

const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

const own = JSON.parse(read('package.json')) as Manifest;
const place = mkdtempSync(join(tmpdir(), 'package-'));

// Packing builds, and installing downloads.
jest.setTimeout(600_000);

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

function fence(page: string, language: string): string {
  const [, code] = new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(read(page)) ?? [];
  if (code === undefined) throw new Error(`${page} has no ${language} example`);
  return code;
}

/** Dependencies in the versions that this repository pins. */
function pinned(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, own.devDependencies[name] ?? '']));
}

const withCdkTerrain = JSON.parse(fence('docs/cdk-terrain.md', 'json')) as Manifest;

const PROJECTS = [
  {
    name: 'cdktf',
    library: own.devDependencies['cdktf'],
    dependencies: pinned('cdktf', '@cdktf/provider-google', 'constructs'),
    overrides: {},
  },
  {
    name: 'cdk-terrain',
    library: withCdkTerrain.dependencies['cdktf']?.replace('npm:cdktn@', ''),
    dependencies: withCdkTerrain.dependencies,
    overrides: withCdkTerrain.overrides,
  },
];

let tarball = '';
let packed: string[] = [];

beforeAll(() => {
  // A clean clone has no dist/: packing must build it.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', place], {
    cwd: root,
    encoding: 'utf8',
  });
  const [result] = JSON.parse(output) as { filename: string; files: { path: string }[] }[];
  tarball = join(place, result?.filename ?? '');
  packed = (result?.files ?? []).map(({ path }) => path);
});

test('The package contains what runs and what a user reads, and nothing else', () => {
  const others = packed.filter(
    (path) => !/^(?:dist\/(?:lib|runtime|function)|examples)\/|^docs\/[\w-]+\.md$/.test(path),
  );
  expect(others.sort()).toEqual([
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'package.json',
  ]);
  expect(packed).toEqual(
    expect.arrayContaining([
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'dist/lib/cli/bin.js',
      'dist/function/ingest.zip',
    ]),
  );
});

test('Every page that the packed pages link to is packed, too', () => {
  const pages = packed.filter((path) => path.endsWith('.md'));
  expect(pages).toContain('docs/runbook.md');
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) =>
      normalize(join(dirname(page), target)),
    ),
  );
  expect(links.filter((target) => !packed.includes(target))).toEqual([]);
});

test('The page about CDK Terrain names the range of this version', () => {
  expect(withCdkTerrain.dependencies['cdktf-audience-import']).toBe(`^${own.version}`);
});

const stacks = new Map<string, { resource: unknown; output: unknown }>();

describe.each(PROJECTS)(
  'In a project with $name:',
  ({ name, library, dependencies, overrides }) => {
    const project = join(place, name);
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: project, encoding: 'utf8' });

    beforeAll(() => {
      mkdirSync(project);
      const manifest = {
        private: true,
        dependencies: {
          ...dependencies,
          ...pinned('typescript', '@types/node'),
          'cdktf-audience-import': `file:${tarball}`,
        },
        overrides,
      };
      writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
      run('npm', 'install', '--silent', '--no-fund', '--no-audit');
      writeFileSync(join(project, 'main.ts'), fence('README.md', 'ts'));
    });

    test('The program of the README compiles against the types, with no check skipped', () => {
      run(
        'npx',
        ...['tsc', '--strict', '--module', 'node16', '--moduleResolution', 'node16'],
        ...['--target', 'es2022', '--types', 'node', '--skipLibCheck', 'false', 'main.ts'],
      );
    });

    test('The program of the README synthesizes', () => {
      run('node', 'main.js');
      const stack = JSON.parse(
        readFileSync(join(project, 'cdktf.out', 'stacks', 'acme', 'cdk.tf.json'), 'utf8'),
      ) as { '//': { metadata: { version: string } }; resource: object; output: object };
      expect(stack['//'].metadata.version).toBe(library);
      expect(Object.keys(stack.resource)).toContain('google_bigquery_data_transfer_config');
      stacks.set(name, { resource: stack.resource, output: stack.output });
    });

    test('The command line runs', () => {
      expect(run('npx', 'audience-import', '--version').trim()).toBe(own.version);
      expect(run('npx', 'audience-import', 'sql', 'apply')).toContain('MERGE INTO');
      const change = {
        mpId: '1',
        audience_id: 'a',
        membership_action: 'add',
        timestamp: 1735689600,
      };
      writeFileSync(join(project, 'changes.jsonl'), `${JSON.stringify(change)}\n`);
      const summary = run(
        'npx',
        ...['audience-import', 'apply', 'changes.jsonl', '--database', 'test.duckdb', '--json'],
      );
      expect(JSON.parse(summary)).toMatchObject({ accepted: 1, members: 1 });
    });

    test('Both entry points load as CommonJS and as a module', () => {
      run('node', '-e', "require('cdktf-audience-import/runtime').applyScript.name");
      run(
        'node',
        ...['--input-type=module', '-e'],
        "import { AudienceImport } from 'cdktf-audience-import';" +
          "import { applyScript } from 'cdktf-audience-import/runtime';" +
          'AudienceImport.name + applyScript.name',
      );
    });
  },
);

test('CDKTF and CDK Terrain synthesize the same stack', () => {
  expect(stacks.size).toBe(PROJECTS.length);
  expect(stacks.get('cdk-terrain')).toEqual(stacks.get('cdktf'));
});
