import type { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import type { TableName } from '../../runtime/warehouse/tables';
import { WorkspaceAccount, type AccountOptions } from '../workspace/workspace-account';

export interface IngestAccountOptions extends AccountOptions {
  readonly landingBucket: StorageBucket;
  readonly stagingBucket: StorageBucket;
  readonly tables: Readonly<Record<TableName, BigqueryTable>>;
}

/** The service account that the ingest function runs as, with all that it may do. */
export class IngestAccount extends WorkspaceAccount {
  /** What the function needs before its first sweep. */
  readonly grants: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly options: IngestAccountOptions,
  ) {
    super(scope, id, 'ingest', options.workspace.names.ingestAccountId, options);
    const { landingBucket, stagingBucket, workspace } = options;
    this.grants = [
      // Lists, reads and marks, and can neither delete nor replace what was delivered. The object roles
      // that are not called legacy cannot say that: all that update an object may delete it too.
      // https://cloud.google.com/storage/docs/access-control/iam-roles
      this.onBucket('lists-landing', landingBucket, 'roles/storage.legacyBucketReader'),
      this.onBucket('reads-and-marks-landing', landingBucket, 'roles/storage.legacyObjectOwner'),
      this.onBucket('writes-staging', stagingBucket, 'roles/storage.objectUser'),
      // A load job asks for storage.buckets.get on the bucket it reads; object roles lack it.
      // https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json#required_permissions
      this.onBucket('loads-from-staging', stagingBucket, 'roles/storage.legacyBucketReader'),
      // No predefined role only appends. Table grants have no chain: unlike the grants of a dataset they
      // are no metadata updates, and thousands a minute are allowed.
      // https://cloud.google.com/bigquery/quotas#iam_quotas
      this.onTable('appends-changes', 'membership_changes', 'roles/bigquery.dataEditor'),
      this.onTable('appends-rejections', 'rejected_changes', 'roles/bigquery.dataEditor'),
      this.onTable('reads-runs', 'merge_runs', 'roles/bigquery.dataViewer'),
      new ProjectIamMember(this, 'runs-jobs', {
        project: workspace.projectId,
        role: 'roles/bigquery.jobUser',
        member: this.member,
      }),
    ];
  }

  private onBucket(id: string, bucket: StorageBucket, role: string): ITerraformDependable {
    return new StorageBucketIamMember(this, id, {
      bucket: bucket.name,
      role,
      member: this.member,
    });
  }

  private onTable(id: string, name: TableName, role: string): ITerraformDependable {
    const table = this.options.tables[name];
    return new BigqueryTableIamMember(this, id, {
      project: this.options.workspace.projectId,
      datasetId: table.datasetId,
      tableId: table.tableId,
      role,
      member: this.member,
    });
  }
}
