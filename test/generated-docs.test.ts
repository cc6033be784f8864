import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GENERATED_DOCS } from '../docs/tools/generated';

const root = join(__dirname, '..');

test.each(GENERATED_DOCS)(
  'The committed %s is what npm run docs would write',
  async (path, render) => {
    const file = join(root, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(await render());
  },
);
