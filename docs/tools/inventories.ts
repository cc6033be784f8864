import { inventoryOf, renderInventory } from '../../lib';
import { synthesizedTexts } from './examples';

/** The archive's name changes with its code, which is no change of what is provisioned. */
const ARCHIVE_HASH = /[0-9a-f]{16}(?=\.zip)/g;

/** What every stack of an example would provision: a pull request shows here what it changes. */
export function exampleInventory(example: string): string {
  return [...synthesizedTexts(example)]
    .map(([name, text]) => `stack ${name}\n\n${renderInventory(inventoryOf(text))}\n`)
    .join('\n')
    .replaceAll(ARCHIVE_HASH, 'HASH');
}
