import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import { ServiceAccount } from '@cdktf/provider-google/lib/service-account';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member';
import { Construct } from 'constructs';

import type { ResolvedProps } from './audience-import-props';

export interface MergeAccountOptions {
  readonly accountId: string;
  readonly props: ResolvedProps;
  readonly destroyable: boolean;
}

/** The service account that runs the scheduled MERGE, and who may act as it. */
export class MergeAccount extends Construct {
  readonly account: ServiceAccount;
  /** Known when Terraform plans, unlike the attribute of the account. */
  readonly email: string;
  readonly jobGrant: ProjectIamMember;
  readonly transferAgentGrant: ServiceAccountIamMember;

  constructor(scope: Construct, id: string, options: MergeAccountOptions) {
    super(scope, id);
    const { projectId, projectNumber, workspace } = options.props;
    this.email = `${options.accountId}@${projectId}.iam.gserviceaccount.com`;
    this.account = new ServiceAccount(this, 'account', {
      project: projectId,
      accountId: options.accountId,
      displayName: `Audience import MERGE, ${workspace}`.slice(0, 100),
      // A new account of the same name has none of the grants of the old one.
      lifecycle: { preventDestroy: !options.destroyable },
    });
    this.jobGrant = new ProjectIamMember(this, 'runs-jobs', {
      project: projectId,
      role: 'roles/bigquery.jobUser',
      member: `serviceAccount:${this.email}`,
      dependsOn: [this.account],
    });
    // The transfer service takes a token of this account, and of no other.
    this.transferAgentGrant = new ServiceAccountIamMember(this, 'transfer-agent-takes-tokens', {
      serviceAccountId: `projects/${projectId}/serviceAccounts/${this.email}`,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: `serviceAccount:service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`,
      dependsOn: [this.account],
    });
  }
}
