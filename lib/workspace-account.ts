import { ServiceAccount } from '@cdktf/provider-google/lib/service-account';
import { Construct } from 'constructs';

import type { ResolvedProps } from './audience-import-props';
import { literal, withinBytes } from './terraform-text';

export interface WorkspaceAccountOptions {
  readonly accountId: string;
  readonly props: ResolvedProps;
  readonly destroyable: boolean;
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
const MAX_DISPLAY_NAME_BYTES = 100;

/** One of the service accounts of a workspace. */
export class WorkspaceAccount extends Construct {
  readonly account: ServiceAccount;
  /** Known when Terraform plans, unlike the id of the account. Whoever uses it must depend on the account. */
  readonly email: string;

  /** @param duty what the account does, for people. */
  constructor(scope: Construct, id: string, duty: string, options: WorkspaceAccountOptions) {
    super(scope, id);
    const { projectId, workspace } = options.props;
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
  }
}
