import * as z from 'zod/mini';

import { REJECTION_REASONS, type RejectionReason } from '../change';
import { PARK_REASONS, type Batch } from './batch';
import { countsOf } from './counts';
import { MANIFEST_NAME } from './staging-names';
import { StoreError, type ObjectGeneration, type StagingStore } from './stores';

const count = z.int().check(z.nonnegative());

const landingObject = z.object({
  name: z.string(),
  generation: z.string(),
  createdAt: count,
  size: count,
  customTimeAt: z.exactOptional(z.int()),
  path: z.exactOptional(z.string()),
});

const reason = z.enum(Object.keys(REJECTION_REASONS) as [RejectionReason, ...RejectionReason[]]);

const stagedTable = z.object({
  object: z.exactOptional(z.string()),
  rows: count,
  attempt: count,
});

const counts = z.object({
  // A manifest of an earlier version lacks the counts that were added since.
  ...countsOf(() => z._default(count, 0)),
  rejectedByReason: z.record(z.string(), count),
});

const park = z.exactOptional(z.enum(PARK_REASONS));

const batch: z.ZodMiniType<Batch> = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{16,64}$/)),
  stagedGroups: count,
  waiting: z.array(
    z.object({
      objects: z.array(landingObject),
      lostSweeps: count,
      park,
      changesLoaded: z.exactOptional(z.literal(true)),
    }),
  ),
  staged: z.exactOptional(
    z.object({
      objects: z.array(landingObject),
      broken: z.array(z.object({ object: landingObject, reason })),
      park,
      changes: stagedTable,
      rejections: stagedTable,
      counts,
    }),
  ),
});

/** The manifest as it was read or written: what is written next must follow on this generation. */
export interface Manifest {
  readonly generation: string;
  readonly batch: Batch;
}

/**
 * The file that keeps the batch under way, the write-ahead record of every step. While it exists, no other batch is
 * opened. Each change of it follows on the generation that was read, so that of two sweeps one is first, and the
 * other sees it.
 */
export class ManifestFile {
  constructor(private readonly staging: StagingStore) {}

  /** @throws {StoreError} when something else has written there. */
  async read(): Promise<Manifest | undefined> {
    const found = await this.staging.find(MANIFEST_NAME);
    if (!found) return undefined;
    const read = parseBatch(found.text, this.staging.locate(MANIFEST_NAME));
    return { generation: found.generation, batch: read };
  }

  /** @throws {ObjectChangedError} when another sweep has opened a batch. */
  async create(opened: Batch): Promise<Manifest> {
    return this.write(opened, undefined);
  }

  /** @throws {ObjectChangedError} when another sweep was first. */
  async replace({ generation }: Manifest, next: Batch): Promise<Manifest> {
    return this.write(next, { name: MANIFEST_NAME, generation });
  }

  /** @throws {ObjectChangedError} when another sweep was first. */
  async remove({ generation }: Manifest): Promise<void> {
    await this.staging.remove({ name: MANIFEST_NAME, generation });
  }

  private async write(next: Batch, known: ObjectGeneration | undefined): Promise<Manifest> {
    const text = JSON.stringify(next);
    return { batch: next, generation: await this.staging.replace(MANIFEST_NAME, text, known) };
  }
}

/**
 * What version 0.1.0 called fields otherwise, or lacked. A release that is deployed while a batch is under way finds
 * that batch, and finishes it.
 */
function fromEarlierVersion(given: unknown): unknown {
  if (!isRecord(given) || !('stagings' in given)) return given;
  const { stagings, waiting, staged, ...others } = given;
  const groups: readonly unknown[] = Array.isArray(waiting) ? waiting : [];
  return {
    ...others,
    stagedGroups: stagings,
    waiting: groups.map((group) =>
      isRecord(group) ? { ...group, lostSweeps: group['begun'] } : group,
    ),
    ...(isRecord(staged) ? { staged: { ...staged, broken: [] } } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseBatch(text: string, location: string): Batch {
  try {
    return batch.parse(fromEarlierVersion(JSON.parse(text)));
  } catch {
    throw new StoreError(
      `${location}: no manifest of this program; see "a broken manifest" in docs/ingest.md`,
    );
  }
}
