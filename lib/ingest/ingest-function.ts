import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member';
import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job';
import { Cloudfunctions2Function } from '@cdktf/provider-google/lib/cloudfunctions2-function';
import type { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member';
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
import { SOURCE_PREFIX, sourceName } from '../../runtime/ingest/staging-names';
import type { DatasetNames } from '../../runtime/warehouse/dialect';
import type { ResolvedProps } from '../props/audience-import-props';
import { functionArchivePath } from './function-archive';
import type { IngestAccount } from './ingest-account';
import type { WorkspaceNames } from '../workspace/names';
import { healthCron, sweepCron } from './sweep-schedule';
import { literal } from '../workspace/terraform-text';
import type { WorkspaceAccount } from '../workspace/workspace-account';

/** The longest that Cloud Scheduler waits for an answer; the function is given as long. */
const TIMEOUT_SECONDS = 1800;

/** When a sweep stops, between two objects or while a load runs; the rest of the time is for the object it reads. */
const SWEEP_SECONDS = 1500;

/** Hexadecimal digits of the archive's SHA-256 in the object's name. */
const HASH_LENGTH = 16;

export interface IngestFunctionOptions {
  readonly names: WorkspaceNames & DatasetNames;
  readonly props: ResolvedProps;
  readonly labels: Readonly<Record<string, string>>;
  readonly landingBucket: StorageBucket;
  readonly stagingBucket: StorageBucket;
  readonly account: IngestAccount;
  /** Whom Cloud Scheduler calls as. */
  readonly invoker: WorkspaceAccount;
}

/** The function that loads landing objects into the tables, and the two schedules that call it. */
export class IngestFunction extends Construct {
  readonly source: StorageBucketObject;
  readonly buildGrant: StorageBucketIamMember;
  readonly function: Cloudfunctions2Function;
  readonly invokerGrant: CloudRunV2ServiceIamMember;
  readonly sweep: CloudSchedulerJob;
  readonly health: CloudSchedulerJob;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: IngestFunctionOptions,
  ) {
    super(scope, id);
    const { names, props, stagingBucket, invoker } = options;
    const archive = archiveAsset(this);
    this.source = new StorageBucketObject(this, 'source', {
      bucket: stagingBucket.name,
      // Only another name makes the platform build again, and no other name leaves the plan as it was.
      name: sourceName(archive.assetHash),
      source: archive.path,
    });
    this.buildGrant = new StorageBucketIamMember(this, 'build-reads-source', {
      bucket: stagingBucket.name,
      role: 'roles/storage.objectViewer',
      member: `serviceAccount:${props.buildServiceAccount}`,
      condition: {
        title: 'source only',
        expression: `resource.name.startsWith("projects/_/buckets/${names.stagingBucket}/objects/${SOURCE_PREFIX}")`,
      },
    });
    this.function = this.deployedFunction();
    this.invokerGrant = new CloudRunV2ServiceIamMember(this, 'scheduler-invokes', {
      project: props.projectId,
      location: props.region,
      // The service of a function has the function's name.
      name: this.function.name,
      role: 'roles/run.invoker',
      member: invoker.member,
    });
    this.sweep = this.job('sweep', {
      name: names.sweepJob,
      schedule: sweepCron(props.workspace, props.sweepEveryMinutes),
      endpoint: ENDPOINTS.sweep,
    });
    this.health = this.job('health', {
      name: names.healthJob,
      schedule: healthCron(props.workspace, props.sweepEveryMinutes),
      endpoint: ENDPOINTS.health,
    });
  }

  private deployedFunction(): Cloudfunctions2Function {
    const { names, props, labels, landingBucket, stagingBucket, account } = this.options;
    return new Cloudfunctions2Function(this, 'function', {
      project: props.projectId,
      location: props.region,
      name: names.ingestFunction,
      description: literal(`Loads delivered audience changes of ${props.workspace}.`),
      buildConfig: {
        runtime: `nodejs${NODE_MAJOR}`,
        entryPoint: ENTRY_POINT,
        // Left out, Google builds as the default compute account, which may do too much or nothing at all.
        serviceAccount: `projects/${props.projectId}/serviceAccounts/${props.buildServiceAccount}`,
        source: { storageSource: { bucket: stagingBucket.name, object: this.source.name } },
      },
      serviceConfig: {
        serviceAccountEmail: account.email,
        // Cloud Scheduler calls from inside: https://cloud.google.com/run/docs/securing/ingress
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        availableCpu: '1',
        availableMemory: '512Mi',
        minInstanceCount: 0,
        // One sweep at a time: two would be harmless, and slower.
        maxInstanceCount: 1,
        maxInstanceRequestConcurrency: 1,
        timeoutSeconds: TIMEOUT_SECONDS,
        environmentVariables: {
          ...toEnvironment({
            workspace: literal(props.workspace),
            projectId: props.projectId,
            location: props.location,
            coreDataset: names.coreDataset,
            landingBucket: landingBucket.name,
            stagingBucket: stagingBucket.name,
            identityTypes: props.identityTypes,
            sweepSeconds: SWEEP_SECONDS,
          }),
          // The platform sets it, too. Without it here, every plan would show a change.
          LOG_EXECUTION_ID: 'true',
        },
      },
      labels: { ...labels, component: 'ingest' },
      dependsOn: [...account.dependencies, this.buildGrant],
    });
  }

  private job(
    id: string,
    request: { name: string; schedule: string; endpoint: Endpoint },
  ): CloudSchedulerJob {
    const { props, account, invoker } = this.options;
    const { uri } = this.function.serviceConfig;
    const { method, path } = request.endpoint;
    return new CloudSchedulerJob(this, id, {
      project: props.projectId,
      region: props.region,
      name: request.name,
      schedule: request.schedule,
      timeZone: 'Etc/UTC',
      attemptDeadline: `${TIMEOUT_SECONDS}s`,
      // The next tick is the retry: it finishes what this one began, and comes within minutes.
      retryConfig: { retryCount: 0 },
      httpTarget: {
        httpMethod: method,
        uri: `${uri}${path}`,
        oidcToken: { serviceAccountEmail: invoker.email, audience: uri },
      },
      // A first tick before the grants would only fail.
      dependsOn: [...invoker.dependencies, this.invokerGrant, ...account.grants],
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
