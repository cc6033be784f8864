import { EXAMPLE_NAMES } from '../examples';
import { exampleInventory } from './inventories';
import { reference } from './reference';

/**
 * Every generated file and what renders it. `npm run docs` writes them; a test fails where a committed one is
 * stale.
 */
export const GENERATED_DOCS: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference.md': reference,
  ...Object.fromEntries(
    EXAMPLE_NAMES.map((example) => [
      `examples/${example}/inventory.txt`,
      () => exampleInventory(example),
    ]),
  ),
};
