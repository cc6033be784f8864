import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
import { Construct } from 'constructs';

import { privateBucket, type BucketOptions } from '../workspace/private-bucket';

export interface LandingBucketOptions extends BucketOptions {
  /** Days that an ingested object is kept. */
  readonly retentionDays: number;
  /** IAM member that delivers. */
  readonly mparticleMember: string;
}

/** Where mParticle delivers its objects. */
export class LandingBucket extends Construct {
  /** Holds every delivered object: until it is ingested, and some days longer. */
  readonly bucket: StorageBucket;
  /** Lets mParticle create objects, and nothing else. */
  readonly deliveryGrant: StorageBucketIamMember;

  constructor(scope: Construct, id: string, options: LandingBucketOptions) {
    super(scope, id);
    const { workspace, retentionDays, mparticleMember } = options;
    // Only ingested objects have a custom time: what has not been ingested never expires.
    this.bucket = privateBucket(this, 'landing', workspace.names.landingBucket, options, [
      { daysSinceCustomTime: retentionDays },
    ]);
    // Not reading, overwriting or listing.
    this.deliveryGrant = new StorageBucketIamMember(this, 'mparticle-creates-objects', {
      bucket: this.bucket.name,
      role: 'roles/storage.objectCreator',
      member: mparticleMember,
    });
  }
}
