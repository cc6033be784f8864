import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import ts from 'typescript';

const root = join(__dirname, '..');
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
/** The arrows of the picture: `runtime/function --> runtime/google`. */
const drawn = [...page.matchAll(/^ *(\S+) --> (\S+)$/gm)]
  .map(([, from = '', to = '']) => [from, to] as const)
  .filter(([from]) => from.includes('/'));

test('Every file and folder that the page names exists', () => {
  const named = [...page.matchAll(/`((?:lib|runtime|test|docs|examples)\b[\w./-]*|\w+\.md)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('Every room of the sources is in the picture and in the table', () => {
  for (const room of ['lib', 'runtime'].flatMap((plane) =>
    readdirSync(join(root, plane), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${plane}/${name}`),
  )) {
    expect(page).toMatch(new RegExp(`^ *(?:.* --> )?${room}\\b`, 'm'));
    expect(page).toContain(`\`${room}\``);
  }
});

test('Imports between rooms follow the arrows of the picture and never point back', () => {
  const below = closure();
  const astray = imports()
    .filter(({ from, to }) => !(below.get(roomOf(from))?.has(roomOf(to)) ?? false))
    .map(({ from, to }) => `${from} imports ${to}`);
  expect(astray).toEqual([]);
});

test('Every arrow of the picture stands for an import', () => {
  const real = new Set(imports().map(({ from, to }) => `${roomOf(from)} --> ${roomOf(to)}`));
  expect(drawn.map((arrow) => arrow.join(' --> ')).filter((arrow) => !real.has(arrow))).toEqual([]);
});

test('The picture has no circle', () => {
  const below = closure();
  expect([...below].filter(([room, rooms]) => rooms.has(room))).toEqual([]);
});

interface Import {
  readonly from: string;
  readonly to: string;
}

/** The imports from one room to another. The two index files gather what users import, so they may import all. */
function imports(): Import[] {
  const entries = ['lib', 'runtime'].flatMap((plane) =>
    readdirSync(join(root, plane), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(plane, file),
    ),
  );
  return entries
    .filter((file) => file.endsWith('.ts') && !file.endsWith('index.ts'))
    .flatMap((from) =>
      ts
        .preProcessFile(readFileSync(join(root, from), 'utf8'))
        .importedFiles.map(({ fileName }) => fileName)
        .filter((target) => target.startsWith('.'))
        .map((target) => ({
          from,
          to: relative(root, `${join(root, dirname(from), target)}.ts`),
        })),
    )
    .filter(({ from, to }) => roomOf(from) !== roomOf(to));
}

function roomOf(file: string): string {
  return file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '');
}

/** Each room with every room that it reaches by arrows. */
function closure(): ReadonlyMap<string, ReadonlySet<string>> {
  const below = (room: string, seen = new Set<string>()): Set<string> => {
    for (const [from, to] of drawn) {
      if (from === room && !seen.has(to)) below(to, seen.add(to));
    }
    return seen;
  };
  return new Map(drawn.map(([from]) => [from, below(from)]));
}
