import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { canonicalLine } from '../../../runtime/normalize/canonical-line';
import { normalize } from '../../../runtime/normalize/normalize';
import type { DeliveredObject } from '../../../runtime/normalize/delivered-object';
import type { Rejection } from '../../../runtime/change';
import { UsageError, write, type CommandIo } from '../output/command-io';

/**
 * Prints the changes of one delivered file on standard output, and its rejections on standard error.
 *
 * @param file a path, or `-` for standard input.
 * @param name the object's name, where it is not that of the file.
 * @returns the number of rejections.
 */
export async function normalizeFile(
  file: string,
  name: string | undefined,
  io: CommandIo,
): Promise<number> {
  const object = await deliveredObject(file, name);
  const bytes = file === '-' ? io.stdin : createReadStream(file);
  let rejections = 0;
  for await (const batch of normalize(bytes as AsyncIterable<Uint8Array>, object)) {
    const rejected = batch.broken ? [batch.broken] : batch.rejections;
    rejections += rejected.length;
    if (batch.changes.length > 0) {
      await write(io.stdout, batch.changes.map(canonicalLine).join(''));
    }
    if (rejected.length > 0) await write(io.stderr, rejected.map(rejectionLine).join(''));
  }
  return rejections;
}

async function deliveredObject(file: string, name: string | undefined): Promise<DeliveredObject> {
  if (file === '-') {
    return { name: name ?? 'standard-input', generation: '0', deliveredAt: Date.now() * 1000 };
  }
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new UsageError(`${file}: no such file`);
  if (found.isDirectory()) throw new UsageError(`${file}: a directory; normalize reads one file`);
  return {
    name: name ?? basename(file),
    generation: '0',
    deliveredAt: Math.floor(found.mtimeMs * 1000),
  };
}

function rejectionLine({ source, byteOffset, reason, field }: Rejection): string {
  const { object, line } = source;
  return `${JSON.stringify({ object, line, byteOffset, reason, field: field ?? null })}\n`;
}
