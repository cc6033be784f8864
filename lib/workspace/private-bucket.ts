import {
  StorageBucket,
  type StorageBucketLifecycleRuleCondition,
} from '@cdktf/provider-google/lib/storage-bucket';
import type { Construct } from 'constructs';

import type { ResolvedProps } from '../props/audience-import-props';

/** Soft delete would keep personal data 7 days beyond its deletion. */
export const SOFT_DELETE_HOURS = 0;

export interface BucketOptions {
  readonly name: string;
  readonly props: ResolvedProps;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a plan may destroy or replace what holds data. */
  readonly destroyable: boolean;
}

/**
 * A bucket that nobody but the grants of its workspace reaches, and in which deleted is deleted.
 *
 * @param component value of the label of that name.
 * @param expiry conditions under which objects are deleted; objects that meet none are kept for ever.
 */
export function privateBucket(
  scope: Construct,
  component: string,
  options: BucketOptions,
  expiry: readonly StorageBucketLifecycleRuleCondition[],
): StorageBucket {
  const { props, destroyable } = options;
  const { kmsKeyName, accessLogBucket } = props;
  return new StorageBucket(scope, 'bucket', {
    project: props.projectId,
    name: options.name,
    location: props.location,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    softDeletePolicy: { retentionDurationSeconds: SOFT_DELETE_HOURS * 3600 },
    // Versions would keep it, too.
    versioning: { enabled: false },
    lifecycleRule: [
      ...expiry.map((condition) => ({ action: { type: 'Delete' }, condition })),
      { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
    ],
    ...(kmsKeyName ? { encryption: { defaultKmsKeyName: kmsKeyName } } : {}),
    ...(accessLogBucket
      ? { logging: { logBucket: accessLogBucket, logObjectPrefix: options.name } }
      : {}),
    forceDestroy: destroyable,
    labels: { ...options.labels, component },
    lifecycle: { preventDestroy: !destroyable },
  });
}
