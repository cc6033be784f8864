import type { DatasetNames } from '../../runtime/warehouse/dialect';
import { workspaceNames, type WorkspaceNames } from './names';

/** What all parts of one workspace share. A part receives it beside the values that are its own. */
export interface Workspace {
  /** Id of the customer's workspace, as given. */
  readonly id: string;
  readonly projectId: string;
  /** Number of the same project, as digits; may be a token. */
  readonly projectNumber: string;
  /** BigQuery and Cloud Storage location: `EU`, `US` or a region. */
  readonly location: string;
  /** Region of what has no multi-region: the function and its schedules. */
  readonly region: string;
  readonly names: WorkspaceNames;
  /** Labels of every resource that can have them; each part adds `component`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Cloud KMS key of datasets, tables and buckets; `undefined` means Google's own keys. */
  readonly kmsKeyName: string | undefined;
  /** IAM members who own the datasets and buckets; `undefined` means the owners of the project. */
  readonly owners: readonly string[] | undefined;
  /** IAM member that applies the stack, if it has to be let act as the accounts that are made. */
  readonly deployer: string | undefined;
  /** Whether a plan may destroy or replace what holds data. */
  readonly destroyable: boolean;
}

export interface WorkspaceOptions extends Omit<Workspace, 'names'> {
  /** Start of every name. */
  readonly namePrefix: string;
}

/**
 * Derives the names of a workspace, and adds its id to the labels. The package's version is only on what holds code:
 * elsewhere it would change in every release, and hide what else does.
 */
export function workspaceOf({ namePrefix, ...options }: WorkspaceOptions): Workspace {
  return {
    ...options,
    names: workspaceNames(options.projectId, options.id, namePrefix),
    labels: {
      ...options.labels,
      workspace: labelValue(options.id),
    },
  };
}

/** Where SQL finds the datasets of a workspace. */
export function datasetNames({ projectId, names }: Workspace): DatasetNames {
  const { coreDataset, publishedDataset } = names;
  return { projectId, coreDataset, publishedDataset };
}

/** https://cloud.google.com/bigquery/docs/labels-intro: lower-case letters, digits, `-` and `_`. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .slice(0, MAX_LABEL_LENGTH);
}

const MAX_LABEL_LENGTH = 63;
