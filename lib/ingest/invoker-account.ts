import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member';
import type { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function';
import type { Construct } from 'constructs';

import { WorkspaceAccount, type AccountOptions } from '../workspace/workspace-account';

/** The service account that Cloud Scheduler calls the ingest function as. */
export class InvokerAccount extends WorkspaceAccount {
  constructor(
    scope: Construct,
    id: string,
    private readonly options: AccountOptions,
  ) {
    super(scope, id, 'invoker', options.workspace.names.invokerAccountId, options);
  }

  /** Lets the account call the function, and nothing else. */
  grantInvoking(scope: Construct, called: Cloudfunctions2Function): CloudRunV2ServiceIamMember {
    const { projectId, region } = this.options.workspace;
    return new CloudRunV2ServiceIamMember(scope, 'scheduler-invokes', {
      project: projectId,
      location: region,
      // The Cloud Run service behind a function has the function's name.
      name: called.name,
      role: 'roles/run.invoker',
      member: this.member,
    });
  }
}
