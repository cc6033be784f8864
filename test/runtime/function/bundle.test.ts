import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unzipSync } from 'fflate';

/** To load the code is most of a cold start. */
const MAX_BUNDLE_BYTES = 800_000;
const FRAMEWORK = '@google-cloud/functions-framework';

const root = join(__dirname, '../../..');
const built = (file: string) => readFileSync(join(root, 'dist/function', file));
const archive = unzipSync(built('ingest.zip'));

test('another build of the same code, elsewhere and in another time zone, is the same bytes', () => {
  const place = mkdtempSync(join(tmpdir(), 'another-place-'));
  try {
    for (const source of ['runtime', 'esbuild.config.ts', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, source), join(place, source), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(place, 'esbuild.config.ts')],
      { cwd: tmpdir(), env: { ...process.env, TZ: 'Pacific/Auckland' } },
    );
    for (const file of ['ingest.zip', 'index.js', 'package.json', 'NOTICES.txt']) {
      expect(readFileSync(join(place, 'dist/function', file)).equals(built(file))).toBe(true);
    }
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('the archive holds the function and its package.json, and nothing else', () => {
  expect(Object.keys(archive).sort()).toEqual(['index.js', 'package.json']);
  for (const [name, content] of Object.entries(archive)) {
    expect(Buffer.from(content).equals(built(name))).toBe(true);
  }
});

test('the function is small', () => {
  expect(archive['index.js']?.length).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
});

test('package.json pins the framework, which is all that the platform installs', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const { main, dependencies } = JSON.parse(built('package.json').toString()) as {
    main: string;
    dependencies: Readonly<Record<string, string>>;
  };
  expect(main).toBe('index.js');
  expect(dependencies).toEqual({ [FRAMEWORK]: devDependencies[FRAMEWORK] });
  expect(dependencies[FRAMEWORK]).toMatch(/^\d+\.\d+\.\d+$/);
});

test('classes keep their names, by which the clients tell them', () => {
  const code = built('index.js').toString();
  const names = ['File', 'Bucket', 'BigQuery', 'Job', 'Table', 'StoreError', 'WarehouseError'];
  const kept = names.filter((name) => code.includes(`(this,"${name}")`));
  expect(kept).toEqual(names);
});

test('the clients are in the bundle, and the framework is not', () => {
  // Read by the framework only.
  expect(built('index.js').includes('FUNCTION_SIGNATURE_TYPE')).toBe(false);
  const packages = [
    ...built('NOTICES.txt')
      .toString()
      .matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(/gm),
  ];
  const names = packages.map(([, name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['@google-cloud/bigquery', '@google-cloud/storage']),
  );
  expect(names).not.toContain(FRAMEWORK);
  expect(names).not.toContain('express');
});
