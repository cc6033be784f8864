import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { applyScript, purgeScript } from '../../runtime/warehouse/scheduled-scripts';
import type { Retention } from '../../runtime/warehouse/retention';
import { datasetNames, type Workspace } from '../workspace/workspace';

export interface MergeJobOptions {
  readonly workspace: Workspace;
  /** When the MERGE and the purge run, in the grammar of the Data Transfer Service. */
  readonly schedules: { readonly merge: string; readonly purge: string };
  /** What the purge keeps. */
  readonly retention: Retention;
  /** E-mail of the account that the queries run as. */
  readonly serviceAccountEmail: string;
  readonly coreDataset: BigqueryDataset;
  /** Tables and grants: a first run starts as soon as the schedule exists. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The two scheduled queries of a workspace: the MERGE, and the daily purge. */
export class MergeJob extends Construct {
  /** Applies new changes to the state. */
  readonly merge: BigqueryDataTransferConfig;
  /** Deletes what has outlived its retention, daily. */
  readonly purge: BigqueryDataTransferConfig;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: MergeJobOptions,
  ) {
    super(scope, id);
    const { workspace, schedules, retention } = options;
    const names = datasetNames(workspace);
    this.merge = this.scheduledQuery('merge', schedules.merge, applyScript(names));
    this.purge = this.scheduledQuery('purge', schedules.purge, purgeScript(names, retention));
  }

  private scheduledQuery(id: string, schedule: string, query: string): BigqueryDataTransferConfig {
    const { workspace, serviceAccountEmail, dependsOn } = this.options;
    return new BigqueryDataTransferConfig(this, id, {
      project: workspace.projectId,
      displayName: `${workspace.names.coreDataset} ${id}`,
      dataSourceId: 'scheduled_query',
      // The provider's default is US, whatever the dataset's location is.
      location: workspace.location.toLowerCase(),
      schedule,
      serviceAccountName: serviceAccountEmail,
      // A script takes no destination and no write disposition; the service refuses them.
      params: { query },
      ...this.encryption(),
      dependsOn: [...dependsOn],
    });
  }

  private encryption() {
    const { workspace, coreDataset } = this.options;
    const { kmsKeyName } = workspace;
    if (kmsKeyName === undefined) return {};
    const dataset = `${BigqueryDataset.tfResourceType}.${coreDataset.friendlyUniqueId}`;
    return {
      encryptionConfiguration: { kmsKeyName },
      // The provider leaves the key out of updates: a plan would show a new one, and an apply not set it.
      lifecycle: { replaceTriggeredBy: [`${dataset}.default_encryption_configuration`] },
    };
  }
}
