import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import type { StorageBucketIamPolicy } from '@cdktf/provider-google/lib/storage-bucket-iam-policy';
import { Construct } from 'constructs';

import { bucketPolicy, objectsNamed, type BucketBinding } from '../workspace/bucket-policy';
import { privateBucket, type BucketOptions } from '../workspace/private-bucket';
import type { WorkspaceAccount } from '../workspace/workspace-account';

export interface LandingBucketOptions extends BucketOptions {
  /** Days that an ingested object is kept. */
  readonly retentionDays: number;
  /** Folder that deliveries go to; `undefined` means anywhere in the bucket. */
  readonly folder: string | undefined;
  /** IAM member that delivers. */
  readonly mparticleMember: string;
  /** What the ingest function runs as. */
  readonly ingestAccount: WorkspaceAccount;
}

/** Where mParticle delivers its objects. */
export class LandingBucket extends Construct {
  /** Holds every delivered object: until it is ingested, and some days longer. */
  readonly bucket: StorageBucket;
  /** Folder that deliveries go to; absent if they go anywhere in the bucket. */
  readonly folder?: string;
  /** Everybody who has access to the bucket. */
  readonly policy: StorageBucketIamPolicy;

  constructor(scope: Construct, id: string, options: LandingBucketOptions) {
    super(scope, id);
    const { workspace, retentionDays, folder, mparticleMember, ingestAccount } = options;
    // Only ingested objects have a custom time: what has not been ingested never expires.
    this.bucket = privateBucket(this, 'landing', workspace.names.landingBucket, options, [
      { daysSinceCustomTime: retentionDays },
    ]);
    if (folder !== undefined) this.folder = folder;
    const ingest = [`serviceAccount:${ingestAccount.email}`];
    this.policy = bucketPolicy(
      this,
      this.bucket,
      workspace,
      [
        // Not reading, overwriting or listing.
        {
          role: 'roles/storage.objectCreator',
          members: [mparticleMember],
          ...(folder === undefined ? {} : inFolder(workspace.names.landingBucket, folder)),
        },
        // Lists, reads and marks, and can neither delete nor replace what was delivered. The object roles that are
        // not called legacy cannot say that: all that update an object may delete it too.
        // https://cloud.google.com/storage/docs/access-control/iam-roles
        { role: 'roles/storage.legacyBucketReader', members: ingest },
        { role: 'roles/storage.legacyObjectOwner', members: ingest },
      ],
      ingestAccount.dependencies,
    );
  }
}

function inFolder(bucketName: string, folder: string): Pick<BucketBinding, 'condition'> {
  const expression = objectsNamed(bucketName, { prefixes: [`${folder}/`] });
  return { condition: { title: 'one folder', expression } };
}
