import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULTS } from '../lib/props/resolved-props';
import { PACKAGE_VERSION } from '../lib/workspace/version';
import { TABLES } from '../runtime/warehouse/tables';
import { stagedChanges, stagedRejections } from '../runtime/warehouse/rows';
import { Schedule } from '../lib';

const root = join(__dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('Labels state the version of the package', () => {
  expect(PACKAGE_VERSION).toBe((JSON.parse(read('package.json')) as { version: string }).version);
});

test('The documented default of every prop is the real one', () => {
  const source = read('lib/props/audience-import-props.ts');
  const documented = [...source.matchAll(/@default (.*)\n\s*\*\/\n\s*readonly (\w+)\?:/g)].map(
    ([, value = '', name = '']): [string, string] => [name, value],
  );
  const optional = [...source.matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name);
  expect(documented.map(([name]) => name)).toEqual(optional);
  for (const [name, text] of documented) {
    const actual = (DEFAULTS as Record<string, unknown>)[name];
    if (text.startsWith('- ')) expect(actual).toBeUndefined();
    else expect(asDocumented(actual)).toBe(text);
  }
});

function asDocumented(value: unknown): string {
  if (value instanceof Schedule) return `Schedule.everyMinutes(${value.intervalMinutes})`;
  if (Array.isArray(value)) return `[${value.map(asDocumented).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

test('Staged rows have exactly the columns that a load provides', () => {
  const source = { object: 'o', generation: '1', line: 1 };
  const change = stagedChanges(
    [
      {
        mpId: '1',
        audienceId: 'a',
        action: 'add',
        changedAt: 0,
        sequence: 2n ** 60n,
        identities: [],
        source,
      },
    ],
    0,
  );
  const rejection = stagedRejections([{ source, byteOffset: 0, reason: 'not_json' }], 0);
  const loaded = (table: keyof typeof TABLES) =>
    TABLES[table].columns.map(({ name }) => name).filter((name) => name !== 'ingested_at');
  expect(Object.keys(JSON.parse(change) as object)).toEqual(loaded('membership_changes'));
  expect(Object.keys(JSON.parse(rejection) as object)).toEqual(loaded('rejected_changes'));
  expect(change).toContain('"sequence":"1152921504606846976"');
});
