import type { CommandIo } from './command-io';

const REDRAW_MILLIS = 100;

/** One line that is redrawn in place; writes nothing if standard error is not a terminal. */
export class ProgressLine {
  private lastDrawn = 0;

  constructor(private readonly stream: CommandIo['stderr']) {}

  show(text: string): void {
    if (!this.stream.isTTY || Date.now() - this.lastDrawn < REDRAW_MILLIS) return;
    this.lastDrawn = Date.now();
    this.stream.write(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.lastDrawn > 0) this.stream.write('\r\u001b[K');
    this.lastDrawn = 0;
  }
}
