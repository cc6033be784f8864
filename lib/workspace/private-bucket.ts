import {
  StorageBucket,
  type StorageBucketLifecycleRuleCondition,
} from '@cdktf/provider-google/lib/storage-bucket';
import type { Construct } from 'constructs';

import { SOFT_DELETE_HOURS } from '../erasure/lifetimes';
import type { Workspace } from './workspace';

export interface BucketOptions {
  readonly workspace: Workspace;
  /** Existing bucket that receives the access logs. */
  readonly accessLogBucket: string | undefined;
}

/**
 * Makes a bucket that only the grants of its workspace give access to, and that keeps nothing of a deleted
 * object.
 *
 * @param component value of the label of that name.
 * @param expiry conditions under which objects are deleted; objects that meet none are kept for ever.
 */
export function privateBucket(
  scope: Construct,
  component: string,
  name: string,
  options: BucketOptions,
  expiry: readonly StorageBucketLifecycleRuleCondition[],
): StorageBucket {
  const { workspace, accessLogBucket } = options;
  const { projectId, location, labels, kmsKeyName, destroyable } = workspace;
  return new StorageBucket(scope, 'bucket', {
    project: projectId,
    name,
    location,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    softDeletePolicy: { retentionDurationSeconds: SOFT_DELETE_HOURS * 3600 },
    // A version would keep what was deleted.
    versioning: { enabled: false },
    lifecycleRule: [
      ...expiry.map((condition) => ({ action: { type: 'Delete' }, condition })),
      { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
    ],
    ...(kmsKeyName ? { encryption: { defaultKmsKeyName: kmsKeyName } } : {}),
    ...(accessLogBucket ? { logging: { logBucket: accessLogBucket, logObjectPrefix: name } } : {}),
    forceDestroy: destroyable,
    labels: { ...labels, component },
    lifecycle: { preventDestroy: !destroyable },
  });
}
