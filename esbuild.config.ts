/**
 * Makes `dist/function/`: the function as one CommonJS file, the `package.json` and the lock that the platform
 * installs from, and the three as an archive. The archive is the same bytes wherever and whenever it is made, so
 * that its hash changes only with the code.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, type Metafile } from 'esbuild';
import { zipSync } from 'fflate';

import { functionLock, type FunctionManifest, type PackageLock } from './packaging/function-lock';
import { noticeOf } from './packaging/notices';
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
  const manifest = functionManifest();
  const archived = {
    'index.js': code,
    'package.json': asJson(manifest),
    'package-lock.json': asJson(
      functionLock(manifest, readJson('package-lock.json') as PackageLock),
    ),
  };
  mkdirSync(output, { recursive: true });
  for (const [name, content] of Object.entries(archived)) {
    writeFileSync(join(output, name), content);
  }
  writeFileSync(join(output, 'ingest.zip'), zipSync(archived, { mtime: ARCHIVE_TIME, level: 9 }));
  writeFileSync(join(output, 'NOTICES.txt'), await notices(metafile));
}

/** The framework is not bundled: a copy within the bundle would register functions that nobody serves. */
function functionManifest(): FunctionManifest {
  const { version, devDependencies } = readJson('package.json') as PackageJson;
  const framework = '@google-cloud/functions-framework';
  const pinned = devDependencies[framework];
  if (pinned === undefined) throw new Error(`package.json: ${framework} is not pinned`);
  return {
    name: 'audience-import-function',
    version,
    private: true,
    main: 'index.js',
    dependencies: { [framework]: pinned },
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

function asJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** The licences of what is in the bundle, as they ask for. */
async function notices(metafile: Metafile): Promise<string> {
  const inputs = Object.keys(metafile.inputs).map(
    (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1],
  );
  const folders = [...new Set(inputs)].filter((folder) => folder !== undefined).sort();
  const texts = [];
  for (const folder of folders) texts.push(await noticeOf(join(root, folder)));
  return texts.join('\n\n');
}

void bundle();
