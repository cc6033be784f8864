import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ALERT_IDS } from '../lib/monitoring/alert-definitions';
import { REJECTION_REASONS } from '../runtime/change';
import { DuckDbWarehouse } from '../runtime/local/duckdb';
import { GoogleSqlAnalyzer } from '../docs/tools/google-sql-analyzer';
import { appendToLog, rowsOf } from './support/data/log';
import { anchorsOf } from './support/data/markdown';
import { filterFaults } from './support/stacks/monitoring-filter';

const docs = join(__dirname, '..', 'docs');
const read = (page: string) => readFileSync(join(docs, page), 'utf8');
const runbook = read('runbook.md');

/** The code of every fence of a language, without the indentation of the list around it. */
function fences(language: string): string[] {
  const pattern = new RegExp('^( *)```' + language + '\\n([\\s\\S]*?)^ *```$', 'gm');
  return [...runbook.matchAll(pattern)].map(([, indent = '', code = '']) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

const anchors = (page: string) => anchorsOf(read(page));

test('Every alert and each of the four symptoms has a section', () => {
  expect(anchors('runbook.md')).toEqual(
    expect.arrayContaining([
      ...ALERT_IDS,
      'audiences-do-not-appear',
      'membership-is-not-updating',
      'users-are-not-matched',
      'deletion-does-not-work',
    ]),
  );
});

test('Every link of the runbook leads to a page and a heading that exist', () => {
  const links = [...runbook.matchAll(/\]\(([\w.-]*)(?:#([\w-]+))?\)/g)];
  expect(links.length).toBeGreaterThan(20);
  for (const [link, page = '', anchor] of links) {
    const target = page === '' ? 'runbook.md' : page;
    expect([link, existsSync(join(docs, target))]).toEqual([link, true]);
    if (anchor !== undefined) expect(anchors(target)).toContain(anchor);
  }
});

describe('queries', () => {
  const queries = fences('sql');

  test('The tests below read every query of the runbook', () => {
    expect(queries).toHaveLength(runbook.split('```sql').length - 1);
  });

  describe('for Google’s SQL front end', () => {
    let analyzer: GoogleSqlAnalyzer;
    beforeAll(async () => {
      analyzer = await GoogleSqlAnalyzer.start();
    });
    afterAll(() => {
      GoogleSqlAnalyzer.stop();
    });

    test.each(queries)('The front end accepts: %s', async (query) => {
      await expect(analyzer.analyze(query)).resolves.toBeDefined();
    });

    test('The front end rejects a column that does not exist', async () => {
      const wrong = 'SELECT reasons FROM `my-project.core.rejected_changes`';
      await expect(analyzer.analyze(wrong)).rejects.toThrow('reasons');
    });
  });

  describe('on a workspace with a member, a tombstone and a rejection', () => {
    const hour = 3_600_000_000;
    const now = Date.now() * 1000;
    let engine: DuckDbWarehouse;
    beforeAll(async () => {
      engine = await DuckDbWarehouse.open(':memory:');
      const user = '-1327484737295091692';
      const identities = [{ type: 'customer_id', value: 'C-1' }];
      const change = {
        user,
        name: 'Sports',
        ingestedAt: now - 2 * hour,
        changedAt: now - 3 * hour,
      };
      await appendToLog(engine, [
        { ...change, audience: '10021', add: true, identities },
        { ...change, audience: '10022', add: false },
      ]);
      await engine.purge();
      await rowsOf(
        engine,
        `INSERT INTO core.rejected_changes (
           source_object, source_generation, source_line, byte_offset, reason, field, delivered_at, ingested_at
         )
         VALUES ('object', '1', 7, 100, 'mpid_missing', 'mpid', now(), now()),
           ('broken', '1', 1, 0, 'gzip_broken', NULL, now(), now())`,
      );
    });
    afterAll(() => {
      engine.close();
    });

    test.each(queries)('The query returns rows: %s', async (query) => {
      const sql = query.replaceAll(/`my-project\.(\w+\.\w+)`/g, '$1');
      expect(await rowsOf(engine, sql)).not.toEqual([]);
    });
  });
});

test('The query of broken objects names exactly the reasons that an object is broken for', async () => {
  const query = fences('sql').find((sql) => sql.includes("LIKE 'is%'")) ?? '';
  const engine = await DuckDbWarehouse.open(':memory:');
  const values = Object.keys(REJECTION_REASONS)
    .map((reason) => `('${reason}', '1', 1, 0, '${reason}', NULL, now(), now())`)
    .join();
  await rowsOf(
    engine,
    `INSERT INTO core.rejected_changes (
       source_object, source_generation, source_line, byte_offset, reason, field, delivered_at, ingested_at
     ) VALUES ${values}`,
  );
  const found = await rowsOf(engine, query.replaceAll(/`my-project\.(\w+\.\w+)`/g, '$1'));
  engine.close();
  const breaking = Object.entries(REJECTION_REASONS).filter(([, { ends }]) => ends === 'object');
  expect(found.map((row) => row['reason']).sort()).toEqual(breaking.map(([code]) => code).sort());
});

describe('commands', () => {
  /** Runs all commands in one shell, in which `gcloud` and `bq` print their arguments. */
  const calls = execFileSync(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      [
        'called() { printf "%s\\x1f" "$@"; printf "\\n"; }',
        'gcloud() { called gcloud "$@"; }',
        // Takes in what is piped to it, or the writer of the pipe would fail.
        'bq() { called bq "$@"; if [ "$1" = query ]; then cat > /dev/null; fi; }',
        ...fences('sh'),
      ].join('\n'),
    ],
    { encoding: 'utf8' },
  )
    .trimEnd()
    .split('\n')
    .map((call) => call.split('\x1f').slice(0, -1));

  test('Every command of the runbook runs as it is written', () => {
    expect(fences('sh')).toHaveLength(runbook.split('```sh').length - 1);
    expect(calls.length).toBeGreaterThan(25);
    expect(calls.flat()).not.toContain('');
  });

  test('The runbook uses known commands only', () => {
    const known = [
      'bq ls --transfer_config',
      'bq ls --transfer_run',
      'bq mk --transfer_run',
      'bq query',
      'bq show',
      'gcloud logging read',
      'gcloud run services',
      'gcloud scheduler jobs',
      'gcloud storage buckets',
      'gcloud storage cat',
      'gcloud storage ls',
      'gcloud storage rm',
    ];
    const used = new Set(
      calls.map((call) =>
        call
          .slice(0, 3)
          .join(' ')
          .replace(/ --(?!tr).*/, ''),
      ),
    );
    expect([...used].sort()).toEqual(known);
  });

  test('The filters of the runbook name fields that the function writes', () => {
    const filters = calls
      .filter(([, group]) => group === 'logging')
      .map((call) => call.find((argument) => argument.startsWith('resource.type')) ?? '');
    expect(filters.length).toBeGreaterThan(8);
    expect(filters.flatMap(filterFaults)).toEqual([]);
  });

  test('No command of the runbook has a placeholder left', () => {
    for (const argument of calls.flat()) expect(argument).not.toMatch(/\$|[<>]{2}|…/);
  });
});
