import type { RejectionReason } from '../change';
import type { ParkReason } from '../ingest/batch';
import { COUNT_NAMES, countsOf } from '../ingest/counts';
import { WarehouseError } from '../ingest/loader';
import { StoreError, type ObjectGeneration } from '../ingest/stores';
import { SweepError } from '../ingest/sweep';
import type { SweepReport } from '../ingest/sweep-report';
import type { Health } from './health';
import type { Traffic } from './traffic';

/** Severities of Cloud Logging that the function uses. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** The kinds of entries, and the fields of each. Alerts match these names, as `jsonPayload.<name>`. */
export const LOG_FIELDS = {
  /** Logged once per completed sweep. */
  sweep: [
    ...COUNT_NAMES,
    'accepted',
    'rejected',
    'rejectedByReason',
    'rejectedShare',
    'unreadable',
    'batches',
    'stopped',
    'waitingObjects',
    'oldestWaitingSeconds',
    'secondsSinceObject',
    'secondsSinceAdd',
    'secondsSinceDelete',
    'durationMs',
  ],
  sweep_failed: ['step', 'code'],
  object_parked: ['object', 'generation', 'reason'],
  object_broken: ['object', 'generation', 'reason'],
  health: [
    'status',
    'minutesSinceApply',
    'hoursSincePurge',
    'oldestWaitingSeconds',
    'waitingObjects',
    'rowsWithoutIngestedAt',
  ],
  health_failed: ['code'],
  wrong_configuration: [],
} as const;

export type LogEvent = keyof typeof LOG_FIELDS;

type LogValue = number | string | null | Readonly<Record<string, number>>;

/** An entry of one kind: it has all of its fields, and no others. */
export type LogEntryOf<Event extends LogEvent> = {
  readonly severity: Severity;
  readonly event: Event;
  /** For people. */
  readonly message: string;
  /** Absent only where the environment does not say it. */
  readonly workspace?: string;
} & Readonly<Record<(typeof LOG_FIELDS)[Event][number], LogValue>>;

/** One line of the log. Fields are numbers and codes, never values from delivered rows. */
export type LogEntry = { [Event in LogEvent]: LogEntryOf<Event> }[LogEvent];

export type Log = (entry: LogEntry) => void;

/** Cloud Logging reads a line of JSON on standard output as a structured entry. */
export const writeLog: Log = (entry) => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};

/** @param startedAt when the sweep began, in microseconds since 1970-01-01T00:00:00Z, as `now`. */
export function sweepEntry(
  report: SweepReport,
  traffic: Traffic,
  startedAt: number,
  now: number,
): LogEntryOf<'sweep'> {
  const { objects, records, accepted, rejected, oldestWaitingAt } = report;
  const secondsSince = (at = traffic.since) => Math.max(0, Math.round((now - at) / 1e6));
  return {
    severity: severityOf(report),
    event: 'sweep',
    message: `${objects} objects, ${records} records: ${accepted} accepted, ${rejected} rejected`,
    ...countsOf((name) => report[name]),
    accepted,
    rejected,
    rejectedByReason: report.rejectedByReason,
    rejectedShare: records === 0 ? 0 : rejected / records,
    unreadable: report.unreadable,
    batches: report.batches,
    stopped: report.stopped,
    waitingObjects: report.waitingObjects,
    oldestWaitingSeconds: oldestWaitingAt === undefined ? 0 : secondsSince(oldestWaitingAt),
    secondsSinceObject: secondsSince(traffic.objectAt),
    secondsSinceAdd: secondsSince(traffic.addAt),
    secondsSinceDelete: secondsSince(traffic.deleteAt),
    durationMs: Math.round((now - startedAt) / 1000),
  };
}

/** An object that cannot be read waits for a person; a rejected record waits for its sender. */
function severityOf({
  unreadable,
  brokenObjects,
  rejected,
  customTimeObjects,
}: SweepReport): Severity {
  if (unreadable + brokenObjects > 0) return 'ERROR';
  return rejected + customTimeObjects > 0 ? 'WARNING' : 'INFO';
}

export function parkedEntry(
  { name, generation }: ObjectGeneration,
  reason: ParkReason,
): LogEntryOf<'object_parked'> {
  return {
    severity: 'ERROR',
    event: 'object_parked',
    message: `${name}: set aside, because it stops every batch it is in (${reason})`,
    object: name,
    generation,
    reason,
  };
}

export function brokenEntry(
  { name, generation }: ObjectGeneration,
  reason: RejectionReason,
): LogEntryOf<'object_broken'> {
  return {
    severity: 'ERROR',
    event: 'object_broken',
    message: `${name}: cannot be read as a whole, and waits for a person (${reason})`,
    object: name,
    generation,
    reason,
  };
}

/** What is late may catch up; a row that no run sees never does. */
function healthSeverity({ status, rowsWithoutIngestedAt }: Health): Severity {
  if (rowsWithoutIngestedAt > 0) return 'ERROR';
  return status === 'ok' ? 'INFO' : 'WARNING';
}

export function healthEntry(health: Health): LogEntryOf<'health'> {
  return {
    severity: healthSeverity(health),
    event: 'health',
    message: `the import is ${health.status}`,
    ...health,
  };
}

export function sweepFailedEntry(error: unknown): LogEntryOf<'sweep_failed'> {
  const [step, cause] = error instanceof SweepError ? [error.step, error.cause] : ['answer', error];
  return { severity: 'ERROR', event: 'sweep_failed', step, ...codeAndMessage(cause) };
}

export function healthFailedEntry(error: unknown): LogEntryOf<'health_failed'> {
  return { severity: 'ERROR', event: 'health_failed', ...codeAndMessage(error) };
}

/**
 * Errors that this program wraps have safe messages. Any other message may contain row data, so only the stack frame is
 * logged.
 */
function codeAndMessage(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof Error ? error.name : 'unknown';
  const isSafe = error instanceof StoreError || error instanceof WarehouseError;
  return { code, message: isSafe ? error.message : `a defect: ${code} ${firstFrame(error)}` };
}

/** The first frame of the stack. What stands before the frames is the message, which may hold data. */
function firstFrame(error: unknown): string {
  const { message = '', stack = '' } = error instanceof Error ? error : {};
  const start = stack.indexOf(message);
  const frames = start < 0 ? '' : stack.slice(start + message.length);
  return /^\s+at .*$/m.exec(frames)?.[0].trim() ?? '';
}
