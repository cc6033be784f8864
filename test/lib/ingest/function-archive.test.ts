import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { functionArchivePath } from '../../../lib/ingest/function-archive';

const FILE = join('function', 'ingest.zip');

test.each([
  ['source', ['lib', 'ingest']],
  ['compiled code', ['dist', 'lib', 'ingest']],
])('is found from %s', (_, folder) => {
  const root = mkdtempSync(join(tmpdir(), 'package-'));
  mkdirSync(join(root, 'dist', 'function'), { recursive: true });
  writeFileSync(join(root, 'dist', FILE), '');
  expect(functionArchivePath(join(root, ...folder))).toBe(join(root, 'dist', FILE));
  rmSync(root, { recursive: true });
});

test('says what to do where it has not been built', () => {
  expect(() => functionArchivePath(join(tmpdir(), 'nowhere', 'lib'))).toThrow(
    'run "npm run build"',
  );
});
