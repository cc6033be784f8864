import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
import { Construct } from 'constructs';

import { PARKED_PREFIX, SOURCE_PREFIX, STAGED_PREFIX } from '../../runtime/ingest/staging-names';
import { privateBucket, type BucketOptions } from '../workspace/private-bucket';

export interface StagingBucketOptions extends BucketOptions {
  readonly stagedRetentionDays: number;
  readonly parkedRetentionDays: number;
}

/**
 * Where the ingest function works: the manifest of the batch at hand, rows on their way into the tables,
 * copies of objects that could not be ingested, and the function's code.
 */
export class StagingBucket extends Construct {
  /** Holds the manifest, rows for load jobs, parked copies, and the function's code. */
  readonly bucket: StorageBucket;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: StagingBucketOptions,
  ) {
    super(scope, id);
    const { workspace, stagedRetentionDays, parkedRetentionDays } = options;
    // By prefix, because the manifest, the traffic record and the code must never expire.
    this.bucket = privateBucket(this, 'staging', workspace.names.stagingBucket, options, [
      { age: stagedRetentionDays, matchesPrefix: [STAGED_PREFIX] },
      { age: parkedRetentionDays, matchesPrefix: [PARKED_PREFIX] },
    ]);
  }

  /**
   * Lets Cloud Build read the function's code, and nothing else of the bucket.
   *
   * @param member IAM member that builds.
   */
  grantReadingSource(scope: Construct, member: string): StorageBucketIamMember {
    const { stagingBucket } = this.options.workspace.names;
    return new StorageBucketIamMember(scope, 'build-reads-source', {
      bucket: this.bucket.name,
      role: 'roles/storage.objectViewer',
      member,
      condition: {
        title: 'source only',
        expression: `resource.name.startsWith("projects/_/buckets/${stagingBucket}/objects/${SOURCE_PREFIX}")`,
      },
    });
  }
}
