import { sqlText } from '../../../lib/cli/commands/sql';
import { applyScript, purgeScript } from '../../../runtime/warehouse/scheduled-scripts';
import { createBigQueryTable } from '../../../runtime/warehouse/schema';
import { TABLE_NAMES, TABLES, VIEW_NAMES, type ViewName } from '../../../runtime/warehouse/tables';
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

const { recordRun, ...applyRest } = applyStatements;
const statements: [string, string][] = [
  ...Object.entries({ ...applyRest, ...purgeStatements }).map(
    ([name, statement]): [string, string] => [name, statement(standaloneDialect)],
  ),
  ['recordRun', recordRun(standaloneDialect, 'apply')],
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
    .recordRun(standaloneDialect, 'apply')
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

const COLUMNS: Record<ViewName, readonly string[]> = {
  membership_updates: ['mpId', 'audience_id', 'audience_name', 'membership_action', 'timestamp'],
  memberships: ['mp_id', 'audience_id', 'audience_name', 'changed_at'],
  membership_feed: ['user_id', 'group_id', 'cursor', 'is_deleted'],
  audiences: [
    'audience_id',
    'audience_name',
    'members',
    'last_change_at',
    'adds_24h',
    'deletes_24h',
  ],
  user_audiences: ['mp_id', 'audience_ids'],
  identities: ['mp_id', 'identity_type', 'identity_value', 'last_seen_at'],
  import_health: [
    'last_delivered_at',
    'last_ingested_at',
    'last_apply_at',
    'last_purge_at',
    'minutes_since_apply',
    'changes_waiting',
    'changes_24h',
    'adds_24h',
    'deletes_24h',
    'rejected_24h',
    'audiences',
    'members',
    'tombstones',
    'oldest_tombstone_at',
  ],
};

test.each(Object.entries(COLUMNS))(
  'The view %s publishes exactly its columns',
  async (name, columns) => {
    const published = await analyzer.outputColumns(
      VIEWS[name as ViewName].select(standaloneDialect),
    );
    expect(published.map((column) => column.name)).toEqual(columns);
  },
);

test.each(['apply', 'purge', 'views', 'schema'] as const)(
  'The text of %s is the one that was reviewed',
  (text) => {
    expect(sqlText(text, NAMES)).toMatchSnapshot();
  },
);
