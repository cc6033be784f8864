import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import type { StorageBucketIamPolicy } from '@cdktf/provider-google/lib/storage-bucket-iam-policy';
import { Construct } from 'constructs';

import {
  MANIFEST_NAME,
  PARKED_PREFIX,
  SOURCE_PREFIX,
  STAGED_PREFIX,
  TRAFFIC_NAME,
} from '../../runtime/ingest/staging-names';
import { bucketPolicy, objectsNamed } from '../workspace/bucket-policy';
import { privateBucket, type BucketOptions } from '../workspace/private-bucket';
import type { WorkspaceAccount } from '../workspace/workspace-account';

export interface StagingBucketOptions extends BucketOptions {
  readonly stagedRetentionDays: number;
  readonly parkedRetentionDays: number;
  /** What the ingest function runs as. */
  readonly ingestAccount: WorkspaceAccount;
  /** E-mail of the account that Cloud Build builds the function as. */
  readonly buildServiceAccount: string;
}

/**
 * Where the ingest function works: the manifest of the batch at hand, rows on their way into the tables,
 * copies of objects that could not be ingested, and the function's code.
 */
export class StagingBucket extends Construct {
  /** Holds the manifest, rows for load jobs, parked copies, and the function's code. */
  readonly bucket: StorageBucket;
  /** Everybody who has access to the bucket. */
  readonly policy: StorageBucketIamPolicy;

  constructor(scope: Construct, id: string, options: StagingBucketOptions) {
    super(scope, id);
    const { workspace, stagedRetentionDays, parkedRetentionDays } = options;
    const { ingestAccount, buildServiceAccount } = options;
    const { stagingBucket } = workspace.names;
    // By prefix, because the manifest, the traffic record and the code must never expire.
    this.bucket = privateBucket(this, 'staging', stagingBucket, options, [
      { age: stagedRetentionDays, matchesPrefix: [STAGED_PREFIX] },
      { age: parkedRetentionDays, matchesPrefix: [PARKED_PREFIX] },
    ]);
    const ingest = [`serviceAccount:${ingestAccount.email}`];
    this.policy = bucketPolicy(
      this,
      this.bucket,
      workspace,
      [
        // Not the code: who could replace it would decide what the next build runs.
        {
          role: 'roles/storage.objectUser',
          members: ingest,
          condition: {
            title: 'work only',
            expression: objectsNamed(stagingBucket, {
              names: [MANIFEST_NAME, TRAFFIC_NAME],
              prefixes: [STAGED_PREFIX, PARKED_PREFIX],
            }),
          },
        },
        // Listing is asked of the bucket, not of an object, and a load job asks for storage.buckets.get of the bucket
        // that it reads. https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json#required_permissions
        { role: 'roles/storage.legacyBucketReader', members: ingest },
        {
          role: 'roles/storage.objectViewer',
          members: [`serviceAccount:${buildServiceAccount}`],
          condition: {
            title: 'source only',
            expression: objectsNamed(stagingBucket, { prefixes: [SOURCE_PREFIX] }),
          },
        },
      ],
      ingestAccount.dependencies,
    );
  }
}
