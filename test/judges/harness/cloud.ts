import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import type { DatasetNames } from '../../../runtime/warehouse/dialect';
import { fromEnvironment, type FunctionSettings } from '../../../runtime/function/environment';
import { STORAGE_RETRIES } from '../../../runtime/google/cloud-storage';
import { freePort } from '../../../docs/tools/free-port';
import { all, type SynthesizedStack } from '../../support/stacks/stacks';
import { asBigQuery } from './bigquery-corrections';
import { programPath } from './built-programs';
import { asCloudStorage } from './cloud-storage-corrections';
import { CorrectingProxy, type Correction } from './correcting-proxy';
import { exampleStack, functionEnvironment, provision } from './provision';
import { RunningProgram } from './running-program';

/** Emulators that hold what examples/single-workspace provisions, and real clients that talk to them. */
export interface Cloud {
  readonly bigquery: BigQuery;
  readonly storage: Storage;
  readonly stack: SynthesizedStack;
  readonly names: DatasetNames;
  /** What the function's environment in the stack says. */
  readonly configuration: FunctionSettings;
  /** The services, as their clients see them. */
  readonly services: Readonly<Record<'storage' | 'bigquery', CorrectingProxy>>;
  /** The end of what the emulators wrote, for whoever has to find out what went wrong. */
  output(): string;
  /** What has to be ended before the cloud is. */
  atEnd(stop: () => Promise<void>): void;
  stop(): Promise<void>;
}

/** Starts the emulators and provisions them. @throws with their output; nothing is left running then. */
export async function startCloud(): Promise<Cloud> {
  const stack = exampleStack();
  const dataset = (component: string) => labelled(stack, 'google_bigquery_dataset', component);
  const projectId = String(dataset('core')['project']);
  const storagePort = await freePort();
  const bigQueryPort = await freePort();
  const programs: RunningProgram[] = [];
  const stops: (() => Promise<void>)[] = [];
  const output = () => programs.map((program) => program.output).join('\n');
  const atEnd = (stop: () => Promise<void>) => stops.unshift(stop);
  const stop = async () => {
    for (const stopOne of stops) await stopOne();
  };
  const started = (program: RunningProgram) => {
    programs.push(program);
    atEnd(() => program.stop());
  };
  const corrected = async (port: number, correction: Correction) => {
    const proxy = await CorrectingProxy.start(endpoint(port), correction);
    atEnd(() => proxy.stop());
    return proxy;
  };
  try {
    started(await startStorage(storagePort));
    started(await startBigQuery(bigQueryPort, storagePort, projectId));
    const services = {
      storage: await corrected(storagePort, asCloudStorage),
      bigquery: await corrected(bigQueryPort, asBigQuery()),
    };
    const bigquery = bigQueryClient(services.bigquery.url, projectId);
    const storage = new Storage({
      projectId,
      apiEndpoint: services.storage.url,
      retryOptions: STORAGE_RETRIES,
    });
    await provision(stack, bigquery, storage);
    return {
      bigquery,
      storage,
      stack,
      names: {
        projectId,
        coreDataset: String(dataset('core')['dataset_id']),
        publishedDataset: String(dataset('published')['dataset_id']),
      },
      configuration: fromEnvironment(functionEnvironment(stack)),
      services,
      output,
      atEnd,
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the cloud did not start\n${output()}`, { cause: error });
  }
}

const HOST = '127.0.0.1';

function endpoint(port: number): string {
  return `http://${HOST}:${port}`;
}

async function startStorage(port: number): Promise<RunningProgram> {
  const address = ['-scheme', 'http', '-host', HOST, '-port', String(port)];
  return RunningProgram.start({
    path: programPath('fake-gcs-server'),
    args: [...address, '-public-host', `${HOST}:${port}`, '-backend', 'memory'],
    url: `${endpoint(port)}/_internal/healthcheck`,
  });
}

async function startBigQuery(
  port: number,
  storagePort: number,
  projectId: string,
): Promise<RunningProgram> {
  const address = ['--host', HOST, '--port', String(port), '--grpc-port', String(await freePort())];
  return RunningProgram.start({
    path: programPath('bigquery-emulator'),
    args: ['--project', projectId, ...address],
    // Where its load jobs read.
    env: { STORAGE_EMULATOR_HOST: endpoint(storagePort) },
    url: `${endpoint(port)}/bigquery/v2/projects/${projectId}/datasets`,
  });
}

/** The client authenticates whatever the endpoint is; any token will do. */
function bigQueryClient(apiEndpoint: string, projectId: string): BigQuery {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'none' });
  return new BigQuery({ projectId, apiEndpoint, authClient });
}

function labelled(stack: SynthesizedStack, type: string, component: string) {
  const found = all(stack, type).find(
    ({ labels }) => (labels as Record<string, string>)['component'] === component,
  );
  if (!found) throw new Error(`no ${type} of component ${component}`);
  return found;
}
