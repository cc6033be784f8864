import { ServiceAccount } from '@cdktf/provider-google/lib/service-account';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import type { ResolvedProps } from '../props/audience-import-props';
import { literal, withinBytes } from './terraform-text';

export interface WorkspaceAccountOptions {
  readonly accountId: string;
  /** E-mail of an account that is there already, instead of one that is made. */
  readonly existing: string | undefined;
  readonly props: ResolvedProps;
  readonly destroyable: boolean;
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
const MAX_DISPLAY_NAME_BYTES = 100;

/** One of the service accounts of a workspace. */
export class WorkspaceAccount extends Construct {
  /** Absent for an account that was there already. */
  readonly account?: ServiceAccount;
  /** Known when Terraform plans, unlike the id of the account. */
  readonly email: string;
  /** `serviceAccount:…`, for grants. */
  readonly member: string;
  /** What must be there before the account is used by its e-mail. */
  readonly dependencies: readonly ITerraformDependable[];

  /** @param duty what the account does, for people. */
  constructor(scope: Construct, id: string, duty: string, options: WorkspaceAccountOptions) {
    super(scope, id);
    const { projectId, workspace } = options.props;
    if (options.existing !== undefined) {
      this.email = options.existing;
      this.member = `serviceAccount:${this.email}`;
      this.dependencies = [];
      return;
    }
    this.email = `${options.accountId}@${projectId}.iam.gserviceaccount.com`;
    this.account = new ServiceAccount(this, 'account', {
      project: projectId,
      accountId: options.accountId,
      displayName: literal(
        withinBytes(`Audience import ${duty}, ${workspace}`, MAX_DISPLAY_NAME_BYTES),
      ),
      // A new account of the same name has none of the grants of the old one.
      lifecycle: { preventDestroy: !options.destroyable },
    });
    this.member = this.account.member;
    this.dependencies = [this.account];
  }
}
