/** Severities of Cloud Logging that the function uses. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** One line of the log. Fields are numbers and codes, never values from delivered rows: alerts match them. */
export interface LogEntry {
  readonly severity: Severity;
  /** Tells the kinds of entries apart. */
  readonly event: 'sweep' | 'sweep_failed' | 'object_parked' | 'health' | 'wrong_configuration';
  /** For people. */
  readonly message: string;
  readonly [field: string]: unknown;
}

export type Log = (entry: LogEntry) => void;

/** Cloud Logging reads a line of JSON on standard output as a structured entry. */
export const writeLog: Log = (entry) => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};
