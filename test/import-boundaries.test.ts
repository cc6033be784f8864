import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '..');
const RULE = '@typescript-eslint/no-restricted-imports';

const roomsOf = (side: 'lib' | 'runtime') =>
  readdirSync(join(root, side), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Texts to lint, by the name of their file. Each line is one import. */
const samples = new Map<string, string[]>();
for (const side of ['lib', 'runtime'] as const) {
  const rooms = roomsOf(side);
  for (const room of rooms) {
    samples.set(
      `${side}/${room}/values.ts`,
      rooms.map((other) => `import '../${other}/file';`),
    );
    samples.set(
      `${side}/${room}/types.ts`,
      rooms.map((other) => `import type {} from '../${other}/file';`),
    );
  }
}

/** Imports that are refused wherever in a side of the house they stand. */
const REFUSED: readonly (readonly [file: string, line: string])[] = [
  ['runtime/ingest/terraform.ts', "import '../../lib/workspace/names';"],
  ['runtime/change-of-plan.ts', "import '../lib/workspace/names';"],
  ['runtime/ingest/cdktf.ts', "import { Token } from 'cdktf';"],
  ['runtime/ingest/constructs.ts', "import { Construct } from 'constructs';"],
  ['runtime/ingest/provider.ts', "import '@cdktf/provider-google/lib/storage-bucket';"],
  ['runtime/ingest/own-barrel.ts', "import { TABLES } from '../index';"],
  ['runtime/sources/mparticle/own-barrel.ts', "import { TABLES } from '../..';"],
  ['runtime/sources/mparticle/deep.ts', "import '../../normalize/lines';"],
  ['lib/cli/commands/runtime-barrel.ts', "import { TABLES } from '../../../runtime';"],
  ['lib/cli/commands/runtime-index.ts', "import { TABLES } from '../../../runtime/index';"],
  ['lib/cli/commands/lib-barrel.ts', "export * from '../../index';"],
  ['lib/beside-the-barrel.ts', "import { AudienceImport } from './index';"],
  ['lib/landing/provider-barrel.ts', "import { storageBucket } from '@cdktf/provider-google';"],
  ['lib/landing/private-cdktf.ts', "import 'cdktf/lib/tokens/token';"],
  ['docs/tools/provider-barrel.ts', "import '@cdktf/provider-google';"],
];
const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ['lib/landing/provider.ts', "import '@cdktf/provider-google/lib/storage-bucket';"],
  ['lib/landing/table-names.ts', "import '../../runtime/warehouse/tables';"],
  ['runtime/sources/mparticle/fields.ts', "import '../../fields/timestamp';"],
  ['runtime/fields/record.ts', "import '../change';"],
  ['test/anything.ts', "import '../lib';"],
];
for (const [file, line] of [...REFUSED, ...ALLOWED]) samples.set(file, [line]);

/** Of every sample, the numbers of the lines that the configuration refuses. */
const refusedLines = new Map<string, ReadonlySet<number>>();

interface LintResult {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly line: number }[];
}

beforeAll(() => {
  const house = mkdtempSync(join(tmpdir(), 'boundaries-'));
  try {
    for (const [file, lines] of samples) {
      mkdirSync(join(house, dirname(file)), { recursive: true });
      writeFileSync(join(house, file), `${lines.join('\n')}\n`);
    }
    for (const file of ['eslint.config.mjs', 'package.json']) {
      copyFileSync(join(root, file), join(house, file));
    }
    // What is imported does not matter here, and resolving it takes time.
    const tsconfig = { compilerOptions: { noResolve: true, types: [] }, include: ['**/*.ts'] };
    writeFileSync(join(house, 'tsconfig.json'), JSON.stringify(tsconfig));
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
    const eslint = join(root, 'node_modules/eslint/bin/eslint.js');
    const { stdout, stderr } = spawnSync(process.execPath, [eslint, '--format=json', '.'], {
      cwd: house,
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    for (const { filePath, messages } of JSON.parse(stdout) as LintResult[]) {
      const lines = messages.filter(({ ruleId }) => ruleId === RULE).map(({ line }) => line);
      refusedLines.set(relative(house, filePath), new Set(lines));
    }
  } finally {
    rmSync(house, { recursive: true });
  }
});

/** Which other rooms each room may import. */
function boundaries(side: 'lib' | 'runtime', kind: 'values' | 'types') {
  const rooms = roomsOf(side);
  return Object.fromEntries(
    rooms.map((room) => {
      const refused = refusedLines.get(`${side}/${room}/${kind}.ts`);
      return [
        room,
        rooms.filter((other, index) => other !== room && refused?.has(index + 1) === false),
      ];
    }),
  );
}

test('Every sample is linted', () => {
  expect([...refusedLines.keys()].filter((file) => file.endsWith('.ts')).sort()).toEqual(
    [...samples.keys()].sort(),
  );
});

test('The rooms of runtime/ import one another in one direction, types as well', () => {
  const arrows = {
    fields: [],
    sources: ['fields'],
    normalize: ['fields', 'sources'],
    warehouse: ['fields'],
    ingest: ['fields', 'normalize', 'sources', 'warehouse'],
    google: ['fields', 'ingest', 'normalize', 'sources', 'warehouse'],
    local: ['fields', 'ingest', 'normalize', 'sources', 'warehouse'],
    function: ['fields', 'google', 'ingest', 'normalize', 'sources', 'warehouse'],
  };
  expect(boundaries('runtime', 'values')).toEqual(arrows);
  expect(boundaries('runtime', 'types')).toEqual(arrows);
});

test('The rooms of lib/ import one another in one direction', () => {
  const part = ['erasure', 'workspace'];
  expect(boundaries('lib', 'values')).toEqual({
    erasure: [],
    workspace: ['erasure'],
    props: ['erasure', 'workspace'],
    landing: part,
    ingest: part,
    warehouse: part,
    monitoring: part,
    review: [],
    cli: ['workspace'],
  });
});

test('The parts of a workspace may name the types of what they are handed, and no other room may', () => {
  const types = boundaries('lib', 'types');
  const others = (room: string) => roomsOf('lib').filter((other) => other !== room);
  for (const room of ['landing', 'ingest', 'warehouse', 'monitoring']) {
    expect(types[room]).toEqual(others(room));
  }
  const values = boundaries('lib', 'values');
  for (const room of ['erasure', 'workspace', 'props', 'review', 'cli']) {
    expect(types[room]).toEqual(values[room]);
  }
});

test.each(REFUSED)('%s may not say %s', (file) => {
  expect(refusedLines.get(file)).toEqual(new Set([1]));
});

test.each(ALLOWED)('%s may say %s', (file) => {
  expect(refusedLines.get(file)).toEqual(new Set());
});
