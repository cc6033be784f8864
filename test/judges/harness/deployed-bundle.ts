import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ENDPOINTS, ENTRY_POINT } from '../../../runtime/function/deployment';
import { freePort } from '../../../docs/tools/free-port';
import type { Cloud } from './cloud';
import { startServer } from './local-server';
import { functionEnvironment } from './provision';
import { FunctionClient } from './running-function';
import { RunningProgram } from './running-program';

const root = join(__dirname, '../../..');

/** The built bundle as the platform runs it: under the functions framework, in the environment of the stack. */
export class DeployedBundle extends FunctionClient {
  private constructor(
    url: string,
    private readonly program: RunningProgram,
  ) {
    super(url);
  }

  /** It serves until it is ended, and no longer than the cloud is there. */
  static async start(cloud: Cloud): Promise<DeployedBundle> {
    const metadata = await startServer(answerAsMetadataServer);
    cloud.atEnd(() => metadata.stop());
    const home = mkdtempSync(join(tmpdir(), 'deployed-'));
    cloud.atEnd(() => rm(home, { recursive: true }));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = await RunningProgram.start({
      path: join(root, 'node_modules/.bin/functions-framework'),
      args: [`--target=${ENTRY_POINT}`, '--source', join(root, 'dist/function'), `--port=${port}`],
      env: {
        ...functionEnvironment(cloud.stack),
        STORAGE_EMULATOR_HOST: cloud.services.storage.url,
        BIGQUERY_EMULATOR_HOST: `${cloud.services.bigquery.url}/bigquery/v2`,
        // As on the platform; and no credentials of this machine.
        GCE_METADATA_HOST: new URL(metadata.url).host,
        METADATA_SERVER_DETECTION: 'assume-present',
        GOOGLE_APPLICATION_CREDENTIALS: '',
        HOME: home,
      },
      url: url + ENDPOINTS.health.path,
    });
    cloud.atEnd(() => program.stop());
    return new DeployedBundle(url, program);
  }

  /** The end of what it wrote, on both outputs. */
  get output(): string {
    return this.program.output;
  }

  /** Ends the process wherever it is. */
  async kill(): Promise<void> {
    await this.program.stop();
  }
}

/** Gives the function's account a token, any: https://cloud.google.com/compute/docs/metadata/overview */
const answerAsMetadataServer: RequestListener = (request, response) => {
  const isToken = request.url?.includes('/token') ?? false;
  response.writeHead(isToken ? 200 : 404, {
    'metadata-flavor': 'Google',
    'content-type': 'application/json',
  });
  response.end(
    JSON.stringify(isToken ? { access_token: 'none', expires_in: 3600, token_type: 'Bearer' } : {}),
  );
};
