import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import ts from 'typescript';

import { inventoryOf } from '../lib';
import { DEFAULTS } from '../lib/props/resolved-props';
import { anchorsOf } from './support/data/markdown';
import { parsed } from './support/stacks/stacks';

const root = join(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Tables without their padding. */
const text = readme.replaceAll(/ +/g, ' ');
const pages = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs')).map((page) => `docs/${page}`),
]
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, content: readFileSync(join(root, page), 'utf8') }));
const fences = pages.flatMap(({ page, content }) =>
  [...content.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => ({ page, code })),
);
/** Inside the checkout, so that the package's own name resolves as it does in a user's program. */
const place = join(root, '.cache', 'readme');

beforeAll(() => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
});

test('The pages have examples, so that the tests below test something', () => {
  expect(fences.length).toBeGreaterThanOrEqual(2);
});

test.each(fences.map(({ page, code }, index) => [index, page, code] as const))(
  'Example %d, in %s, compiles against the built package and synthesizes',
  (index, _, code) => {
    const file = join(place, `example-${index}.ts`);
    const outdir = join(place, `out-${index}`);
    writeFileSync(file, code);
    const program = ts.createProgram([file], {
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    });
    const faults = ts
      .getPreEmitDiagnostics(program)
      .map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
    expect(faults).toEqual([]);
    execFileSync(process.execPath, [require.resolve('tsx/cli'), file], {
      cwd: root,
      env: { ...process.env, CDKTF_OUTDIR: outdir },
    });
    const [stack = ''] = readdirSync(join(outdir, 'stacks'));
    const synthesized = readFileSync(join(outdir, 'stacks', stack, 'cdk.tf.json'), 'utf8');
    expect(Object.keys(parsed(synthesized).resource)).toContain(
      'google_bigquery_data_transfer_config',
    );
    if (index === 0) {
      const counts = Object.values(inventoryOf(synthesized).resources);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(readme).toContain(`${total} resources: `);
    }
  },
);

test('Every prop and its default are in the table of props', () => {
  for (const [prop, value] of Object.entries(DEFAULTS)) {
    expect(text).toContain(`| \`${prop}\` |`);
    if (typeof value === 'number') expect(text).toContain(`| \`${prop}\` | ${value} |`);
  }
});

test.each(pages.map(({ page, content }) => [page, content] as const))(
  'Every page and heading that %s links to exists',
  (page, content) => {
    for (const [, target = '', heading = ''] of content.matchAll(
      /\]\((?!https?:)([^)#]*)#?([^)]*)\)/g,
    )) {
      const file = join(root, dirname(page), target);
      expect(existsSync(file) ? '' : target).toBe('');
      if (heading === '') continue;
      const linked = target === '' ? content : readFileSync(file, 'utf8');
      expect(anchorsOf(linked)).toContain(heading);
    }
  },
);
