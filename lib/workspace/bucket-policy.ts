import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamPolicy } from '@cdktf/provider-google/lib/storage-bucket-iam-policy';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

import type { Workspace } from './workspace';

/** Lets members do what a role allows, on all of a bucket or on the objects that a condition names. */
export interface BucketBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}

/**
 * Sets the complete policy of a bucket, and so removes the entries that Google adds to a new one: viewers, editors
 * and readers of the project. The owners keep managing the bucket; they cannot read what is in it.
 *
 * @param bindings what others may do.
 * @param dependsOn the accounts among the members that are created.
 */
export function bucketPolicy(
  scope: Construct,
  bucket: StorageBucket,
  { projectId, owners }: Workspace,
  bindings: readonly BucketBinding[],
  dependsOn: readonly ITerraformDependable[],
): StorageBucketIamPolicy {
  const owning: BucketBinding = {
    role: 'roles/storage.legacyBucketOwner',
    members: owners ?? [`projectOwner:${projectId}`],
  };
  return new StorageBucketIamPolicy(scope, 'policy', {
    bucket: bucket.name,
    policyData: JSON.stringify({ bindings: [owning, ...bindings] }),
    dependsOn: [...dependsOn],
  });
}

/** A condition on the name of an object: one of these names, or a name that begins with one of these prefixes. */
export function objectsNamed(
  bucketName: string,
  { names = [], prefixes = [] }: { names?: readonly string[]; prefixes?: readonly string[] },
): string {
  const full = (name: string) => `"projects/_/buckets/${bucketName}/objects/${name}"`;
  return [
    ...names.map((name) => `resource.name == ${full(name)}`),
    ...prefixes.map((prefix) => `resource.name.startsWith(${full(prefix)})`),
  ].join(' || ');
}
