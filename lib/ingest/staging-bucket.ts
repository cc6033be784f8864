import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { Construct } from 'constructs';

import { PARKED_PREFIX, STAGED_PREFIX } from '../../runtime/ingest/staging-names';
import { privateBucket, type BucketOptions } from '../workspace/private-bucket';

/**
 * Where the ingest function works: the manifest of the batch at hand, rows on their way into the tables,
 * copies of objects that could not be ingested, and the function's code.
 */
export class StagingBucket extends Construct {
  readonly bucket: StorageBucket;

  constructor(scope: Construct, id: string, options: BucketOptions) {
    super(scope, id);
    const { stagedRetentionDays, parkedRetentionDays } = options.props;
    // By prefix, because the manifest, the traffic record and the code must never expire.
    this.bucket = privateBucket(this, 'staging', options, [
      { age: stagedRetentionDays, matchesPrefix: [STAGED_PREFIX] },
      { age: parkedRetentionDays, matchesPrefix: [PARKED_PREFIX] },
    ]);
  }
}
