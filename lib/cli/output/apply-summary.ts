import { REJECTION_REASONS, type RejectionReason } from '../../../runtime/change';
import type { SweepReport } from '../../../runtime/ingest/sweep-report';
import type { FoundFiles, UnreadPath } from '../../../runtime/local/find-files';

/** The `--json` output of `apply`; records = accepted + rejected + ignored. */
export interface ApplySummary {
  /** Objects that this run read. */
  readonly objects: number;
  /** Objects that an earlier run had read. */
  readonly skippedObjects: number;
  /** Files and directories whose names begin with a dot; they are left out. */
  readonly hidden: number;
  /** Links to a file that was read under another name. */
  readonly otherNames: number;
  /** Paths that cannot be read, each with the reason. */
  readonly unread: readonly UnreadPath[];
  /** Objects that cannot be read as a whole; each is one rejected record. */
  readonly brokenObjects: number;
  /** What may become a change: a JSON line, a CSV record, one audience of a message. */
  readonly records: number;
  /** Lines of the objects, inflated. */
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Rejections by reason code; the codes are in docs/reference.md. */
  readonly rejectedByReason: Readonly<Record<string, number>>;
  readonly ignored: number;
  /** Additional identities that were unusable and left out of an accepted change. */
  readonly omittedIdentities: number;
  /** Audience names that were unusable and left out of an accepted change. */
  readonly omittedNames: number;
  /** Memberships that this run changed. */
  readonly applied: number;
  /** Current members, counted once per audience. */
  readonly members: number;
}

interface ApplyOutcome {
  readonly report: SweepReport;
  readonly found: Pick<FoundFiles, 'hidden' | 'otherNames'>;
  readonly unread: readonly UnreadPath[];
  readonly applied: number;
  readonly members: number;
}

export function applySummary(outcome: ApplyOutcome): ApplySummary {
  const { report, found, unread, applied, members } = outcome;
  return {
    objects: report.objects,
    skippedObjects: report.alreadyIngested ?? 0,
    hidden: found.hidden,
    otherNames: found.otherNames,
    unread,
    brokenObjects: report.brokenObjects,
    records: report.records,
    lines: report.lines,
    accepted: report.accepted,
    rejected: report.rejected,
    rejectedByReason: report.rejectedByReason,
    ignored: report.ignored,
    omittedIdentities: report.omittedIdentities,
    omittedNames: report.omittedNames,
    applied,
    members,
  };
}

/** The summary for people: what came in, why some of it did not, and where to look. */
export function summaryText(summary: ApplySummary, database: string): string {
  const { objects, skippedObjects, brokenObjects, records, accepted, rejected, ignored } = summary;
  const { applied, members } = summary;
  const broken = brokenObjects === 0 ? '' : `, ${number(brokenObjects)} broken`;
  return `${counted(objects, 'new object')}${broken}, ${number(skippedObjects)} ingested before${leftOutText(summary)}
${counted(records, 'record')} = ${number(accepted)} accepted${omittedText(summary)} + ${number(rejected)} rejected + ${number(ignored)} ignored
${rejectionText(summary, database)}${counted(applied, 'membership')} changed, ${counted(members, 'member')} now
`;
}

function omittedText({ omittedIdentities, omittedNames }: ApplySummary): string {
  const parts = [
    ...(omittedIdentities === 0
      ? []
      : [counted(omittedIdentities, 'unusable identity', 'unusable identities')]),
    ...(omittedNames === 0 ? [] : [counted(omittedNames, 'unusable audience name')]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(' and ')} left out)`;
}

function leftOutText({ hidden, otherNames, unread }: ApplySummary): string {
  const parts = [
    [hidden, `${number(hidden)} hidden left out`],
    [otherNames, `${counted(otherNames, 'link')} to files under other names left out`],
    [unread.length, `${number(unread.length)} not read`],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([, text]) => `, ${text}`)
    .join('');
}

/** One line for each reason, the most frequent first, and the command that shows each rejection. */
function rejectionText({ rejectedByReason }: ApplySummary, database: string): string {
  const reasons = Object.entries(rejectedByReason).sort(
    ([reason, count], [otherReason, otherCount]) =>
      otherCount - count || reason.localeCompare(otherReason),
  );
  if (reasons.length === 0) return '';
  const width = Math.max(...reasons.map(([, count]) => number(count).length));
  const listed = reasons.map(
    ([reason, count]) =>
      `  ${number(count).padStart(width)} ${reason}: ${REJECTION_REASONS[reason as RejectionReason].text}\n`,
  );
  const where =
    database === ':memory:'
      ? ''
      : `  Where: audience-import show rejected_changes --database ${shellWord(database)}\n`;
  return `${listed.join('')}${where}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** A path that can be pasted into a shell. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
