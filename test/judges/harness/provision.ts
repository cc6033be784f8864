import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BigQuery, TableMetadata } from '@google-cloud/bigquery';
import type { Storage } from '@google-cloud/storage';

import { resolveReference } from '../../../lib/review/stack-resources';
import {
  all,
  one,
  parsed,
  type Attributes,
  type SynthesizedStack,
} from '../../support/stacks/stacks';

const root = join(__dirname, '../../..');

/** What examples/single-workspace synthesizes, run as its user runs it. */
export function exampleStack(): SynthesizedStack {
  const outdir = mkdtempSync(join(tmpdir(), 'judges-synth-'));
  try {
    execFileSync(
      process.execPath,
      [require.resolve('tsx/cli'), 'examples/single-workspace/main.ts'],
      { cwd: root, env: { ...process.env, CDKTF_OUTDIR: outdir } },
    );
    return parsed(readFileSync(join(outdir, 'stacks', 'acme', 'cdk.tf.json'), 'utf8'));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The environment of the stack's function, as Terraform would set it. */
export function functionEnvironment(stack: SynthesizedStack): Record<string, string> {
  const { service_config } = one(stack, 'google_cloudfunctions2_function') as {
    service_config: { environment_variables: Record<string, string> };
  };
  return Object.fromEntries(
    Object.entries(service_config.environment_variables).map(([name, value]) => [
      name,
      resolveReference(value, stack.resource),
    ]),
  );
}

/** Creates the buckets, datasets, tables and views of a stack, as Terraform would. */
export async function provision(
  stack: SynthesizedStack,
  bigquery: BigQuery,
  storage: Storage,
): Promise<void> {
  const resolved = (value: unknown) => resolveReference(String(value), stack.resource);
  for (const bucket of all(stack, 'google_storage_bucket')) {
    await storage.createBucket(resolved(bucket['name']), {
      location: resolved(bucket['location']),
    });
  }
  for (const dataset of all(stack, 'google_bigquery_dataset')) {
    await bigquery.createDataset(resolved(dataset['dataset_id']), {
      location: resolved(dataset['location']),
    });
  }
  for (const table of inDependencyOrder(stack, 'google_bigquery_table')) {
    await bigquery
      .dataset(resolved(table['dataset_id']))
      .createTable(resolved(table['table_id']), tableMetadata(table));
  }
}

/** Each resource of a type after those that its `depends_on` names, and after nothing else. */
function inDependencyOrder(stack: SynthesizedStack, type: string): Attributes[] {
  const ordered = new Set<Attributes>();
  const place = (resource: Attributes): void => {
    for (const address of (resource['depends_on'] ?? []) as string[]) {
      const dependency = stack.resource[type]?.[address.slice(type.length + 1)];
      if (dependency && !ordered.has(dependency)) place(dependency);
    }
    ordered.add(resource);
  };
  all(stack, type).forEach(place);
  return [...ordered];
}

interface TableAttributes {
  readonly description: string;
  readonly schema?: string;
  readonly time_partitioning?: {
    readonly type: string;
    readonly field: string;
    readonly expiration_ms: number;
  };
  readonly clustering?: string[];
  readonly view?: { readonly query: string; readonly use_legacy_sql: boolean };
}

function tableMetadata(attributes: Attributes): TableMetadata {
  const { description, schema, time_partitioning, clustering, view } =
    attributes as unknown as TableAttributes;
  return {
    description,
    ...(schema ? { schema: { fields: JSON.parse(schema) as [] } } : {}),
    ...(time_partitioning
      ? {
          timePartitioning: {
            type: time_partitioning.type,
            field: time_partitioning.field,
            expirationMs: String(time_partitioning.expiration_ms),
          },
        }
      : {}),
    ...(clustering ? { clustering: { fields: clustering } } : {}),
    ...(view ? { view: { query: view.query, useLegacySql: view.use_legacy_sql } } : {}),
  };
}
