import { EXAMPLE_NAMES } from './examples';
import { exampleInventory } from './inventories';
import { PAGE_PARTS, pageWithPart } from './page-parts';
import { reference } from './reference';

/**
 * Every file that is generated, or has a generated part, and what renders the whole of it. `npm run docs` writes
 * them; a test fails where a committed one is stale.
 */
export const GENERATED_DOCS: readonly (readonly [
  path: string,
  render: () => string | Promise<string>,
])[] = [
  ['docs/reference.md', reference],
  ...PAGE_PARTS.map(
    ([page, part, text]) => [page, () => pageWithPart(page, part, text())] as const,
  ),
  ...EXAMPLE_NAMES.map(
    (example) => [`examples/${example}/inventory.txt`, () => exampleInventory(example)] as const,
  ),
];
