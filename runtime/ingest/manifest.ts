import * as z from 'zod/mini';

import { MANIFEST_NAME } from './staging-names';
import { StoreError, type LandingObject, type StagingStore } from './stores';

const count = z.int().check(z.nonnegative());

const landingObject = z.object({
  name: z.string(),
  generation: z.string(),
  createdAt: count,
  size: count,
  path: z.exactOptional(z.string()),
});

const stagedTable = z.object({
  /** Name of the staged object; absent where there is nothing to load. */
  object: z.exactOptional(z.string()),
  rows: count,
  /** Which attempt at loading it is under way; raised once the one before is known to have failed. */
  attempt: count,
});

/** What staging a group came to. */
const counts = z.object({
  objects: count,
  lines: count,
  adds: count,
  deletes: count,
  rejectedByReason: z.record(z.string(), count),
  ignored: count,
  omittedIdentities: count,
  bytes: count,
  vanished: count,
  parked: count,
});

/** Why an object is set aside: its rows, its content, or its mere reading stops every batch. */
const parkReason = z.enum(['load_refused', 'unreadable_content', 'ends_the_sweep']);

const group = z.object({
  objects: z.array(landingObject),
  /** How often a sweep began to stage the group and was not heard of again. */
  begun: count,
  /** Why the only object of the group is not read but parked. */
  park: z.exactOptional(parkReason),
  /** The group's changes are in the log already: only its rejections are staged again. */
  changesLoaded: z.exactOptional(z.literal(true)),
});

const manifest = z.object({
  /** Begins the name of every load job and staged object of the batch. */
  id: z.string().check(z.regex(/^[0-9a-f]{16,64}$/)),
  /** How many groups have been staged: tells their load jobs apart. */
  stagings: count,
  /** Groups of objects still to be staged, the next one first. */
  waiting: z.array(group),
  /** The group whose rows are staged: they are loaded, then its objects are marked. */
  staged: z.exactOptional(
    z.object({
      objects: z.array(landingObject),
      park: z.exactOptional(parkReason),
      changes: stagedTable,
      rejections: stagedTable,
      counts,
    }),
  ),
});

export type Manifest = z.infer<typeof manifest>;
export type Group = z.infer<typeof group>;
export type ParkReason = z.infer<typeof parkReason>;
export type StagedGroup = NonNullable<Manifest['staged']>;
export type StagedTable = z.infer<typeof stagedTable>;
export type StagedCounts = z.infer<typeof counts>;

/** The manifest as it was read or written: what is written next must follow on this generation. */
export interface OpenManifest {
  readonly generation: string;
  readonly content: Manifest;
}

/**
 * The write-ahead record of the batch under way. Each change of it follows on the generation that was read, so
 * that of two sweeps one is first, and the other sees it.
 */
export class ManifestSlot {
  constructor(private readonly staging: StagingStore) {}

  async find(): Promise<OpenManifest | undefined> {
    const found = await this.staging.find(MANIFEST_NAME);
    if (!found) return undefined;
    const content = parsedManifest(found.text, this.staging.locate(MANIFEST_NAME));
    return { generation: found.generation, content };
  }

  /** @throws {ObjectChangedError} when another sweep has opened one. */
  async open(id: string, objects: readonly LandingObject[]): Promise<OpenManifest> {
    const content = { id, stagings: 0, waiting: [{ objects: [...objects], begun: 1 }] };
    return this.write(content, undefined);
  }

  /** @throws {ObjectChangedError} when another sweep was first. */
  async update(current: OpenManifest, content: Manifest): Promise<OpenManifest> {
    return this.write(content, { name: MANIFEST_NAME, generation: current.generation });
  }

  /** @throws {ObjectChangedError} when another sweep was first. */
  async close(current: OpenManifest): Promise<void> {
    await this.staging.remove({ name: MANIFEST_NAME, generation: current.generation });
  }

  private async write(
    content: Manifest,
    known: { name: string; generation: string } | undefined,
  ): Promise<OpenManifest> {
    const text = JSON.stringify(content);
    return { content, generation: await this.staging.replace(MANIFEST_NAME, text, known) };
  }
}

function parsedManifest(text: string, place: string): Manifest {
  try {
    return manifest.parse(JSON.parse(text));
  } catch {
    throw new StoreError(
      `${place}: no manifest of this program; see "a broken manifest" in docs/ingest.md`,
    );
  }
}
