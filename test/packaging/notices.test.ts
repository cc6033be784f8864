import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface PackageFiles {
  readonly license: string;
  readonly author?: string;
  readonly files: Readonly<Record<string, string>>;
}

const README = { 'README.md': '## License\n\nCopyright of the README' };

const LICENCE_FILES = ['LICENSE', 'LICENCE.md', 'License', 'license.txt', 'LICENSE-MIT', 'COPYING'];

const PACKAGES: Readonly<Record<string, PackageFiles>> = {
  ...Object.fromEntries(
    LICENCE_FILES.map((file, index) => [
      `with-file-${index}`,
      { license: 'MIT', files: { [file]: 'Copyright A\r\nmay be used\r\n', ...README } },
    ]),
  ),
  'with-notice': {
    license: 'Apache-2.0',
    files: { LICENSE: 'the licence', NOTICE: 'holds work of B' },
  },
  'in-readme': {
    license: 'MIT',
    files: { 'readme.md': '# x\n\nabout\n\nLicense\n-------\n\nCopyright A\n\nmay be used\n' },
  },
  'name-only': {
    license: 'MIT',
    author: 'A <a@example.com>',
    files: { 'README.md': '# x\n\n## License\n\nMIT' },
  },
  unlicensed: { license: 'SEE ELSEWHERE', files: {} },
};

/** The notice of each package, or the error. They are asked for as the build asks, outside of jest. */
let notices: Readonly<Record<string, string>>;
beforeAll(() => {
  const place = mkdtempSync(join(tmpdir(), 'notices-'));
  try {
    for (const [name, { files, ...manifest }] of Object.entries(PACKAGES)) {
      mkdirSync(join(place, name));
      const content = { name, version: '1.0.0', ...manifest };
      writeFileSync(join(place, name, 'package.json'), JSON.stringify(content));
      for (const [file, text] of Object.entries(files))
        writeFileSync(join(place, name, file), text);
    }
    const program = `
const { noticeOf } = require('./packaging/notices.ts');
const names = ${JSON.stringify(Object.keys(PACKAGES))};
const notice = (name) => noticeOf(${JSON.stringify(place)} + '/' + name).catch(String);
Promise.all(names.map(async (name) => [name, await notice(name)])).then((notices) =>
  process.stdout.write(JSON.stringify(Object.fromEntries(notices))));`;
    const output = execFileSync(process.execPath, [require.resolve('tsx/cli'), '-e', program], {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
    });
    notices = JSON.parse(output) as Record<string, string>;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test.each(LICENCE_FILES.map((file, index) => [file, index] as const))(
  'The licence of a package is found in %s',
  (_, index) => {
    const name = `with-file-${index}`;
    expect(notices[name]).toBe(`${name} 1.0.0 (MIT)\n\nCopyright A\nmay be used\n`);
  },
);

test('The NOTICE of a package follows its licence', () => {
  expect(notices['with-notice']).toBe(
    'with-notice 1.0.0 (Apache-2.0)\n\nthe licence\n\nholds work of B\n',
  );
});

test('Without a licence file, the text of the README is taken if it has one', () => {
  expect(notices['in-readme']).toBe(
    'in-readme 1.0.0 (MIT)\n\n(From the README; the package has no licence file.)\n\n' +
      'Copyright A\n\nmay be used\n',
  );
});

test('Without any text, that of the SPDX list is taken, and the notice says so', () => {
  const [heading, introduction, ...text] = (notices['name-only'] ?? '').split('\n\n');
  expect(heading).toBe('name-only 1.0.0 (MIT)');
  expect(introduction).toBe(
    "(The package by A <a@example.com> has no text of its licence. This is SPDX's text of MIT.)",
  );
  expect(text.join('\n\n')).toContain('Permission is hereby granted, free of charge');
});

test('A package without a licence ends the build with its name', () => {
  expect(notices['unlicensed']).toBe('Error: unlicensed: no text of its licence "SEE ELSEWHERE"');
});
