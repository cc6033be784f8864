import { Annotations, TerraformOutput, type TerraformResource } from 'cdktf';
import { Construct } from 'constructs';

import type { DatasetNames } from '../runtime';
import { resolveProps, type AudienceImportProps } from './audience-import-props';
import { LandingBucket } from './landing-bucket';
import { MergeAccount } from './merge-account';
import { MergeJob } from './merge-job';
import { workspaceNames } from './names';
import { validateProps } from './validation';
import { PACKAGE_VERSION } from './version';
import { Warehouse } from './warehouse';

/** The second of the two switches that let a plan destroy data: see {@link AudienceImportProps.destroyData}. */
export const DESTROY_DATA_CONTEXT = 'cdktf-audience-import:destroyData';

/**
 * Everything one customer workspace needs to import mParticle audiences: a landing bucket, a private and a
 * published dataset, the scheduled MERGE and the daily purge, with the accounts and grants they need.
 *
 * Every resource is a public field of its part, for what the props do not offer.
 *
 * @throws {InvalidPropsError} with all faults of the props at once.
 */
export class AudienceImport extends Construct {
  readonly landing: LandingBucket;
  readonly warehouse: Warehouse;
  readonly mergeAccount: MergeAccount;
  readonly mergeJob: MergeJob;

  constructor(scope: Construct, id: string, props: AudienceImportProps) {
    super(scope, id);
    validateProps(this.node.path, props);
    const resolved = resolveProps(props);
    const names = workspaceNames(resolved.projectId, resolved.workspace, resolved.namePrefix);
    const datasets: DatasetNames = { projectId: resolved.projectId, ...names };
    const destroyable = this.mayDestroyData(resolved.destroyData);
    const labels = {
      ...resolved.labels,
      workspace: labelValue(resolved.workspace),
      version: labelValue(PACKAGE_VERSION),
    };

    this.landing = new LandingBucket(this, 'landing', {
      name: names.landingBucket,
      props: resolved,
      labels,
      destroyable,
    });
    this.mergeAccount = new MergeAccount(this, 'merge-account', {
      accountId: names.mergeAccountId,
      props: resolved,
      destroyable,
    });
    this.warehouse = new Warehouse(this, 'warehouse', {
      names: datasets,
      props: resolved,
      mergeMember: this.mergeAccount.account.member,
      labels,
      destroyable,
    });
    this.mergeJob = new MergeJob(this, 'merge-job', {
      names: datasets,
      props: resolved,
      serviceAccountEmail: this.mergeAccount.email,
      dependsOn: [
        ...Object.values(this.warehouse.tables),
        this.warehouse.mergeGrant,
        this.mergeAccount.jobGrant,
        this.mergeAccount.transferAgentGrant,
      ],
    });
    this.addOutputs();
  }

  /** The connection details that mParticle and the readers are given, once they can be used. */
  private addOutputs(): void {
    this.addOutput('landing-bucket', {
      value: this.landing.bucket.name,
      description: 'Bucket to name in the mParticle audience output.',
      usableAfter: [this.landing.deliveryGrant],
    });
    this.addOutput('published-dataset', {
      value: this.warehouse.published.datasetId,
      description: 'Dataset with the views that readers see.',
      usableAfter: [this.warehouse.viewAuthorization, ...this.warehouse.readerGrants],
    });
  }

  /** cdktf renders an output's own `dependsOn` as `${address}`, which Terraform refuses. */
  private addOutput(
    id: string,
    output: {
      readonly value: string;
      readonly description: string;
      readonly usableAfter: readonly TerraformResource[];
    },
  ): void {
    const { value, description, usableAfter } = output;
    new TerraformOutput(this, id, { value, description }).addOverride(
      'depends_on',
      usableAfter.map((grant) => `${grant.terraformResourceType}.${grant.friendlyUniqueId}`),
    );
  }

  private mayDestroyData(asked: boolean): boolean {
    const allowed = this.node.tryGetContext(DESTROY_DATA_CONTEXT) === true;
    if (asked !== allowed) {
      Annotations.of(this).addWarning(
        `data is retained: destroying it takes both the prop destroyData and the context key ${DESTROY_DATA_CONTEXT}`,
      );
    }
    return asked && allowed;
  }
}

/** Lower-case letters, digits, dashes and underscores, at most 63. */
function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .slice(0, 63);
}
