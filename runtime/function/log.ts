/** Severities of Cloud Logging that the function uses. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** The kinds of entries, and what each tells. Alerts match these names, as `jsonPayload.<name>`. */
export const LOG_FIELDS = {
  /** One for each sweep that came to its end. */
  sweep: [
    'objects',
    'lines',
    'accepted',
    'adds',
    'deletes',
    'rejected',
    'rejectedByReason',
    'rejectedShare',
    'ignored',
    'omittedIdentities',
    'bytes',
    'vanished',
    'parked',
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
  health: [
    'status',
    'minutesSinceApply',
    'hoursSincePurge',
    'oldestWaitingSeconds',
    'waitingObjects',
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
  /** Absent only where the environment does not tell it. */
  readonly workspace?: string;
} & Readonly<Record<(typeof LOG_FIELDS)[Event][number], LogValue>>;

/** One line of the log. Fields are numbers and codes, never values from delivered rows. */
export type LogEntry = { [Event in LogEvent]: LogEntryOf<Event> }[LogEvent];

export type Log = (entry: LogEntry) => void;

/** Cloud Logging reads a line of JSON on standard output as a structured entry. */
export const writeLog: Log = (entry) => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};
