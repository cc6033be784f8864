import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import {
  addDuckDbColumns,
  createDuckDbTable,
  duckDbDialect,
  DUCKDB_PRELUDE,
} from '../../../runtime/local/duckdb-dialect';
import { TABLES } from '../../../runtime/warehouse/tables';

test('The documentation says how many macros the prelude has', () => {
  const page = readFileSync(join(__dirname, '../../../docs/warehouse.md'), 'utf8');
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  const said = /a prelude of (\w+) macros/.exec(page.replaceAll(/\s+/g, ' '))?.[1];
  expect(said).toBe(words[DUCKDB_PRELUDE.length]);
});

test('A table of an earlier version gets the columns that were appended since', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reference = duckDbDialect.table('rejected_changes');
  const { columns, ...others } = TABLES.rejected_changes;
  const earlier = { ...others, columns: columns.filter(({ name }) => name !== 'records') };
  for (const macro of DUCKDB_PRELUDE) await connection.run(macro);
  await connection.run('CREATE SCHEMA core');
  await connection.run(createDuckDbTable(reference, earlier));
  for (const added of addDuckDbColumns(reference, TABLES.rejected_changes)) {
    await connection.run(added);
  }
  const result = await connection.run(`SELECT * FROM ${reference}`);
  expect(result.columnNames()).toEqual(columns.map(({ name }) => name));
  connection.closeSync();
  instance.closeSync();
});
