import { WarehouseError, type LoadJob, type LoadState, type LoadTarget } from './loader';
import { LOAD_POLL_MILLIS, MAX_LOAD_ATTEMPTS_PER_SWEEP } from './limits';
import type { ManifestSlot, OpenManifest, StagedTable } from './manifest';
import { emptyObjectName } from './staging-names';
import { ObjectChangedError, type StagingStore } from './stores';

export interface LoadContext {
  readonly target: LoadTarget;
  readonly staging: StagingStore;
  readonly slot: ManifestSlot;
  readonly hasTime: () => boolean;
  readonly sleep: (millis: number) => Promise<void>;
}

export type LoadOutcome =
  | { readonly outcome: 'loaded' | 'running'; readonly manifest: OpenManifest }
  /** The warehouse refuses these rows, and takes others: one of the group's objects is the cause. */
  | { readonly outcome: 'refused'; readonly manifest: OpenManifest }
  /** The staged rows, or the table, are not there. */
  | {
      readonly outcome: 'missing';
      readonly manifest: OpenManifest;
      readonly changesLoaded: boolean;
      readonly error: WarehouseError;
    };

/** The changes come first: were they refused after the rejections are in, the rejections would come twice. */
const TABLES = [
  { part: 'changes', table: 'membership_changes' },
  { part: 'rejections', table: 'rejected_changes' },
] as const;

type TablePart = (typeof TABLES)[number];

/**
 * Loads the staged rows, each table exactly once.
 *
 * The id of a job is made of the manifest, the staging and the attempt: asking again for the same rows is
 * asking for the same job. The next attempt has its id written down before it is made, and only once the one
 * before is known to have failed. Source: Google's recipe for retried job insertions
 * (https://cloud.google.com/bigquery/docs/reliability-intro).
 *
 * @throws {WarehouseError} when the load fails for another reason than the rows, or loads other than was staged.
 */
export async function loadStaged(
  manifest: OpenManifest,
  context: LoadContext,
): Promise<LoadOutcome> {
  let current = manifest;
  for (const part of TABLES) {
    const loaded = await loadTable(current, part, context);
    if (loaded.outcome !== 'loaded') return loaded;
    current = loaded.manifest;
  }
  return { outcome: 'loaded', manifest: current };
}

async function loadTable(
  manifest: OpenManifest,
  part: TablePart,
  context: LoadContext,
): Promise<LoadOutcome> {
  let current = manifest;
  for (let failures = 0; ;) {
    const staged = stagedPart(current, part);
    const job = jobFor(current, part, context.staging);
    if (!job) return { outcome: 'loaded', manifest: current };
    const state = await settled(job, context);
    if (state.state === 'running') return { outcome: 'running', manifest: current };
    if (state.state === 'loaded') {
      requireSameRows(job, staged, state.rows);
      return { outcome: 'loaded', manifest: current };
    }
    if (state.blame === 'rows') return refusal(job, state.reason, current, part, context);
    if (state.blame === 'missing') {
      const error = new WarehouseError(`load job ${job.id} failed: ${state.reason}`);
      const changesLoaded = part.part === 'rejections';
      return { outcome: 'missing', manifest: current, changesLoaded, error };
    }
    failures += 1;
    current = await withNextAttempt(current, part, context.slot);
    if (failures === MAX_LOAD_ATTEMPTS_PER_SWEEP) {
      throw new WarehouseError(`load job ${job.id} failed: ${state.reason}`);
    }
    await context.sleep(LOAD_POLL_MILLIS.first * 4 ** failures);
  }
}

/** The job's state once it is settled, or `running` when there is no time left to wait for it. */
async function settled(job: LoadJob, context: LoadContext): Promise<LoadState> {
  let state = await context.target.start(job);
  let pause: number = LOAD_POLL_MILLIS.first;
  while (state.state === 'running' && context.hasTime()) {
    await context.sleep(pause);
    pause = Math.min(pause * 2, LOAD_POLL_MILLIS.longest);
    state = await context.target.stateOf(job);
  }
  return state;
}

/**
 * Rows were refused. Whether they or the table are to blame is shown by a load of no rows at the same time: a
 * table that refuses that one too has the wrong schema, and no object is at fault. The rows of rejections are
 * this program's own; if they are refused, the table is to blame.
 *
 * @throws {WarehouseError} when the table is to blame; the next sweep makes another attempt.
 */
async function refusal(
  job: LoadJob,
  reason: string,
  manifest: OpenManifest,
  part: TablePart,
  context: LoadContext,
): Promise<LoadOutcome> {
  let fault = `load job ${job.id}: ${part.table} refuses the rows: ${reason}`;
  if (part.part === 'changes') {
    const control = { ...job, id: `${job.id}_control`, source: await noRows(manifest, context) };
    const state = await settled(control, context);
    if (state.state === 'running') return { outcome: 'running', manifest };
    if (state.state === 'loaded') return { outcome: 'refused', manifest };
    fault = `load job ${control.id}: ${part.table} refuses a load of no rows: ${state.reason}`;
  }
  await withNextAttempt(manifest, part, context.slot);
  throw new WarehouseError(fault);
}

async function noRows(manifest: OpenManifest, { staging }: LoadContext): Promise<string> {
  const name = emptyObjectName(manifest.content.id);
  try {
    await staging.create(name).close();
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error;
  }
  return staging.locate(name);
}

function jobFor(
  { content }: OpenManifest,
  { part, table }: TablePart,
  staging: StagingStore,
): LoadJob | undefined {
  const staged = content.staged?.[part];
  if (staged?.object === undefined) return undefined;
  return {
    id: `audience_import_${content.id}_${content.stagings}_${part}_${staged.attempt}`,
    table,
    source: staging.locate(staged.object),
  };
}

function stagedPart({ content }: OpenManifest, { part }: TablePart): StagedTable | undefined {
  return content.staged?.[part];
}

async function withNextAttempt(
  manifest: OpenManifest,
  { part }: TablePart,
  slot: ManifestSlot,
): Promise<OpenManifest> {
  const { staged } = manifest.content;
  if (!staged) return manifest;
  const next = { ...staged[part], attempt: staged[part].attempt + 1 };
  return slot.update(manifest, { ...manifest.content, staged: { ...staged, [part]: next } });
}

/** Cannot happen, and must not pass unseen if it does: the batch is kept as it is for a person to look at. */
function requireSameRows(job: LoadJob, staged: StagedTable | undefined, rows: number): void {
  if (staged?.rows === rows) return;
  throw new WarehouseError(
    `load job ${job.id} loaded ${rows} rows of ${staged?.rows ?? 0} staged; see "rows differ" in docs/ingest.md`,
  );
}
