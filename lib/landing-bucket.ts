import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
import { Construct } from 'constructs';

import type { ResolvedProps } from './audience-import-props';

/** Soft delete would keep personal data 7 days beyond its deletion. */
export const SOFT_DELETE_HOURS = 0;

export interface LandingBucketOptions {
  readonly name: string;
  readonly props: ResolvedProps;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a plan may destroy or replace what holds data. */
  readonly destroyable: boolean;
}

/** Where mParticle delivers its objects. */
export class LandingBucket extends Construct {
  readonly bucket: StorageBucket;
  readonly deliveryGrant: StorageBucketIamMember;

  constructor(scope: Construct, id: string, options: LandingBucketOptions) {
    super(scope, id);
    const { props } = options;
    this.bucket = new StorageBucket(this, 'bucket', {
      project: props.projectId,
      name: options.name,
      location: props.location,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      softDeletePolicy: { retentionDurationSeconds: SOFT_DELETE_HOURS * 3600 },
      // Versions would keep it, too.
      versioning: { enabled: false },
      // Only ingested objects have a custom time: what has not been ingested never expires.
      lifecycleRule: [
        {
          action: { type: 'Delete' },
          condition: { daysSinceCustomTime: props.landingRetentionDays },
        },
        { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
      ],
      forceDestroy: options.destroyable,
      labels: { ...options.labels, component: 'landing' },
      lifecycle: { preventDestroy: !options.destroyable },
    });
    // Creating objects is all: no reading, no overwriting, no listing.
    this.deliveryGrant = new StorageBucketIamMember(this, 'mparticle-creates-objects', {
      bucket: this.bucket.name,
      role: 'roles/storage.objectCreator',
      member: props.mparticleMember,
    });
  }
}
