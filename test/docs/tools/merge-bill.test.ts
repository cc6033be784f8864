import { billedTables, mergeBill, tablesRead } from '../../../docs/tools/merge-bill';
import { DEFAULT_RETENTION } from '../../../runtime/warehouse/retention';
import { MERGE_RUN, purgeRun } from '../../../runtime/warehouse/run';

const TEMPORARY = new Set(['delta']);

test.each([
  ['MERGE INTO `p.d.t` AS T USING (SELECT a FROM delta) AS S ON T.a = S.a', ['`p.d.t`', 'delta']],
  ['MERGE INTO `p.d.t` AS T USING delta AS S ON T.a = S.a', ['`p.d.t`', 'delta']],
  ['UPDATE `p.d.t` SET a = 1 WHERE TRUE', ['`p.d.t`']],
  ['DELETE FROM `p.d.t`\nWHERE a IN (SELECT a FROM delta)', ['`p.d.t`', 'delta']],
  ['SELECT a FROM `p.d.t` AS x\nLEFT JOIN `p.d.t` AS y ON x.a = y.a', ['`p.d.t`']],
])('%s reads its target and its sources, each once', (text, tables) => {
  expect([...tablesRead(text, TEMPORARY)]).toEqual(tables);
});

test.each([
  ['INSERT INTO `p.d.t` (a) VALUES (1)'],
  ['CREATE TEMP TABLE delta AS SELECT 1 AS a'],
  ['SELECT a FROM UNNEST([1]) AS a'],
  ['SELECT EXTRACT(HOUR FROM changed_at) AS hour'],
])('%s reads no table', (text) => {
  expect(tablesRead(text, TEMPORARY).size).toBe(0);
});

test('A MERGE without changes reads the watermark, the log, its delta, and the lock row twice', () => {
  expect(billedTables(MERGE_RUN, false)).toBe(5);
});

test('A MERGE with changes reads 16 tables more: 3 + 2 + 1 + 4 + 3 + 3, statement by statement', () => {
  expect(billedTables(MERGE_RUN, true)).toBe(5 + 3 + 2 + 1 + 4 + 3 + 3);
});

test('The purge reads all that the MERGE reads, and the tables that it deletes from', () => {
  const purge = purgeRun(DEFAULT_RETENTION);
  expect(billedTables(purge, true) - billedTables(MERGE_RUN, true)).toBe(
    billedTables(purge, false) - billedTables(MERGE_RUN, false),
  );
  expect(billedTables(purge, false)).toBeGreaterThanOrEqual(billedTables(MERGE_RUN, false) + 5);
});

test('The bill grows with the share of runs that find changes, and never reaches three dollars at the minimum', () => {
  const bills = [0, 0.25, 0.5, 1].map(mergeBill);
  expect(bills).toEqual([...bills].sort((one, other) => one - other));
  expect(bills.at(-1)).toBeLessThan(3);
});
