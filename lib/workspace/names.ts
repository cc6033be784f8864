import { createHash } from 'node:crypto';

/**
 * Physical names of one workspace, within the limit of each service: prefix, readable part, kind, and a hash of
 * the whole workspace id and project. They depend on nothing else, so that they never change, and the names of
 * two workspaces differ even if their readable parts are equal.
 */
export interface WorkspaceNames {
  readonly landingBucket: string;
  readonly stagingBucket: string;
  readonly coreDataset: string;
  readonly publishedDataset: string;
  readonly mergeAccountId: string;
  readonly ingestAccountId: string;
  readonly invokerAccountId: string;
  /** Of the function, and of the Cloud Run service behind it. */
  readonly ingestFunction: string;
  readonly sweepJob: string;
  readonly healthJob: string;
}

/** https://cloud.google.com/iam/docs/service-accounts-create: 6 to 30 characters. */
const MAX_ACCOUNT_ID_LENGTH = 30;

/** https://cloud.google.com/storage/docs/buckets#naming: 3 to 63 characters, unique in the whole world. */
const MAX_BUCKET_NAME_LENGTH = 63;

/** The service's limit is 1,024; people read these names. */
const MAX_DATASET_ID_LENGTH = 100;

/** Functions may have 63 characters, the Cloud Run services behind them fewer than 50. */
const MAX_SERVICE_NAME_LENGTH = 49;

/** The service's limit is 500. */
const MAX_JOB_NAME_LENGTH = 63;

const HASH_LENGTH = 8;

export function workspaceNames(
  projectId: string,
  workspace: string,
  namePrefix: string,
): WorkspaceNames {
  const hash = stableTag(`${projectId}\0${workspace}`);
  const name = (kind: string, maxLength: number, separator = '-'): string => {
    const fixed = [namePrefix, kind, hash].join('-').length + 1;
    const readable = readablePart(workspace).slice(0, maxLength - fixed);
    const parts = [namePrefix, trimDashes(readable), kind, hash];
    return parts
      .filter((part) => part !== '')
      .join('-')
      .replaceAll('-', separator);
  };
  return {
    landingBucket: name('landing', MAX_BUCKET_NAME_LENGTH),
    stagingBucket: name('staging', MAX_BUCKET_NAME_LENGTH),
    coreDataset: name('core', MAX_DATASET_ID_LENGTH, '_'),
    publishedDataset: name('published', MAX_DATASET_ID_LENGTH, '_'),
    mergeAccountId: name('merge', MAX_ACCOUNT_ID_LENGTH),
    ingestAccountId: name('ingest', MAX_ACCOUNT_ID_LENGTH),
    invokerAccountId: name('invoker', MAX_ACCOUNT_ID_LENGTH),
    ingestFunction: name('ingest', MAX_SERVICE_NAME_LENGTH),
    sweepJob: name('sweep', MAX_JOB_NAME_LENGTH),
    healthJob: name('health', MAX_JOB_NAME_LENGTH),
  };
}

/** A stable number, which spreads the schedules of workspaces over the hour. */
export function stableNumber(text: string): number {
  return Number.parseInt(stableHash(text).slice(0, 8), 16);
}

/** A short, stable hash for use in names. */
export function stableTag(text: string): string {
  return stableHash(text).slice(0, HASH_LENGTH);
}

function stableHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Lower-case letters, digits and dashes. Cloud Storage refuses names that contain "google" or a look-alike. */
function readablePart(workspace: string): string {
  const dashed = workspace.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return trimDashes(dashed.replaceAll(/g[o0]+g/g, 'g-g'));
}

function trimDashes(text: string): string {
  return text.replaceAll(/^-+|-+$/g, '');
}

/**
 * Matches the whole name of one kind in every workspace of a prefix.
 *
 * @param kind as in the names, or a pattern in parentheses.
 *
 * @example
 * namePatternOf('audience', 'ingest') // { pattern: 'audience-([a-z0-9-]+-)?ingest-[0-9a-f]{8}' }
 */
export function namePatternOf(namePrefix: string, kind: string): { readonly pattern: string } {
  return { pattern: `${namePrefix}-([a-z0-9-]+-)?${kind}-[0-9a-f]{${HASH_LENGTH}}` };
}
