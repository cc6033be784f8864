import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `npm run build` puts the archive, seen from this folder: compiled, then as source. */
const PLACES = [
  ['..', '..', 'function', 'ingest.zip'],
  ['..', '..', 'dist', 'function', 'ingest.zip'],
];

/**
 * Path of the archive that the ingest function is deployed from. The package ships it.
 *
 * @param folder where this file is.
 * @throws {Error} in a checkout that has not been built.
 */
export function functionArchivePath(folder = __dirname): string {
  const path = PLACES.map((place) => join(folder, ...place)).find((place) => existsSync(place));
  if (path === undefined) {
    throw new Error('the archive of the ingest function has not been built: run "npm run build"');
  }
  return path;
}
