import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly bundleDependencies?: readonly string[];
}

const { packages } = JSON.parse(readFileSync(join(__dirname, '../package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Entry>>;
};
const { '': own, ...installed } = packages;

/** The package in whose archive another one comes. */
function carrierOf(place: string): Entry | undefined {
  const carriers = Object.keys(installed).filter(
    (other) => place.startsWith(`${other}/node_modules/`) && installed[other]?.bundleDependencies,
  );
  return carriers[0] === undefined ? undefined : installed[carriers[0]];
}

test('npm ci checks every package, those of other platforms, too', () => {
  expect(own).toBeDefined();
  const unchecked = Object.entries(installed)
    // What comes in the archive of another package is checked with that.
    .map(([place, entry]) => [place, entry.inBundle ? carrierOf(place) : entry] as const)
    .filter(([, entry]) => !/^sha\d+-/.test(entry?.integrity ?? ''))
    .map(([place]) => place);
  // npm leaves the checksum out of what it did not install. Remove these entries from the lock, then run
  // `npm install --package-lock-only`, which asks for them again.
  expect(unchecked).toEqual([]);
});

test('The lock names no registry, so that everybody can use their own', () => {
  const bound = Object.entries(installed).filter(([, entry]) => 'resolved' in entry);
  expect(bound).toEqual([]);
});
