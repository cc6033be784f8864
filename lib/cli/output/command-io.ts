import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Standard output carries the result alone, so that it can be piped; everything else goes to standard error. */
export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/**
 * The command cannot do what the user asked for. The message is one line that names the place and what was
 * expected there; the command ends with exit code 2 and no stack trace.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Writes, and waits while the reader is slower than the command, so that memory stays flat. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
