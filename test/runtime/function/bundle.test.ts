import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { unzipSync } from 'fflate';

/** To load the code is most of a cold start. */
const MAX_BUNDLE_BYTES = 800_000;
const ARCHIVED = ['index.js', 'package-lock.json', 'package.json'];
const FRAMEWORK = '@google-cloud/functions-framework';

/** What is read to make the archive. */
const SOURCES = [
  ...['runtime', 'packaging', 'esbuild.config.ts'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
];

const root = join(__dirname, '../../..');
const built = (file: string) => readFileSync(join(root, 'dist/function', file));
const archive = unzipSync(built('ingest.zip'));

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { version: string; integrity?: string; dependencies?: Readonly<Record<string, string>> }
    >
  >;
}

test('Another build of the same code, elsewhere and in another time zone, has the same bytes', () => {
  const place = mkdtempSync(join(tmpdir(), 'another-place-'));
  try {
    for (const source of SOURCES) {
      cpSync(join(root, source), join(place, source), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(place, 'esbuild.config.ts')],
      { cwd: tmpdir(), env: { ...process.env, TZ: 'Pacific/Auckland' } },
    );
    for (const file of ['ingest.zip', ...ARCHIVED, 'NOTICES.txt']) {
      expect(readFileSync(join(place, 'dist/function', file)).equals(built(file))).toBe(true);
    }
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('The archive holds the function, its package.json and its lock, and nothing else', () => {
  expect(Object.keys(archive).sort()).toEqual(ARCHIVED);
  for (const [name, content] of Object.entries(archive)) {
    expect(Buffer.from(content).equals(built(name))).toBe(true);
  }
});

test('The function is small, because loading its code is most of a cold start', () => {
  expect(archive['index.js']?.length).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
});

test('package.json needs the framework in one exact version, and nothing else', () => {
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

test('The lock names what the project was tested with, with a checksum of each, and no registry', () => {
  const { packages } = JSON.parse(built('package-lock.json').toString()) as Lock;
  const tested = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const { '': own, ...installed } = packages;
  expect(own?.dependencies).toEqual({
    [FRAMEWORK]: packages[`node_modules/${FRAMEWORK}`]?.version,
  });
  expect(Object.keys(installed)).toContain('node_modules/express');
  for (const [place, entry] of Object.entries(installed)) {
    expect(entry.integrity).toMatch(/^sha512-/);
    expect(entry).not.toHaveProperty('resolved');
    expect({ dev: true, ...entry }).toEqual(tested.packages[place]);
  }
});

test('Classes keep their names, because the clients compare them', () => {
  const code = built('index.js').toString();
  const names = ['File', 'Bucket', 'BigQuery', 'Job', 'Table', 'StoreError', 'WarehouseError'];
  const kept = names.filter((name) => code.includes(`(this,"${name}")`));
  expect(kept).toEqual(names);
});

/** Each package of NOTICES.txt, with what stands below its heading. */
function notices(): Map<string, string> {
  const [, ...parts] = built('NOTICES.txt')
    .toString()
    .split(/^(\S+) \d+\.\d+\.\d+\S* \(.+\)$/m);
  return new Map(
    parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? '']] : [])),
  );
}

test('The clients of Google are in the bundle, and the framework is not', () => {
  // Read by the framework only.
  expect(built('index.js').includes('FUNCTION_SIGNATURE_TYPE')).toBe(false);
  const names = [...notices().keys()];
  expect(names).toEqual(
    expect.arrayContaining(['@google-cloud/bigquery', '@google-cloud/storage']),
  );
  expect(names).not.toContain(FRAMEWORK);
  expect(names).not.toContain('express');
});

test('Every package of the bundle is in NOTICES.txt, with the text of its licence', () => {
  const texts = notices();
  expect(texts.size).toBeGreaterThan(50);
  const PERMISSION =
    /Apache License\s+Version 2\.0|Permission is hereby granted|Permission to use, copy, modify|Redistribution and use in source/;
  const without = [...texts].filter(([, text]) => !PERMISSION.test(text)).map(([name]) => name);
  expect(without).toEqual([]);
  // Their licence files have other names than most, or they have none.
  for (const [name, part] of [
    ['big.js', 'Michael Mclaughlin'],
    ['ms', 'Copyright (c) 2020 Vercel'],
    ['retry', 'Felix Geisend'],
    ['data-uri-to-buffer', 'From the README'],
    ['stubs', 'Stephen Sawchuk'],
  ] as const) {
    expect([name, texts.get(name)?.includes(part)]).toEqual([name, true]);
  }
});
