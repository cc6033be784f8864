import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { ingestFiles } from '../../../runtime/local/ingest-files';
import { findFiles, type FoundFiles, type UnreadPath } from '../../../runtime/local/find-files';
import { ownFiles, stagingDirectoryOf } from '../../../runtime/local/own-files';
import { duckDbDialect } from '../../../runtime/local/duckdb-dialect';
import { UsageError, write, type CommandIo } from '../output/command-io';
import { applySummary, summaryText, type ApplySummary } from '../output/apply-summary';
import { oneLine } from '../output/printable';
import { ProgressLine } from '../output/progress-line';

export interface ApplyOptions {
  readonly database: string;
  /** Print the summary as one JSON object. */
  readonly json: boolean;
}

/**
 * Ingests files, applies their changes and prints a summary on standard output. What cannot be read is named on
 * standard error, one path a line, and does not keep the others back.
 *
 * @throws {UsageError} if none of the paths can be read; the database is not opened then.
 */
export async function apply(
  paths: readonly string[],
  { database, json }: ApplyOptions,
  io: CommandIo,
): Promise<ApplySummary> {
  const unread: UnreadPath[] = [];
  const progress = new ProgressLine(io.stderr);
  const nameUnread = (file: UnreadPath) => {
    unread.push(file);
    progress.clear();
    io.stderr.write(`audience-import: ${oneLine(`${file.path}: ${file.reason}`)}\n`);
  };
  const found = await filesToIngest(paths, database);
  found.unread.forEach(nameUnread);
  const stagingDirectory = isInMemory(database)
    ? await mkdtemp(join(tmpdir(), 'audience-import-'))
    : stagingDirectoryOf(database);
  const warehouse = await DuckDbWarehouse.open(database);
  try {
    let linesRead = 0;
    const report = await ingestFiles(warehouse, found.files, {
      stagingDirectory,
      onLines: (lines) => {
        linesRead += lines;
        progress.show(`${linesRead.toLocaleString('en')} lines read`);
      },
      onUnread: nameUnread,
    });
    progress.show('applying');
    const { appliedRows } = await warehouse.apply();
    const members = await countMembers(warehouse);
    progress.clear();
    const summary = applySummary({ report, found, unread, applied: appliedRows, members });
    const text = json ? `${JSON.stringify(summary)}\n` : summaryText(summary, database);
    await write(io.stdout, text);
    return summary;
  } finally {
    progress.clear();
    warehouse.close();
  }
}

async function filesToIngest(paths: readonly string[], database: string): Promise<FoundFiles> {
  const isOwn = isInMemory(database) ? () => false : await ownFiles(database);
  const found = await findFiles(paths, { isOwn });
  const [first, ...others] = found.unread;
  // The paths were all given wrongly: nothing is created for them.
  if (first && found.files.length === 0 && found.unread.length === paths.length) {
    const more = others.map(({ path, reason }) => `; ${path}: ${reason}`);
    throw new UsageError(`${first.path}: ${first.reason}${more.join('')}`);
  }
  return found;
}

function isInMemory(database: string): boolean {
  return database === ':memory:';
}

async function countMembers(warehouse: DuckDbWarehouse): Promise<number> {
  const { rows } = await warehouse.query(
    `SELECT COUNT(*) AS members FROM ${duckDbDialect.view('memberships')}`,
  );
  for await (const row of rows) return Number(row['members']);
  return 0;
}
