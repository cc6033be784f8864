import { stat } from 'node:fs/promises';

import { DuckDbEngine, ingestFiles, listFiles, type SweepReport } from '../../../runtime';
import { write, type CommandIo } from '../command-io';
import { ProgressLine } from '../progress-line';
import { UsageError } from '../usage-error';

/** The `--json` output of `apply`. */
export interface ApplySummary {
  readonly objects: number;
  readonly skippedObjects: number;
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly ignored: number;
  /** Memberships that this run changed. */
  readonly applied: number;
  /** Current members, counted once per audience. */
  readonly members: number;
}

export async function apply(
  paths: readonly string[],
  database: string,
  json: boolean,
  io: CommandIo,
): Promise<ApplySummary> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const engine = await DuckDbEngine.open(database);
  const progress = new ProgressLine(io.stderr);
  try {
    let linesRead = 0;
    const report = await ingestFiles(engine, files, {
      stagingDirectory: `${database}.staging`,
      onLines: (lines) => {
        linesRead += lines;
        progress.show(`${linesRead.toLocaleString('en')} lines read`);
      },
    });
    progress.show('applying');
    const { appliedRows } = await engine.apply();
    const { rows } = await engine.query('SELECT COUNT(*) AS members FROM published.memberships');
    let members = 0;
    for await (const row of rows) members = Number(row['members']);
    progress.clear();
    const summary = summaryOf(report, appliedRows, members);
    await write(io.stdout, json ? `${JSON.stringify(summary)}\n` : summaryText(summary, report));
    return summary;
  } finally {
    progress.clear();
    engine.close();
  }
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`${path}: no such file or directory`);
  if (!found.isDirectory() && !found.isFile()) {
    throw new UsageError(`${path}: neither a file nor a directory`);
  }
  return listFiles(path);
}

function summaryOf(report: SweepReport, applied: number, members: number): ApplySummary {
  const { objects, lines, accepted, rejected, ignored } = report;
  const skippedObjects = report.markedBefore ?? 0;
  return { objects, skippedObjects, lines, accepted, rejected, ignored, applied, members };
}

function summaryText(summary: ApplySummary, report: SweepReport): string {
  const number = (value: number) => value.toLocaleString('en');
  const omitted =
    report.omittedIdentities > 0
      ? ` (${number(report.omittedIdentities)} unusable identities left out)`
      : '';
  return `${number(summary.objects)} new objects, ${number(summary.skippedObjects)} ingested before
${number(summary.lines)} lines = ${number(summary.accepted)} accepted${omitted} + ${number(summary.rejected)} rejected + ${number(summary.ignored)} ignored
${number(summary.applied)} memberships changed, ${number(summary.members)} members now
`;
}
