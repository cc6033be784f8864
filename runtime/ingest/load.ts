import { LOAD_POLL_MILLIS } from './limits';
import type { Batch, StagedPart } from './batch';
import { WarehouseError, type Loader, type LoadJob, type LoadState } from './loader';
import { emptyObjectName } from './staging-names';
import { ObjectChangedError, type StagingStore } from './stores';

export interface LoadPorts {
  readonly loader: Loader;
  readonly staging: StagingStore;
  readonly hasTime: () => boolean;
  readonly sleep: (millis: number) => Promise<void>;
}

export type LoadOutcome =
  | { readonly outcome: 'loaded' }
  /** There is no time left to wait for a job. */
  | { readonly outcome: 'running' }
  /** The warehouse refuses these rows, and takes others: one of the group's objects is the cause. */
  | { readonly outcome: 'refused' }
  /** The staged rows, or the table, are not there. */
  | { readonly outcome: 'missing'; readonly changesLoaded: boolean; readonly error: WarehouseError }
  /** This attempt is spent. Another one may do at once, unless the table itself is at fault. */
  | {
      readonly outcome: 'failed';
      readonly part: StagedPart;
      readonly isTableAtFault: boolean;
      readonly error: WarehouseError;
    };

/** The changes come first: were they refused after the rejections are in, the rejections would come twice. */
const LOADED_PARTS = [
  { part: 'changes', table: 'membership_changes' },
  { part: 'rejections', table: 'rejected_changes' },
] as const;

type LoadedPart = (typeof LOADED_PARTS)[number];

/**
 * Loads the rows of the staged group, each table exactly once.
 *
 * The id of a job is made of the batch, the group and the attempt, so that asking again for the same rows is asking
 * for the same job. Source: Google's recipe for retried job insertions
 * (https://cloud.google.com/bigquery/docs/reliability-intro). An attempt that failed is reported, and the caller
 * records the next one before it calls again.
 *
 * @throws {WarehouseError} when a job loads other rows than were staged, or the warehouse cannot be asked.
 */
export async function loadStaged(batch: Batch, ports: LoadPorts): Promise<LoadOutcome> {
  for (const part of LOADED_PARTS) {
    const loaded = await loadPart(batch, part, ports);
    if (loaded.outcome !== 'loaded') return loaded;
  }
  return { outcome: 'loaded' };
}

async function loadPart(
  batch: Batch,
  loadedPart: LoadedPart,
  ports: LoadPorts,
): Promise<LoadOutcome> {
  const { part } = loadedPart;
  const job = jobFor(batch, loadedPart, ports.staging);
  if (!job) return { outcome: 'loaded' };
  const state = await startAndWait(job, ports);
  if (state.state === 'running') return { outcome: 'running' };
  if (state.state === 'loaded') {
    requireSameRows(job, batch.staged?.[part].rows ?? 0, state.rows);
    return { outcome: 'loaded' };
  }
  if (state.blame === 'rows') return diagnoseRefusal(job, state.reason, batch, loadedPart, ports);
  const error = new WarehouseError(`load job ${job.id} failed: ${state.reason}`);
  if (state.blame === 'other') return { outcome: 'failed', part, isTableAtFault: false, error };
  return { outcome: 'missing', changesLoaded: part === 'rejections', error };
}

/** The job's state once it has ended, or `running` when there is no time left to wait for it. */
async function startAndWait(job: LoadJob, ports: LoadPorts): Promise<LoadState> {
  let state = await ports.loader.start(job);
  let pause: number = LOAD_POLL_MILLIS.first;
  while (state.state === 'running' && ports.hasTime()) {
    await ports.sleep(pause);
    pause = Math.min(pause * 2, LOAD_POLL_MILLIS.longest);
    state = await ports.loader.stateOf(job);
  }
  return state;
}

/**
 * Finds out whether refused rows or their table are to blame, by a load of no rows at the same time: a table that
 * refuses that load too has the wrong schema, and no object is at fault. The rows of rejections are this program's
 * own; if they are refused, the table is to blame.
 */
async function diagnoseRefusal(
  job: LoadJob,
  reason: string,
  { id }: Batch,
  { part, table }: LoadedPart,
  ports: LoadPorts,
): Promise<LoadOutcome> {
  let fault = `load job ${job.id}: ${table} refuses the rows: ${reason}`;
  if (part === 'changes') {
    const source = await createEmptyObject(id, ports.staging);
    const control = { ...job, id: `${job.id}_control`, source };
    const state = await startAndWait(control, ports);
    if (state.state === 'running') return { outcome: 'running' };
    if (state.state === 'loaded') return { outcome: 'refused' };
    fault = `load job ${control.id}: ${table} refuses a load of no rows: ${state.reason}`;
  }
  return { outcome: 'failed', part, isTableAtFault: true, error: new WarehouseError(fault) };
}

/** @returns how a load job names the object. */
async function createEmptyObject(batchId: string, staging: StagingStore): Promise<string> {
  const name = emptyObjectName(batchId);
  try {
    await staging.create(name).close();
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error;
  }
  return staging.locate(name);
}

/** @returns `undefined` where there is nothing to load. */
function jobFor(
  { id, stagedGroups, staged }: Batch,
  { part, table }: LoadedPart,
  staging: StagingStore,
): LoadJob | undefined {
  const { object, attempt } = staged?.[part] ?? {};
  if (object === undefined) return undefined;
  return {
    id: `audience_import_${id}_${stagedGroups}_${part}_${attempt}`,
    table,
    source: staging.locate(object),
  };
}

/** Cannot happen. If it does, it must be seen, and the batch is kept as it is for a person to look at. */
function requireSameRows(job: LoadJob, staged: number, loaded: number): void {
  if (staged === loaded) return;
  throw new WarehouseError(
    `load job ${job.id} loaded ${loaded} rows of ${staged} staged; see "rows differ" in docs/ingest.md`,
  );
}
