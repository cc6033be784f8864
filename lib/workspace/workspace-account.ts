import { ServiceAccount } from '@cdktf/provider-google/lib/service-account';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { literal, withinBytes } from './terraform-text';
import type { Workspace } from './workspace';

export interface AccountOptions {
  readonly workspace: Workspace;
  /** E-mail of an existing account to use; without it, an account is created. */
  readonly existing: string | undefined;
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
const MAX_DISPLAY_NAME_BYTES = 100;

/** One of the service accounts of a workspace. */
export class WorkspaceAccount extends Construct {
  /** Absent if an existing account is used. */
  readonly account?: ServiceAccount;
  /** Known when Terraform plans, unlike the id of a created account. */
  readonly email: string;
  /** `serviceAccount:…`, for grants. */
  readonly member: string;
  /** What must exist before the account is used by its e-mail. */
  readonly dependencies: readonly ITerraformDependable[];
  /**
   * Lets the deployer make what runs as the account. Absent without the prop `deployer`, and if an existing account is
   * used: who brings an account grants this as well.
   */
  readonly deployerGrant?: ServiceAccountIamMember;
  /** What must exist before something is made that runs as the account. */
  readonly beforeUse: readonly ITerraformDependable[];

  /**
   * @param duty what the account does, as its display name says it.
   * @param accountId id of the account, if it is created.
   */
  constructor(
    scope: Construct,
    id: string,
    duty: string,
    accountId: string,
    { workspace, existing }: AccountOptions,
  ) {
    super(scope, id);
    const { projectId, deployer, destroyable } = workspace;
    if (existing !== undefined) {
      this.email = existing;
      this.member = `serviceAccount:${this.email}`;
      this.dependencies = [];
      this.beforeUse = [];
      return;
    }
    this.email = `${accountId}@${projectId}.iam.gserviceaccount.com`;
    this.account = new ServiceAccount(this, 'account', {
      project: projectId,
      accountId,
      displayName: literal(
        withinBytes(`Audience import ${duty}, ${workspace.id}`, MAX_DISPLAY_NAME_BYTES),
      ),
      // A recreated account of the same name has none of the old one's grants.
      lifecycle: { preventDestroy: !destroyable },
    });
    this.member = this.account.member;
    this.dependencies = [this.account];
    if (deployer !== undefined) {
      this.deployerGrant = new ServiceAccountIamMember(this, 'deployer-acts-as', {
        serviceAccountId: `projects/${projectId}/serviceAccounts/${this.email}`,
        role: 'roles/iam.serviceAccountUser',
        member: deployer,
        dependsOn: [this.account],
      });
    }
    this.beforeUse = [...this.dependencies, ...(this.deployerGrant ? [this.deployerGrant] : [])];
  }
}
