import { EXAMPLE_NAMES } from '../examples';
import { exampleInventory } from './inventories';

/**
 * Every generated file and what renders it. `npm run docs` writes them; a test fails where a committed one is
 * stale.
 */
export const GENERATED_DOCS: Readonly<Record<string, () => string | Promise<string>>> = {
  ...Object.fromEntries(
    EXAMPLE_NAMES.map((example) => [
      `examples/${example}/inventory.txt`,
      () => exampleInventory(example),
    ]),
  ),
};
