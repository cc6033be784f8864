import { Construct } from 'constructs';

import { erasureBudget } from './erasure/erasure-budget';
import { erasureOutput } from './erasure/erasure-report';
import { IngestAccount } from './ingest/ingest-account';
import { IngestFunction } from './ingest/ingest-function';
import { InvokerAccount } from './ingest/invoker-account';
import { StagingBucket } from './ingest/staging-bucket';
import { LandingBucket } from './landing/landing-bucket';
import { Alerts } from './monitoring/alerts';
import { Dashboard } from './monitoring/dashboard';
import type { AudienceImportProps } from './props/audience-import-props';
import { resolveProps, type ResolvedProps } from './props/resolved-props';
import { mergeExpression, purgeExpression } from './props/schedule';
import { validateProps } from './props/validation';
import { MergeAccount } from './warehouse/merge-account';
import { MergeJob } from './warehouse/merge-job';
import { Warehouse } from './warehouse/warehouse';
import { mayDestroyData } from './workspace/destroy-data';
import { requireJsonOutput } from './workspace/json-output';
import { refuseNameClashes } from './workspace/name-clashes';
import { addOutput } from './workspace/output';
import { warnOfUnknownRegions } from './workspace/unknown-region';
import { workspaceOf } from './workspace/workspace';

/**
 * Everything that one customer workspace needs to import mParticle audiences: a landing bucket, the function
 * that loads what is delivered, a private and a published dataset, the scheduled MERGE and the daily purge,
 * with the accounts and grants they need, and the alerts and the dashboard that watch them.
 *
 * Every resource is a public field of its part, for what the props do not offer.
 *
 * The constructor refuses wrong props, and an app that writes HCL. Synthesis refuses the same workspace of a project twice in one app.
 *
 * @throws {InvalidPropsError} with all faults of the props at once.
 *
 * @example
 * import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
 * import { App, TerraformStack } from 'cdktf';
 * import { AudienceImport } from 'cdktf-audience-import';
 *
 * const app = new App();
 * const stack = new TerraformStack(app, 'acme');
 * new GoogleProvider(stack, 'google', { project: 'ads-imports' });
 *
 * new AudienceImport(stack, 'audiences', {
 *   workspace: 'acme-news',
 *   projectId: 'ads-imports',
 *   projectNumber: '123456789012',
 *   location: 'EU',
 *   buildServiceAccount: 'function-builder@ads-imports.iam.gserviceaccount.com',
 * });
 *
 * app.synth();
 */
export class AudienceImport extends Construct {
  /** Where mParticle delivers. */
  readonly landing: LandingBucket;
  /** Where the ingest function works. */
  readonly staging: StagingBucket;
  /** The datasets, tables and views. */
  readonly warehouse: Warehouse;
  /** What the scheduled queries run as. */
  readonly mergeAccount: MergeAccount;
  /** The scheduled queries: the MERGE and the daily purge. */
  readonly mergeJob: MergeJob;
  /** What the ingest function runs as. */
  readonly ingestAccount: IngestAccount;
  /** What Cloud Scheduler calls the ingest function as. */
  readonly invokerAccount: InvokerAccount;
  /** The function that loads what is delivered, and its schedules. */
  readonly ingestFunction: IngestFunction;
  /** The alerts that watch deliveries, sweeps, the MERGE and the purge. Absent if the prop `alerts` is false. */
  readonly alerts?: Alerts;
  /** Absent if the prop `dashboard` is false. */
  readonly dashboard?: Dashboard;

  constructor(scope: Construct, id: string, props: AudienceImportProps) {
    super(scope, id);
    requireJsonOutput(this);
    validateProps(this.node.path, props);
    const resolved = resolveProps(props);
    const workspace = workspaceOf({
      id: resolved.workspace,
      projectId: resolved.projectId,
      projectNumber: resolved.projectNumber,
      location: resolved.location,
      region: resolved.region,
      namePrefix: resolved.namePrefix,
      labels: resolved.labels,
      kmsKeyName: resolved.kmsKeyName,
      owners: resolved.owners,
      deployer: resolved.deployer,
      destroyable: mayDestroyData(this, resolved.destroyData),
    });
    const { projectId, names, labels } = workspace;
    refuseNameClashes(this, workspace);
    warnOfUnknownRegions(this, [workspace.location, workspace.region]);
    const { accessLogBucket } = resolved;

    this.mergeAccount = new MergeAccount(this, 'merge-account', {
      workspace,
      existing: resolved.mergeServiceAccount,
    });
    this.warehouse = new Warehouse(this, 'warehouse', {
      workspace,
      logRetentionHours: resolved.logRetentionHours,
      readers: resolved.readers,
      mergeAccount: this.mergeAccount,
    });
    this.mergeJob = new MergeJob(this, 'merge-job', {
      workspace,
      schedules: {
        merge: mergeExpression(workspace.id, resolved.mergeSchedule.intervalMinutes),
        purge: purgeExpression(workspace.id, resolved.mergeSchedule.intervalMinutes),
      },
      retention: resolved.retention,
      serviceAccountEmail: this.mergeAccount.email,
      coreDataset: this.warehouse.core,
      dependsOn: [
        ...Object.values(this.warehouse.tables),
        this.warehouse.core,
        this.mergeAccount.jobGrant,
        this.mergeAccount.transferAgentGrant,
        ...this.mergeAccount.beforeUse,
      ],
    });
    this.ingestAccount = new IngestAccount(this, 'ingest-account', {
      workspace,
      existing: resolved.ingestServiceAccount,
      tables: this.warehouse.tables,
    });
    this.landing = new LandingBucket(this, 'landing', {
      workspace,
      accessLogBucket,
      retentionDays: resolved.landingRetentionDays,
      folder: resolved.landingFolder,
      mparticleMember: resolved.mparticleMember,
      ingestAccount: this.ingestAccount,
    });
    this.staging = new StagingBucket(this, 'staging', {
      workspace,
      accessLogBucket,
      stagedRetentionDays: resolved.stagedRetentionDays,
      parkedRetentionDays: resolved.parkedRetentionDays,
      ingestAccount: this.ingestAccount,
      buildServiceAccount: resolved.buildServiceAccount,
    });
    this.invokerAccount = new InvokerAccount(this, 'invoker-account', {
      workspace,
      existing: resolved.invokerServiceAccount,
    });
    this.ingestFunction = new IngestFunction(this, 'ingest-function', {
      workspace,
      buildServiceAccount: resolved.buildServiceAccount,
      identityTypes: resolved.identityTypes,
      sweepEveryMinutes: resolved.sweepEveryMinutes,
      landing: this.landing,
      staging: this.staging,
      account: this.ingestAccount,
      invoker: this.invokerAccount,
    });
    const watched = {
      projectId,
      location: workspace.location,
      region: workspace.region,
      functionName: names.ingestFunction,
      schedulerJobNames: [names.sweepJob, names.healthJob],
      landingBucketName: names.landingBucket,
      stagingBucketName: names.stagingBucket,
      coreDatasetId: names.coreDataset,
      publishedDatasetId: names.publishedDataset,
      merge: this.mergeJob.merge,
      purge: this.mergeJob.purge,
    };
    if (resolved.alerts) {
      this.alerts = new Alerts(this, 'alerts', {
        ...watched,
        workspace: workspace.id,
        labels,
        channels: resolved.alertChannels,
        runbook: resolved.runbook,
        thresholds: resolved.alertThresholds,
      });
    }
    if (resolved.dashboard) {
      this.dashboard = new Dashboard(this, 'dashboard', { ...watched, workspace: workspace.id });
    }
    this.addOutputs(resolved);
  }

  private addOutputs({ erasure }: ResolvedProps): void {
    addOutput(this, 'landing-bucket', {
      value: this.landing.bucket.name,
      description: 'Bucket to name in the mParticle audience output.',
      usableAfter: [this.landing.policy],
    });
    addOutput(this, 'published-dataset', {
      value: this.warehouse.published.datasetId,
      description: 'Dataset with the views that readers see.',
      usableAfter: [this.warehouse.core, ...Object.values(this.warehouse.views)],
    });
    addOutput(this, 'ingest-function-name', {
      value: this.ingestFunction.function.name,
      description: 'Function, and Cloud Run service, whose logs say what became of each delivery.',
    });
    addOutput(this, 'erasure-budget', {
      value: erasureOutput(erasureBudget(erasure)),
      description: 'How long a deleted membership can survive in each place.',
    });
  }
}
