import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member';
import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function';
import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import type { StorageBucketIamPolicy } from '@cdktf/provider-google/lib/storage-bucket-iam-policy';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object';
import { TerraformAsset, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import {
  ENDPOINTS,
  ENTRY_POINT,
  NODE_MAJOR,
  type Endpoint,
} from '../../runtime/function/deployment';
import { toEnvironment } from '../../runtime/function/environment';
import { sourceName } from '../../runtime/ingest/staging-names';
import { functionArchivePath } from './function-archive';
import type { IngestAccount } from './ingest-account';
import type { InvokerAccount } from './invoker-account';
import type { StagingBucket } from './staging-bucket';
import { healthCron, sweepCron } from './sweep-schedule';
import { literal } from '../workspace/terraform-text';
import { PACKAGE_VERSION } from '../workspace/version';
import { labelValue, type Workspace } from '../workspace/workspace';

/** The longest that Cloud Scheduler waits for an answer; the function is given as long. */
const TIMEOUT_SECONDS = 1800;

/** When a sweep stops, between two objects or while a load runs; the rest of the time is for the object it reads. */
const SWEEP_SECONDS = 1500;

/** Hexadecimal digits of the archive's SHA-256 in the object's name. */
const HASH_LENGTH = 16;

export interface IngestFunctionOptions {
  readonly workspace: Workspace;
  /** E-mail of the account that Cloud Build builds the function as. */
  readonly buildServiceAccount: string;
  readonly identityTypes: readonly string[];
  readonly sweepEveryMinutes: number;
  readonly landing: {
    readonly bucket: StorageBucket;
    readonly policy: StorageBucketIamPolicy;
    /** The only folder that is read; left out, all of the bucket is. */
    readonly folder?: string;
  };
  readonly staging: StagingBucket;
  /** What the function runs as. */
  readonly account: IngestAccount;
  /** What Cloud Scheduler calls the function as. */
  readonly invoker: InvokerAccount;
}

/** The function that loads landing objects into the tables, and the two schedules that call it. */
export class IngestFunction extends Construct {
  /** The function's code, named by its content. */
  readonly source: StorageBucketObject;
  /** The function itself. */
  readonly function: Cloudfunctions2Function;
  /** Lets Cloud Scheduler call the function. */
  readonly invokerGrant: CloudRunV2ServiceIamMember;
  /** Calls for a sweep, every few minutes. */
  readonly sweep: CloudSchedulerJob;
  /** Calls for the health check, hourly. */
  readonly health: CloudSchedulerJob;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: IngestFunctionOptions,
  ) {
    super(scope, id);
    const { workspace, staging, invoker, sweepEveryMinutes } = options;
    const archive = archiveAsset(this);
    this.source = new StorageBucketObject(this, 'source', {
      bucket: staging.bucket.name,
      // Only another name makes the platform build again, and no other name leaves the plan as it was.
      name: sourceName(archive.assetHash),
      source: archive.path,
    });
    this.function = this.deployedFunction();
    this.invokerGrant = invoker.grantInvoking(this, this.function);
    this.sweep = this.job('sweep', {
      name: workspace.names.sweepJob,
      schedule: sweepCron(workspace.id, sweepEveryMinutes),
      endpoint: ENDPOINTS.sweep,
    });
    this.health = this.job('health', {
      name: workspace.names.healthJob,
      schedule: healthCron(workspace.id, sweepEveryMinutes),
      endpoint: ENDPOINTS.health,
    });
  }

  private deployedFunction(): Cloudfunctions2Function {
    const { workspace, landing, staging, account } = this.options;
    const { projectId, names } = workspace;
    return new Cloudfunctions2Function(this, 'function', {
      project: projectId,
      location: workspace.region,
      name: names.ingestFunction,
      description: literal(`Loads delivered audience changes of ${workspace.id}.`),
      buildConfig: {
        runtime: `nodejs${NODE_MAJOR}`,
        entryPoint: ENTRY_POINT,
        // Left out, Google builds as the default compute account, which may do too much or nothing at all.
        serviceAccount: `projects/${projectId}/serviceAccounts/${this.options.buildServiceAccount}`,
        source: { storageSource: { bucket: staging.bucket.name, object: this.source.name } },
      },
      serviceConfig: {
        serviceAccountEmail: account.email,
        // Cloud Scheduler calls from inside: https://cloud.google.com/run/docs/securing/ingress
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        availableCpu: '1',
        availableMemory: '512Mi',
        minInstanceCount: 0,
        // One sweep at a time, because Cloud Scheduler never overlaps the calls of one job; two would be harmless,
        // and slower. The second place is for the health check, which must be answered while a sweep runs:
        // https://cloud.google.com/scheduler/docs/creating
        maxInstanceCount: 1,
        maxInstanceRequestConcurrency: 2,
        timeoutSeconds: TIMEOUT_SECONDS,
        environmentVariables: {
          ...toEnvironment({
            workspace: literal(workspace.id),
            projectId,
            location: workspace.location,
            coreDataset: names.coreDataset,
            landingBucket: landing.bucket.name,
            ...(landing.folder === undefined ? {} : { landingFolder: landing.folder }),
            stagingBucket: staging.bucket.name,
            identityTypes: this.options.identityTypes,
            sweepSeconds: SWEEP_SECONDS,
          }),
          // The platform sets it, too. Without it here, every plan would show a change.
          LOG_EXECUTION_ID: 'true',
        },
      },
      labels: {
        ...workspace.labels,
        component: 'ingest',
        // Which release's code it runs.
        version: labelValue(PACKAGE_VERSION),
      },
      // Cloud Build reads the code by the policy.
      dependsOn: [...account.beforeUse, staging.policy],
    });
  }

  private job(
    id: string,
    request: { name: string; schedule: string; endpoint: Endpoint },
  ): CloudSchedulerJob {
    const { workspace, landing, staging, account, invoker } = this.options;
    const { uri } = this.function.serviceConfig;
    const { method, path } = request.endpoint;
    return new CloudSchedulerJob(this, id, {
      project: workspace.projectId,
      region: workspace.region,
      name: request.name,
      schedule: request.schedule,
      timeZone: 'Etc/UTC',
      // Left out, the provider takes over that somebody paused the job, and no plan shows it.
      paused: false,
      attemptDeadline: `${TIMEOUT_SECONDS}s`,
      // The next tick is the retry: it finishes what this one began, and comes within minutes.
      retryConfig: { retryCount: 0 },
      httpTarget: {
        httpMethod: method,
        uri: `${uri}${path}`,
        oidcToken: { serviceAccountEmail: invoker.email, audience: uri },
      },
      // A first tick before the grants would only fail.
      dependsOn: [
        ...invoker.beforeUse,
        this.invokerGrant,
        ...account.grants,
        landing.policy,
        staging.policy,
      ],
    });
  }
}

/** The archive as an asset of the stack, whose path is no path of this machine. Workspaces share it. */
function archiveAsset(scope: Construct): TerraformAsset {
  const stack = TerraformStack.of(scope);
  const path = functionArchivePath();
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, HASH_LENGTH);
  const id = `audience-import-function-${hash}`;
  const shared = stack.node.tryFindChild(id) as TerraformAsset | undefined;
  return shared ?? new TerraformAsset(stack, id, { path, assetHash: hash });
}
