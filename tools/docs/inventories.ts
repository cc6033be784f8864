import { inventoryOf, renderInventory } from '../../lib';
import { synthesizeExample } from '../examples';

/** What every stack of an example would provision: a pull request shows here what it changes. */
export function exampleInventory(example: string): string {
  return synthesizeExample(example)
    .map(
      ({ name, terraformJson }) =>
        `stack ${name}\n\n${renderInventory(inventoryOf(terraformJson))}\n`,
    )
    .join('\n');
}
