import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import spdxLicenses from 'spdx-license-list/full';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** Paths of what a package has in its folder. */
interface LicenceFiles {
  readonly licenseFile?: string;
  readonly noticeFile?: string;
}

/**
 * The licence of a package as its text asks to be passed on: a heading `NAME VERSION (LICENCE)`, and below it the
 * licence file of the package and its NOTICE; where it has no such file, what its README says of the licence, or
 * the text of the SPDX list, introduced as that.
 *
 * @throws Error when there is no text at all.
 */
export async function noticeOf(folder: string): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license = 'no licence named' } = manifest;
  const { licenseFile, noticeFile } = await filesOf(folder, manifest);
  const texts = [
    licenseFile === undefined || isReadme(licenseFile)
      ? textWithoutFile(manifest, licenseFile)
      : readFileSync(licenseFile, 'utf8'),
    ...(noticeFile === undefined ? [] : [readFileSync(noticeFile, 'utf8')]),
  ];
  const text = texts.map((part) => part.replaceAll('\r\n', '\n').trim()).join('\n\n');
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** What the library finds in the folder of a package; the README stands in for a missing licence file. */
async function filesOf(folder: string, { name, version }: Manifest): Promise<LicenceFiles> {
  // It is a module, which code in CommonJS cannot import otherwise.
  const { init } = await import('license-checker-rseidelsohn');
  return new Promise((resolve, reject) => {
    // Not its dependencies: each bundled package is asked for itself.
    init({ start: folder, direct: 0 }, (error, found) => {
      const files = found[`${name}@${version}`] as LicenceFiles | undefined;
      if (files) resolve(files);
      else reject(new Error(`${folder}: license-checker finds no package`, { cause: error }));
    });
  });
}

function isReadme(file: string): boolean {
  return /readme[^/\\]*$/i.test(file);
}

function textWithoutFile(manifest: Manifest, readme: string | undefined): string {
  const { name, license = '', author } = manifest;
  const stated = readme === undefined ? undefined : licenceSection(readFileSync(readme, 'utf8'));
  if (stated !== undefined)
    return `(From the README; the package has no licence file.)\n\n${stated}`;
  const text = spdxLicenses[license]?.licenseText;
  if (text === undefined) throw new Error(`${name}: no text of its licence "${license}"`);
  const holder = typeof author === 'string' ? author : author?.name;
  const by = holder === undefined ? '' : ` by ${holder}`;
  return `(The package${by} has no text of its licence. This is SPDX's text of ${license}.)\n\n${text}`;
}

/** The section of a README about the licence, if that holds the text with its copyright and not only a name. */
function licenceSection(readme: string): string | undefined {
  const heading = /^(?:#+ *licen[cs]e.*|licen[cs]e *\r?\n-+)$/im.exec(readme);
  const section = heading ? readme.slice(heading.index + heading[0].length).trim() : '';
  return /copyright/i.test(section) ? section : undefined;
}
