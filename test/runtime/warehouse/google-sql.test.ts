import { sqlText } from '../../../lib/cli/commands/sql';
import { applyScript, purgeScript } from '../../../runtime/warehouse/scheduled-scripts';
import { createBigQueryTable } from '../../../runtime/warehouse/schema';
import { TABLE_NAMES, TABLES, VIEW_NAMES } from '../../../runtime/warehouse/tables';
import { VIEWS } from '../../../runtime/warehouse/views';
import * as applyStatements from '../../../runtime/warehouse/merge';
import * as purgeStatements from '../../../runtime/warehouse/purge';
import {
  GoogleSqlAnalyzer,
  NAMES,
  standaloneDialect,
} from '../../../docs/tools/google-sql-analyzer';

let analyzer: GoogleSqlAnalyzer;
beforeAll(async () => {
  analyzer = await GoogleSqlAnalyzer.start();
}, 60_000);
afterAll(() => {
  GoogleSqlAnalyzer.stop();
});

const statements: [string, string][] = [
  ...Object.entries({ ...applyStatements, ...purgeStatements }).map(
    ([name, statement]): [string, string] => [name, statement(standaloneDialect)],
  ),
  ...VIEW_NAMES.map((name): [string, string] => [name, VIEWS[name].select(standaloneDialect)]),
  ...TABLE_NAMES.map((name): [string, string] => [
    `CREATE TABLE ${name}`,
    createBigQueryTable(`\`${name}_new\``, TABLES[name]),
  ]),
];

test.each(statements)('The GoogleSQL front end accepts %s', async (_, sql) => {
  await expect(analyzer.analyze(sql)).resolves.toBeDefined();
});

test('The front end refuses a column that does not exist', async () => {
  const wrong = applyStatements.mergeState(standaloneDialect).replace('T.sequence', 'T.sequnce');
  await expect(analyzer.analyze(wrong)).rejects.toThrow(/sequnce/);
});

test('The front end refuses a value of the wrong type', async () => {
  const wrong = applyStatements
    .recordMerge(standaloneDialect)
    .replace('@v_delta_rows', '@v_run_id');
  await expect(analyzer.analyze(wrong)).rejects.toThrow(/STRING/);
});

test.each([
  ['apply', applyScript(NAMES)],
  ['purge', purgeScript(NAMES)],
])('The %s script parses as a whole, and a broken one does not', async (_, script) => {
  await analyzer.parseScript(script);
  await expect(analyzer.parseScript(script.replace('END IF;', ''))).rejects.toThrow();
});

test.each([
  ['apply', applyScript(NAMES)],
  ['purge', purgeScript(NAMES)],
])(
  'The %s script holds nothing that Terraform or the scheduler would read otherwise',
  (_, script) => {
    expect(script).not.toContain('${');
    // https://cloud.google.com/bigquery/quotas: a query's text has at most 1 MB.
    expect(Buffer.byteLength(script)).toBeLessThan(1_000_000);
    for (const [, name] of script.matchAll(/DECLARE (\w+)/g)) expect(name).toMatch(/^v_/);
    // A run time parameter would make a backfill read another window.
    expect(script).not.toMatch(/@run_(?:time|date)/);
  },
);

test.each(VIEW_NAMES)(
  'The view %s publishes exactly the columns that it describes',
  async (name) => {
    const { select, columns } = VIEWS[name];
    const published = await analyzer.outputColumns(select(standaloneDialect));
    expect(published.map((column) => column.name)).toEqual(Object.keys(columns));
  },
);

test.each(['apply', 'purge', 'views', 'schema'] as const)(
  'The text of %s is the one that was reviewed',
  (text) => {
    expect(sqlText(text, NAMES)).toMatchSnapshot();
  },
);
