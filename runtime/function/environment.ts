import * as z from 'zod/mini';

import type { BigQueryTables, TableReference } from '../google/bigquery';

/** What the function is told by its environment. */
export interface Configuration {
  readonly workspace: string;
  readonly projectId: string;
  /** BigQuery location of the datasets: jobs are made and looked for there. */
  readonly location: string;
  readonly landingBucket: string;
  readonly stagingBucket: string;
  readonly tables: BigQueryTables;
  /** Identity types to keep, as delivered. */
  readonly identityTypes: readonly string[];
  /** How long a sweep may work before it stops, and leaves the rest to the next one. */
  readonly sweepSeconds: number;
}

/** The environment lacks a variable, or one has a wrong value. The message has a line for each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const text = (pattern: RegExp, allowed: string) =>
  z.string(allowed).check(z.regex(pattern, allowed));

const table = text(
  /^[a-z][a-z0-9-]*\.[A-Za-z0-9_]+\.[A-Za-z0-9_]+$/,
  'a table: project.dataset.table',
);
const bucket = text(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'the name of a bucket');

const environment = z.object({
  WORKSPACE: text(/./s, 'the id of the workspace'),
  PROJECT_ID: text(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'a project id'),
  LOCATION: text(/^[A-Za-z0-9-]+$/, 'a BigQuery location, such as EU'),
  LANDING_BUCKET: bucket,
  STAGING_BUCKET: bucket,
  CHANGES_TABLE: table,
  REJECTIONS_TABLE: table,
  RUNS_TABLE: table,
  IDENTITY_TYPES: text(
    /^(?:[a-z0-9_]+(?:,[a-z0-9_]+){0,4})?$/,
    'at most five identity types, separated by commas',
  ),
  SWEEP_SECONDS: text(/^[1-9]\d{0,3}$/, 'a number of seconds from 1 to 9999'),
});

/** @throws {ConfigurationError} with all that is wrong at once. */
export function readConfiguration(
  variables: Readonly<Record<string, string | undefined>>,
): Configuration {
  const read = environment.safeParse(variables);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      const value = variables[name];
      const got = value === undefined ? 'nothing' : JSON.stringify(value);
      return `${name}: got ${got}; allowed: ${message}`;
    });
    throw new ConfigurationError(`wrong environment\n${faults.join('\n')}`);
  }
  const { data } = read;
  return {
    workspace: data.WORKSPACE,
    projectId: data.PROJECT_ID,
    location: data.LOCATION,
    landingBucket: data.LANDING_BUCKET,
    stagingBucket: data.STAGING_BUCKET,
    tables: {
      membership_changes: tableReference(data.CHANGES_TABLE),
      rejected_changes: tableReference(data.REJECTIONS_TABLE),
      merge_runs: tableReference(data.RUNS_TABLE),
    },
    identityTypes: data.IDENTITY_TYPES.split(',').filter((type) => type !== ''),
    sweepSeconds: Number(data.SWEEP_SECONDS),
  };
}

function tableReference(name: string): TableReference {
  const [projectId = '', datasetId = '', tableId = ''] = name.split('.');
  return { projectId, datasetId, tableId };
}
