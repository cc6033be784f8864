import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member';
import type { Construct } from 'constructs';

import { WorkspaceAccount, type AccountOptions } from '../workspace/workspace-account';

/** The service account that runs the scheduled MERGE, what it may do, and who may act as it. */
export class MergeAccount extends WorkspaceAccount {
  /** Lets the account run the scheduled queries. */
  readonly jobGrant: ProjectIamMember;
  /**
   * Lets BigQuery's scheduler act as this account, and as no other. Its agent is created by one of the commands of the
   * README: Google creates it by itself only when a project first uses the service, which waits for this grant.
   */
  readonly transferAgentGrant: ServiceAccountIamMember;

  constructor(scope: Construct, id: string, options: AccountOptions) {
    super(scope, id, 'MERGE', options.workspace.names.mergeAccountId, options);
    const { projectId, projectNumber } = options.workspace;
    this.jobGrant = new ProjectIamMember(this, 'runs-jobs', {
      project: projectId,
      role: 'roles/bigquery.jobUser',
      member: `serviceAccount:${this.email}`,
      dependsOn: [...this.dependencies],
    });
    this.transferAgentGrant = new ServiceAccountIamMember(this, 'transfer-agent-takes-tokens', {
      serviceAccountId: `projects/${projectId}/serviceAccounts/${this.email}`,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: `serviceAccount:service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`,
      dependsOn: [...this.dependencies],
    });
  }
}
