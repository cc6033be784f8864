import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../support/free-port';
import type { Cloud } from './cloud';
import { functionEnvironment } from './provision';
import { health, tick, type FunctionAnswer } from './running-function';
import { RunningProgram } from './running-program';

const root = join(__dirname, '../..');

/** The built bundle as the platform runs it: under the functions framework, in the environment of the stack. */
export class DeployedBundle {
  private constructor(
    private readonly url: string,
    private readonly program: RunningProgram,
    private readonly metadata: Server,
    private readonly home: string,
  ) {}

  static async start(cloud: Cloud): Promise<DeployedBundle> {
    const metadata = await startMetadataServer();
    const home = mkdtempSync(join(tmpdir(), 'deployed-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = await RunningProgram.start({
      path: join(root, 'node_modules/.bin/functions-framework'),
      args: ['--target=ingest', '--source', join(root, 'dist/function'), `--port=${port}`],
      env: {
        ...functionEnvironment(cloud.stack),
        // Where the clients find the services, and no credentials of this machine.
        STORAGE_EMULATOR_HOST: cloud.services.storage.url,
        BIGQUERY_EMULATOR_HOST: `${cloud.services.bigquery.url}/bigquery/v2`,
        GCE_METADATA_HOST: `127.0.0.1:${(metadata.address() as AddressInfo).port}`,
        METADATA_SERVER_DETECTION: 'assume-present',
        GOOGLE_APPLICATION_CREDENTIALS: '',
        HOME: home,
      },
      url: `${url}/health`,
    });
    return new DeployedBundle(url, program, metadata, home);
  }

  tick(): Promise<FunctionAnswer> {
    return tick(this.url);
  }

  health(): Promise<FunctionAnswer> {
    return health(this.url);
  }

  /** The end of what it wrote, on both outputs. */
  get output(): string {
    return this.program.output;
  }

  async stop(): Promise<void> {
    await this.program.stop();
    this.metadata.closeAllConnections();
    this.metadata.close();
    await once(this.metadata, 'close');
    rmSync(this.home, { recursive: true });
  }
}

/** Gives the function's account any token: https://cloud.google.com/compute/docs/metadata/overview */
async function startMetadataServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const isToken = request.url?.includes('/token') ?? false;
    const content = { access_token: 'none', expires_in: 3600, token_type: 'Bearer' };
    response.writeHead(isToken ? 200 : 404, {
      'metadata-flavor': 'Google',
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(isToken ? content : {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
