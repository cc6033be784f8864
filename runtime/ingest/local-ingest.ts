import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

import type { DuckDbEngine } from '../engines/duckdb';
import { normalize } from '../normalize/normalize';
import { stagedChange, stagedRejection } from '../warehouse/staged-rows';
import { localObject, type LocalObject } from './local-directory';

/** What ingesting came to; lines = accepted + rejected + ignored. */
export interface IngestCounts {
  /** Objects ingested by this run. */
  objects: number;
  /** Objects that an earlier run had ingested. */
  skippedObjects: number;
  lines: number;
  accepted: number;
  rejected: number;
  /** Documented no-ops: blank lines and the like. */
  ignored: number;
  /** Additional identities that were unusable and left out of an accepted change. */
  omittedIdentities: number;
}

/** Staged rows are loaded whenever their objects reach this size, so that staging needs bounded room. */
const BATCH_BYTES = 256 * 2 ** 20;

/**
 * Ingests local files as landing objects: each generation of each file once, however often it is called.
 *
 * Rows are staged in a temporary directory, and loaded together with the record of their objects in one
 * transaction: a crash leaves either all of a batch or nothing of it, and nothing beside the user's files.
 */
export async function ingestFiles(
  engine: DuckDbEngine,
  paths: readonly string[],
  onProgress: (counts: Readonly<IngestCounts>) => void = () => undefined,
): Promise<IngestCounts> {
  const counts: IngestCounts = {
    objects: 0,
    skippedObjects: 0,
    lines: 0,
    accepted: 0,
    rejected: 0,
    ignored: 0,
    omittedIdentities: 0,
  };
  const staging = await mkdtemp(join(tmpdir(), 'audience-import-'));
  try {
    for await (const batch of newBatches(engine, paths, counts)) {
      const staged = new StagedBatch(staging);
      for (const object of batch) await stageObject(object, staged, counts, onProgress);
      await engine.ingest(await staged.close(), batch);
      counts.objects += batch.length;
      onProgress(counts);
    }
    return counts;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function* newBatches(
  engine: DuckDbEngine,
  paths: readonly string[],
  counts: IngestCounts,
): AsyncGenerator<readonly LocalObject[]> {
  const seen = new Set<string>();
  let batch: LocalObject[] = [];
  let bytes = 0;
  for (const path of paths) {
    const object = await localObject(path);
    const key = `${object.name}\0${object.generation}`;
    if (seen.has(key) || (await engine.isIngested(object))) {
      counts.skippedObjects += 1;
      continue;
    }
    seen.add(key);
    batch.push(object);
    bytes += object.size;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function stageObject(
  object: LocalObject,
  staged: StagedBatch,
  counts: IngestCounts,
  onProgress: (counts: Readonly<IngestCounts>) => void,
): Promise<void> {
  for await (const batch of normalize(createReadStream(object.path), object)) {
    counts.lines += batch.lines;
    counts.accepted += batch.changes.length;
    counts.rejected += batch.rejections.length;
    counts.ignored += batch.ignored;
    counts.omittedIdentities += batch.omittedIdentities;
    await staged.write(
      batch.changes.map((change) => stagedChange(change, object.deliveredAt)).join(''),
      batch.rejections.map((rejection) => stagedRejection(rejection, object.deliveredAt)).join(''),
    );
    onProgress(counts);
  }
}

class StagedBatch {
  private readonly changes: WriteStream;
  private readonly rejections: WriteStream;

  constructor(directory: string) {
    this.changes = createWriteStream(join(directory, 'changes.ndjson'));
    this.rejections = createWriteStream(join(directory, 'rejections.ndjson'));
  }

  async write(changes: string, rejections: string): Promise<void> {
    if (changes !== '' && !this.changes.write(changes)) await once(this.changes, 'drain');
    if (rejections !== '' && !this.rejections.write(rejections)) {
      await once(this.rejections, 'drain');
    }
  }

  async close(): Promise<{ changes: string; rejections: string }> {
    for (const stream of [this.changes, this.rejections]) {
      stream.end();
      await finished(stream);
    }
    return { changes: String(this.changes.path), rejections: String(this.rejections.path) };
  }
}
