import type { RejectionReason } from '../change';
import { parseCells, parseRecords } from '../sources/csv-header';
import type { Line, Place } from './lines';

/** A record, which may span lines: its cells, or why it has none. */
export interface CsvRecord extends Place {
  /** How many lines it spans. */
  readonly lines: number;
  readonly content: readonly string[] | RejectionReason;
}

interface TextLine extends Place {
  readonly text: string;
  /** Why the record that it belongs to cannot be accepted. */
  readonly fault: RejectionReason | undefined;
  readonly hasOddQuotes: boolean;
}

export interface CsvSettings {
  readonly delimiter: string;
  /** Lines before it are records of one line. */
  readonly headerLine: number;
  /** Longest record, in bytes. */
  readonly maxRecordBytes: number;
  /** The text of a line; `undefined` where its bytes are not text. */
  readonly decode: (bytes: Buffer) => string | undefined;
}

/**
 * Joins lines to CSV records: a record goes on over a line break while its quotes are odd in number.
 *
 * Cells are parsed by csv-parse, but not its stream, since that does not find back after a quote that is never
 * closed. Here such a quote costs the line that it stands in: when the record grows beyond the limit, or turns
 * out malformed, its first line is rejected and the next one begins a record. A line with odd quotes ends every
 * record that another began, so each line is looked at twice at most.
 */
export class CsvRecordJoiner {
  /** Lines of the record whose quote is open. */
  private open: TextLine[] = [];
  private openBytes = 0;
  /** Records of one line whose cells are parsed together. */
  private unparsed: TextLine[] = [];
  private records: CsvRecord[] = [];

  constructor(private readonly settings: CsvSettings) {}

  /** The records that end within these lines. */
  push(lines: readonly Line[]): CsvRecord[] {
    for (const line of lines) this.take(line);
    return this.flush();
  }

  /** What is left when no lines follow: a quote that is still open is never closed. */
  end(): CsvRecord[] {
    while (this.open.length > 0) this.giveUp();
    return this.flush();
  }

  private take(line: Line): void {
    if (line.bytes === undefined) {
      while (this.open.length > 0) this.giveUp();
      this.give(line, 1, 'line_too_long');
      return;
    }
    const decoded = this.settings.decode(line.bytes);
    const text = decoded ?? line.bytes.toString('latin1');
    this.join({
      number: line.number,
      byteOffset: line.byteOffset,
      text,
      fault: decoded === undefined ? 'not_utf8' : text.includes('\0') ? 'not_text' : undefined,
      hasOddQuotes: hasOddQuotes(text),
    });
  }

  private join(line: TextLine): void {
    const { delimiter, headerLine, maxRecordBytes } = this.settings;
    if (this.open.length === 0) {
      if (line.hasOddQuotes && line.number >= headerLine) this.hold(line);
      else if (line.fault) this.give(line, 1, line.fault);
      else this.unparsed.push(line);
      return;
    }
    if (this.openBytes + line.text.length > maxRecordBytes) {
      this.giveUp();
      this.join(line);
      return;
    }
    this.hold(line);
    if (!line.hasOddQuotes) return;
    const [first = line] = this.open;
    const cells = parseCells(this.open.map(({ text }) => text).join('\n'), delimiter);
    if (cells === undefined) {
      this.giveUp();
      return;
    }
    const fault = this.open.find((part) => part.fault)?.fault;
    this.give(first, this.open.length, fault ?? cells);
    this.open = [];
    this.openBytes = 0;
  }

  private hold(line: TextLine): void {
    this.open.push(line);
    this.openBytes += line.text.length + 1;
  }

  /** The first line of the open record is rejected; the others begin again. */
  private giveUp(): void {
    const [first, ...others] = this.open;
    this.open = [];
    this.openBytes = 0;
    if (first) this.give(first, 1, first.fault ?? 'csv_malformed');
    for (const line of others) this.join(line);
  }

  private give({ number, byteOffset }: Place, lines: number, content: CsvRecord['content']): void {
    this.parseLines();
    this.records.push({ number, byteOffset, lines, content });
  }

  private flush(): CsvRecord[] {
    this.parseLines();
    const { records } = this;
    this.records = [];
    return records;
  }

  /** One call of csv-parse for many records takes a quarter of the time of one for each. */
  private parseLines(): void {
    if (this.unparsed.length === 0) return;
    const lines = this.unparsed;
    this.unparsed = [];
    const { delimiter, headerLine } = this.settings;
    const quoted = lines.filter(({ text }) => text.includes('"'));
    const parsed = parseRecords(quoted.map(({ text }) => text).join('\n'), delimiter);
    const together = parsed?.length === quoted.length ? parsed : undefined;
    let next = 0;
    for (const { number, byteOffset, text } of lines) {
      let cells: string[] | undefined;
      if (!text.includes('"')) cells = text.split(delimiter);
      else if (together) cells = together[next++];
      else cells = parseCells(text, delimiter);
      if (number < headerLine) cells ??= [text];
      this.records.push({ number, byteOffset, lines: 1, content: cells ?? 'csv_malformed' });
    }
  }
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}
