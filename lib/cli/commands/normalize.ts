import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Rejection } from '../../../runtime/change';
import { canonicalLine } from '../../../runtime/normalize/canonical-line';
import { peek } from '../../../runtime/normalize/chunks';
import type { DeliveredObject } from '../../../runtime/normalize/delivered-object';
import { isGzip } from '../../../runtime/normalize/inflate';
import { normalize } from '../../../runtime/normalize/normalize';
import { UsageError, write, type CommandIo } from '../output/command-io';

/**
 * Prints the changes of one delivered file on standard output, and its rejections on standard error. Of a file
 * that is broken as a whole, nothing but that is printed: a gzip stream has its checksum at the end, so it is
 * read once before its changes are printed. Standard input is kept in a temporary file for that, if it is gzip.
 *
 * @param file a path, or `-` for standard input.
 * @param name the object's name, where it is not that of the file.
 * @returns the number of rejected records.
 */
export async function normalizeFile(
  file: string,
  name: string | undefined,
  io: CommandIo,
): Promise<number> {
  const object = await deliveredObject(file, name);
  if (file !== '-') return printProven(() => readFile(file), object, io);
  const { head, whole } = await peek(io.stdin as AsyncIterable<Uint8Array>, 3);
  if (!isGzip(head)) return printChanges(whole, object, io);
  const directory = await mkdtemp(join(tmpdir(), 'audience-import-'));
  try {
    const copy = join(directory, 'standard-input');
    await pipeline(whole, createWriteStream(copy, { mode: 0o600 }));
    return await printProven(() => createReadStream(copy), object, io);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** An error of reading names no file, other than one of opening. */
async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

async function printProven(
  open: () => AsyncIterable<Uint8Array>,
  object: DeliveredObject,
  io: CommandIo,
): Promise<number> {
  const { head, whole } = await peek(open(), 3);
  if (!isGzip(head)) return printChanges(whole, object, io);
  let broken: Rejection | undefined;
  for await (const batch of normalize(whole, object)) broken = batch.broken;
  if (!broken) return printChanges(open(), object, io);
  await write(io.stderr, rejectionLine(broken));
  return 1;
}

async function printChanges(
  bytes: AsyncIterable<Uint8Array>,
  object: DeliveredObject,
  io: CommandIo,
): Promise<number> {
  let rejected = 0;
  for await (const batch of normalize(bytes, object)) {
    const rejections = batch.broken ? [batch.broken] : batch.rejections;
    rejected += rejections.reduce((sum, { records = 1 }) => sum + records, 0);
    if (batch.changes.length > 0) {
      await write(io.stdout, batch.changes.map(canonicalLine).join(''));
    }
    if (rejections.length > 0) await write(io.stderr, rejections.map(rejectionLine).join(''));
  }
  return rejected;
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

function rejectionLine({ source, byteOffset, reason, field, records }: Rejection): string {
  const { object, line } = source;
  const stated = { object, line, byteOffset, reason, field: field ?? null };
  return `${JSON.stringify(records === undefined ? stated : { ...stated, records })}\n`;
}
