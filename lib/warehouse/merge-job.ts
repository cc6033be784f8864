import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { applyScript, purgeScript } from '../../runtime/warehouse/scheduled-scripts';
import type { DatasetNames } from '../../runtime/warehouse/dialect';
import type { ResolvedProps } from '../props/audience-import-props';
import { purgeExpression } from '../props/schedule';

export interface MergeJobOptions {
  readonly names: DatasetNames;
  readonly props: ResolvedProps;
  readonly serviceAccountEmail: string;
  readonly coreDataset: BigqueryDataset;
  /** Tables and grants: a first run starts as soon as the schedule exists. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The two scheduled queries of a workspace: the MERGE, and the daily purge. */
export class MergeJob extends Construct {
  readonly merge: BigqueryDataTransferConfig;
  readonly purge: BigqueryDataTransferConfig;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: MergeJobOptions,
  ) {
    super(scope, id);
    const { names, props } = options;
    this.merge = this.scheduledQuery(
      'merge',
      props.mergeSchedule.expression(props.workspace),
      applyScript(names),
    );
    this.purge = this.scheduledQuery(
      'purge',
      purgeExpression(props.workspace, props.mergeSchedule),
      purgeScript(names, {
        tombstoneHours: props.tombstoneRetentionHours,
        logHours: props.logRetentionHours,
        rejectionHours: props.rejectionRetentionHours,
      }),
    );
  }

  private scheduledQuery(id: string, schedule: string, query: string): BigqueryDataTransferConfig {
    const { names, props, serviceAccountEmail, dependsOn } = this.options;
    return new BigqueryDataTransferConfig(this, id, {
      project: props.projectId,
      displayName: `${names.coreDataset} ${id}`,
      dataSourceId: 'scheduled_query',
      // The provider's default is US, whatever the dataset's location is.
      location: props.location.toLowerCase(),
      schedule,
      serviceAccountName: serviceAccountEmail,
      // A script takes no destination and no write disposition; the service refuses them.
      params: { query },
      ...this.encryption(),
      dependsOn: [...dependsOn],
    });
  }

  private encryption() {
    const { props, coreDataset } = this.options;
    if (!props.kmsKeyName) return {};
    const dataset = `${BigqueryDataset.tfResourceType}.${coreDataset.friendlyUniqueId}`;
    return {
      encryptionConfiguration: { kmsKeyName: props.kmsKeyName },
      // The provider leaves the key out of updates: a plan would show a new one, and an apply not set it.
      lifecycle: { replaceTriggeredBy: [`${dataset}.default_encryption_configuration`] },
    };
  }
}
