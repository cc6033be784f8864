import { Annotations, TerraformOutput, type TerraformResource } from 'cdktf';
import { Construct } from 'constructs';

import { resolveThresholds } from './props/alert-thresholds';
import { Alerts } from './monitoring/alerts';
import { resolveProps, type AudienceImportProps } from './props/audience-import-props';
import { Dashboard } from './monitoring/dashboard';
import { erasureBudget, type ErasureSettings } from './erasure/erasure-budget';
import { erasureOutput } from './erasure/erasure-report';
import { erasureSettings } from './erasure/erasure-settings';
import { IngestAccount } from './ingest/ingest-account';
import { IngestFunction } from './ingest/ingest-function';
import { LandingBucket } from './landing/landing-bucket';
import { MergeAccount } from './warehouse/merge-account';
import { MergeJob } from './warehouse/merge-job';
import { workspaceNames } from './workspace/names';
import { StagingBucket } from './ingest/staging-bucket';
import { validateProps } from './props/validation';
import { PACKAGE_VERSION } from './workspace/version';
import { Warehouse } from './warehouse/warehouse';
import { WorkspaceAccount } from './workspace/workspace-account';

/** The second of the two switches that let a plan destroy data: see {@link AudienceImportProps.destroyData}. */
export const DESTROY_DATA_CONTEXT = 'cdktf-audience-import:destroyData';

/**
 * Everything one customer workspace needs to import mParticle audiences: a landing bucket, the function that
 * loads what is delivered, a private and a published dataset, the scheduled MERGE and the daily purge, with
 * the accounts and grants they need, and alerts and a dashboard that watch them.
 *
 * Every resource is a public field of its part, for what the props do not offer.
 *
 * @throws {InvalidPropsError} with all faults of the props at once.
 */
export class AudienceImport extends Construct {
  readonly landing: LandingBucket;
  readonly staging: StagingBucket;
  readonly warehouse: Warehouse;
  readonly mergeAccount: MergeAccount;
  readonly mergeJob: MergeJob;
  readonly ingestAccount: IngestAccount;
  readonly invokerAccount: WorkspaceAccount;
  readonly ingestFunction: IngestFunction;
  readonly alerts: Alerts;
  /** Absent where the prop says so. */
  readonly dashboard?: Dashboard;

  constructor(scope: Construct, id: string, props: AudienceImportProps) {
    super(scope, id);
    validateProps(this.node.path, props);
    const resolved = resolveProps(props);
    const { projectId, workspace, namePrefix } = resolved;
    const names = { projectId, ...workspaceNames(projectId, workspace, namePrefix) };
    const destroyable = this.mayDestroyData(resolved.destroyData);
    const labels = {
      ...resolved.labels,
      workspace: labelValue(resolved.workspace),
      version: labelValue(PACKAGE_VERSION),
    };

    const common = { props: resolved, labels, destroyable };

    this.landing = new LandingBucket(this, 'landing', { ...common, name: names.landingBucket });
    this.staging = new StagingBucket(this, 'staging', { ...common, name: names.stagingBucket });
    this.mergeAccount = new MergeAccount(this, 'merge-account', {
      ...common,
      accountId: names.mergeAccountId,
      existing: resolved.mergeServiceAccount,
    });
    this.warehouse = new Warehouse(this, 'warehouse', {
      ...common,
      names,
      mergeMember: this.mergeAccount.member,
    });
    this.mergeJob = new MergeJob(this, 'merge-job', {
      ...common,
      names,
      serviceAccountEmail: this.mergeAccount.email,
      coreDataset: this.warehouse.core,
      dependsOn: [
        ...Object.values(this.warehouse.tables),
        this.warehouse.mergeGrant,
        this.mergeAccount.jobGrant,
        this.mergeAccount.transferAgentGrant,
      ],
    });
    this.ingestAccount = new IngestAccount(this, 'ingest-account', {
      ...common,
      accountId: names.ingestAccountId,
      existing: resolved.ingestServiceAccount,
      landingBucket: this.landing.bucket,
      stagingBucket: this.staging.bucket,
      tables: this.warehouse.tables,
    });
    this.invokerAccount = new WorkspaceAccount(this, 'invoker-account', 'invoker', {
      ...common,
      accountId: names.invokerAccountId,
      existing: resolved.invokerServiceAccount,
    });
    this.ingestFunction = new IngestFunction(this, 'ingest-function', {
      ...common,
      names,
      landingBucket: this.landing.bucket,
      stagingBucket: this.staging.bucket,
      account: this.ingestAccount,
      invoker: this.invokerAccount,
    });
    const watched = {
      projectId,
      functionName: names.ingestFunction,
      merge: this.mergeJob.merge,
      purge: this.mergeJob.purge,
    };
    const settings = erasureSettings(resolved);
    this.alerts = new Alerts(this, 'alerts', {
      ...watched,
      schedulerJobNames: [names.sweepJob, names.healthJob],
      workspace,
      labels,
      channels: resolved.alertChannels,
      runbook: resolved.runbook,
      thresholds: resolveThresholds(resolved.alertThresholds, settings),
    });
    if (resolved.dashboard) {
      this.dashboard = new Dashboard(this, 'dashboard', {
        ...watched,
        workspace,
        landingBucketName: names.landingBucket,
        stagingBucketName: names.stagingBucket,
        coreDatasetId: names.coreDataset,
      });
    }
    this.addOutputs(settings);
  }

  /** What mParticle, the readers and the operators are told, once it can be used. */
  private addOutputs(settings: ErasureSettings): void {
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
    new TerraformOutput(this, 'ingest-function-name', {
      value: this.ingestFunction.function.name,
      description: 'Function, and Cloud Run service, whose logs say what became of each delivery.',
    });
    new TerraformOutput(this, 'erasure-budget', {
      value: erasureOutput(erasureBudget(settings)),
      description: 'How long a deleted membership can survive in each place.',
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
