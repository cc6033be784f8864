import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** The streams a command talks to: standard output stays clean for pipes, all else goes to standard error. */
export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Writes and waits while the reader is slower than we are, so that memory stays flat. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
