/**
 * The lock that the function is deployed with. Cloud Build's buildpack runs `npm ci` where there is one, and
 * would otherwise resolve what the framework needs anew at each build: nobody would have tested that.
 *
 * Source: https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/nodejs/npm.go
 */

/** A package as npm's lock describes it; other fields are passed on as they are. */
export interface LockEntry {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Version 3 of npm's lock: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json */
export interface PackageLock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export interface FunctionManifest {
  readonly name: string;
  readonly version: string;
  readonly private: boolean;
  readonly main: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Takes from the project's lock what a package with these dependencies installs, at the same places: each
 * package then finds the same others as in the project.
 *
 * @throws Error when the lock has no entry for a package that is needed.
 */
export function functionLock(manifest: FunctionManifest, project: PackageLock): object {
  const { name, version, dependencies } = manifest;
  const places = new Set<string>();
  const take = (from: string, entry: LockEntry): void => {
    for (const dependency of neededBy(entry)) {
      const place = findPlace(project, from, dependency);
      if (place === undefined) {
        if (isOptional(entry, dependency)) continue;
        throw new Error(
          `package-lock.json: no entry for ${dependency}, which ${from || name} needs`,
        );
      }
      if (places.has(place)) continue;
      places.add(place);
      take(place, project.packages[place] ?? {});
    }
  };
  take('', { dependencies });
  const installed = [...places]
    .sort()
    .map((place) => [place, installedEntry(project, place)] as const);
  return {
    name,
    version,
    lockfileVersion: project.lockfileVersion,
    requires: true,
    packages: { '': { name, version, dependencies }, ...Object.fromEntries(installed) },
  };
}

function neededBy(entry: LockEntry): string[] {
  return Object.keys({
    ...entry.dependencies,
    ...entry.optionalDependencies,
    ...entry.peerDependencies,
  });
}

function isOptional(entry: LockEntry, dependency: string): boolean {
  return (
    entry.optionalDependencies?.[dependency] !== undefined ||
    entry.peerDependenciesMeta?.[dependency]?.optional === true
  );
}

/**
 * Where Node.js finds a package: beside the one that asks, or in a folder above it.
 *
 * @example findPlace(lock, 'node_modules/read-pkg', 'semver') // 'node_modules/semver'
 */
function findPlace(
  { packages }: PackageLock,
  from: string,
  dependency: string,
): string | undefined {
  for (let folder = from; ; folder = folderAbove(folder)) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${dependency}`;
    if (packages[place]) return place;
    if (folder === '') return undefined;
  }
}

function folderAbove(place: string): string {
  return place.slice(0, Math.max(place.lastIndexOf('/node_modules/'), 0));
}

/** In the project the framework is needed for development only; in the function it is what runs. */
function installedEntry({ packages }: PackageLock, place: string): LockEntry {
  const entry: LockEntry & { dev?: boolean } = { ...packages[place] };
  delete entry.dev;
  return entry;
}
