import type { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import type { TableName } from '../../runtime/warehouse/tables';
import { WorkspaceAccount, type AccountOptions } from '../workspace/workspace-account';

export interface IngestAccountOptions extends AccountOptions {
  readonly tables: Readonly<Record<TableName, BigqueryTable>>;
}

/**
 * The service account that the ingest function runs as, and what it may do in BigQuery. The policies of the buckets say
 * what it may do there.
 */
export class IngestAccount extends WorkspaceAccount {
  /** What the function needs in BigQuery before its first sweep. */
  readonly grants: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly options: IngestAccountOptions,
  ) {
    super(scope, id, 'ingest', options.workspace.names.ingestAccountId, options);
    const { workspace } = options;
    this.grants = [
      // Of the predefined roles, dataEditor is the least that may add rows: it may change and delete them, too, and
      // drop the table. A custom role would take rights on the project, which a deployer need not have.
      // https://cloud.google.com/bigquery/docs/access-control#bigquery.dataEditor
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
