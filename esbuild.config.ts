/**
 * Makes `dist/function/`: the function as one CommonJS file, the `package.json` that the platform installs beside
 * it, and both as an archive. The archive is the same bytes wherever and whenever it is made, so that its hash
 * tells whether the code has changed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, type Metafile } from 'esbuild';
import { zipSync } from 'fflate';

import { NODE_MAJOR } from './runtime/function/deployment';

const root = __dirname;
const output = join(root, 'dist', 'function');

/** Any fixed time; in local time, as zip has it, and as early as zip can say. */
const ARCHIVE_TIME = new Date(1980, 0, 1);

interface PackageJson {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

async function bundle(): Promise<void> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'runtime', 'function', 'main.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: `node${NODE_MAJOR}`,
    format: 'cjs',
    minify: true,
    // The BigQuery client tells its own classes by their names.
    keepNames: true,
    legalComments: 'none',
    // A stand-in for what Node.js has had since version 18: it is never loaded.
    external: ['web-streams-polyfill'],
    metafile: true,
    write: false,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const manifest = Buffer.from(`${JSON.stringify(functionPackage(), undefined, 2)}\n`);
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'index.js'), code);
  writeFileSync(join(output, 'package.json'), manifest);
  writeFileSync(join(output, 'NOTICES.txt'), notices(metafile));
  writeFileSync(
    join(output, 'ingest.zip'),
    zipSync({ 'index.js': code, 'package.json': manifest }, { mtime: ARCHIVE_TIME, level: 9 }),
  );
}

/** The framework is not bundled: a copy within the bundle would register functions that nobody serves. */
function functionPackage(): object {
  const { version, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as PackageJson;
  const framework = '@google-cloud/functions-framework';
  return {
    name: 'audience-import-function',
    version,
    private: true,
    main: 'index.js',
    dependencies: { [framework]: devDependencies[framework] },
  };
}

/** The licences of what is in the bundle, as they ask for. */
function notices(metafile: Metafile): string {
  const inputs = Object.keys(metafile.inputs).map(
    (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1],
  );
  const folders = [...new Set(inputs)].filter((folder) => folder !== undefined).sort();
  return folders.map((folder) => `${noticeOf(join(root, folder))}\n`).join('\n');
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license: string };
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE', 'LICENSE-MIT']
    .map((candidate) => join(folder, candidate))
    .find((candidate) => existsSync(candidate));
  const text = file === undefined ? '' : `\n${readFileSync(file, 'utf8').trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
}

void bundle();
