/** `npm run docs`: writes every generated file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './examples';
import { GENERATED_DOCS } from './generated';

async function main(): Promise<void> {
  for (const [path, render] of GENERATED_DOCS) {
    writeFileSync(join(ROOT, path), await render());
    console.log(path);
  }
}

void main();
