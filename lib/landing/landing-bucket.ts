import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
import { Construct } from 'constructs';

import { privateBucket, type BucketOptions } from '../workspace/private-bucket';

/** Where mParticle delivers its objects. */
export class LandingBucket extends Construct {
  readonly bucket: StorageBucket;
  readonly deliveryGrant: StorageBucketIamMember;

  constructor(scope: Construct, id: string, options: BucketOptions) {
    super(scope, id);
    const { props } = options;
    // Only ingested objects have a custom time: what has not been ingested never expires.
    this.bucket = privateBucket(this, 'landing', options, [
      { daysSinceCustomTime: props.landingRetentionDays },
    ]);
    // Creating objects is all: no reading, no overwriting, no listing.
    this.deliveryGrant = new StorageBucketIamMember(this, 'mparticle-creates-objects', {
      bucket: this.bucket.name,
      role: 'roles/storage.objectCreator',
      member: props.mparticleMember,
    });
  }
}
