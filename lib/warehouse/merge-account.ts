import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member';
import type { Construct } from 'constructs';

import { WorkspaceAccount, type WorkspaceAccountOptions } from '../workspace/workspace-account';

/** The service account that runs the scheduled MERGE, and who may act as it. */
export class MergeAccount extends WorkspaceAccount {
  readonly jobGrant: ProjectIamMember;
  readonly transferAgentGrant: ServiceAccountIamMember;

  constructor(scope: Construct, id: string, options: WorkspaceAccountOptions) {
    super(scope, id, 'MERGE', options);
    const { projectId, projectNumber } = options.props;
    this.jobGrant = new ProjectIamMember(this, 'runs-jobs', {
      project: projectId,
      role: 'roles/bigquery.jobUser',
      member: `serviceAccount:${this.email}`,
      dependsOn: [...this.dependencies],
    });
    // The transfer service takes a token of this account, and of no other.
    this.transferAgentGrant = new ServiceAccountIamMember(this, 'transfer-agent-takes-tokens', {
      serviceAccountId: `projects/${projectId}/serviceAccounts/${this.email}`,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: `serviceAccount:service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`,
      dependsOn: [...this.dependencies],
    });
  }
}
