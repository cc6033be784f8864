import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_NAMES, TABLES } from '../../../runtime/warehouse/tables';
import {
  breakingChanges,
  releasedForm,
  type ReleasedColumn,
  type ReleasedTable,
} from './schema-evolution';

/** The tables as the last release made them. Each release rewrites the file; nothing else does. */
const released = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'fixtures', 'released-tables.json'), 'utf8'),
) as Record<string, ReleasedTable>;

const current = Object.fromEntries(TABLE_NAMES.map((name) => [name, releasedForm(TABLES[name])]));

test('No table of the last release would be replaced', () => {
  expect(breakingChanges(released, current)).toEqual([]);
});

describe('Changes of a table', () => {
  const log = current['membership_changes'] ?? { columns: [] };
  const [first, second, ...others] = log.columns;
  const column = (mode: string): ReleasedColumn => ({ name: 'added', type: 'STRING', mode });
  const changed = (columns: readonly (ReleasedColumn | undefined)[]) =>
    breakingChanges(current, {
      ...current,
      membership_changes: { ...log, columns: columns.filter((one) => one !== undefined) },
    });

  test('A column may be appended as NULLABLE, also within a record', () => {
    expect(changed([...log.columns, column('NULLABLE')])).toEqual([]);
    expect(changed(log.columns.map((one) => withField(one, 'NULLABLE')))).toEqual([]);
  });

  test.each<[string, () => string[]]>([
    ['added: appended as REQUIRED', () => changed([...log.columns, column('REQUIRED')])],
    ['added: appended as REPEATED', () => changed([...log.columns, column('REPEATED')])],
    [
      'identities.added: appended as REQUIRED',
      () => changed(log.columns.map((one) => withField(one, 'REQUIRED'))),
    ],
    ['mp_id: moved, renamed or removed', () => changed([column('NULLABLE'), ...log.columns])],
    ['mp_id: moved, renamed or removed', () => changed([second, first, ...others])],
    ['source_line: moved, renamed', () => changed(without('source_line'))],
    [
      'mp_id: STRING became INTEGER',
      () => changed(log.columns.map((one) => altered(one, 'mp_id', { type: 'INTEGER' }))),
    ],
    [
      'mp_id: REQUIRED became NULLABLE',
      () => changed(log.columns.map((one) => altered(one, 'mp_id', { mode: 'NULLABLE' }))),
    ],
    ['audiences: removed', () => breakingChanges(current, { membership_changes: log })],
    [
      'membership_changes: partitioned by another column',
      () => breakingChanges(current, { ...current, membership_changes: { columns: log.columns } }),
    ],
  ])('A change is refused with its reason: %s', (message, changes) => {
    expect(changes().join('\n')).toContain(message);
  });

  const without = (name: string) => log.columns.filter((one) => one.name !== name);

  const altered = (one: ReleasedColumn, name: string, change: Partial<ReleasedColumn>) =>
    one.name === name ? { ...one, ...change } : one;

  const withField = (one: ReleasedColumn, mode: string) =>
    one.fields ? { ...one, fields: [...one.fields, column(mode)] } : one;
});
