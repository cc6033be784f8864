import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { ingestFiles } from '../../../runtime/local/ingest-files';
import { listFiles } from '../../../runtime/local/files';
import { duckDbDialect } from '../../../runtime/local/duckdb-dialect';
import { UsageError, write, type CommandIo } from '../output/command-io';
import { applySummary, summaryText, type ApplySummary } from '../output/apply-summary';
import { ProgressLine } from '../output/progress-line';

export async function apply(
  paths: readonly string[],
  database: string,
  json: boolean,
  io: CommandIo,
): Promise<ApplySummary> {
  const own = await ownPaths(database);
  const found = (await Promise.all(paths.map(filesAt))).flat();
  const files = found.filter((file) => !own.has(file));
  const warehouse = await DuckDbWarehouse.open(database);
  const progress = new ProgressLine(io.stderr);
  try {
    let linesRead = 0;
    const report = await ingestFiles(warehouse, files, {
      stagingDirectory: own.staging,
      onLines: (lines) => {
        linesRead += lines;
        progress.show(`${linesRead.toLocaleString('en')} lines read`);
      },
    });
    progress.show('applying');
    const { appliedRows } = await warehouse.apply();
    const members = await countMembers(warehouse);
    progress.clear();
    const summary = applySummary(report, appliedRows, members);
    const text = json ? `${JSON.stringify(summary)}\n` : summaryText(summary, database);
    await write(io.stdout, text);
    return summary;
  } finally {
    progress.clear();
    warehouse.close();
  }
}

async function countMembers(warehouse: DuckDbWarehouse): Promise<number> {
  const { rows } = await warehouse.query(
    `SELECT COUNT(*) AS members FROM ${duckDbDialect.view('memberships')}`,
  );
  for await (const row of rows) return Number(row['members']);
  return 0;
}

/** The database and its staging directory: they may lie in a directory that is ingested, and are no deliveries. */
async function ownPaths(database: string) {
  const isInMemory = database === ':memory:';
  const staging = isInMemory
    ? await mkdtemp(join(tmpdir(), 'audience-import-'))
    : `${resolve(database)}.staging`;
  const files = new Set([resolve(database), `${resolve(database)}.wal`]);
  return {
    staging,
    has: (path: string) => files.has(resolve(path)) || resolve(path).startsWith(`${staging}${sep}`),
  };
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`${path}: no such file or directory`);
  if (!found.isDirectory() && !found.isFile()) {
    throw new UsageError(`${path}: neither a file nor a directory`);
  }
  return listFiles(path);
}
