import { closest, distance } from 'fastest-levenshtein';

/** Share of a name's characters that may differ for it to be suggested. */
const LARGEST_DIFFERENCE = 0.4;

/**
 * The name that was probably meant, whatever its case; `undefined` if none is close.
 *
 * @example closestName('mergeShedule', ['mergeSchedule', 'region']) // 'mergeSchedule'
 */
export function closestName(given: string, names: readonly string[]): string | undefined {
  // Comparing takes time in proportion to the length, and no name is this long.
  const text = given.slice(0, MAX_LENGTH).toLowerCase();
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const found = closest(text, [...byLowerCase.keys()]);
  return distance(text, found) <= found.length * LARGEST_DIFFERENCE
    ? byLowerCase.get(found)
    : undefined;
}

const MAX_LENGTH = 100;
