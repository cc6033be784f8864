import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { BigQueryEngine } from '../../runtime/engines/bigquery';
import { createHandler, type FunctionParts } from '../../runtime/function/handler';
import type { LogEntry } from '../../runtime/function/log';
import { CloudStorageBucket } from '../../runtime/ingest/cloud-storage';
import type { Cloud } from './cloud';

export interface FunctionAnswer {
  readonly status: number;
  readonly entry: LogEntry;
}

/** The function's handler behind a plain server, with the real clients and the environment of the stack. */
export class RunningFunction {
  private constructor(
    private readonly server: Server,
    /** What it has logged. */
    readonly log: readonly LogEntry[],
  ) {}

  /** @param parts what stands in the place of the function's own. */
  static async start(cloud: Cloud, parts: Partial<FunctionParts> = {}): Promise<RunningFunction> {
    const { storage, bigquery, configuration } = cloud;
    const { location, landingBucket, stagingBucket, tables } = configuration;
    const log: LogEntry[] = [];
    const handler = createHandler(configuration, {
      landing: new CloudStorageBucket(storage, landingBucket),
      staging: new CloudStorageBucket(storage, stagingBucket),
      warehouse: new BigQueryEngine(bigquery, tables, location, { component: 'audience-import' }),
      log: (entry) => log.push(entry),
      now: () => Date.now() * 1000,
      sleep: (millis) => setTimeout(millis),
      ...parts,
    });
    const server = createServer((request, response) => void handler(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RunningFunction(server, log);
  }

  /** One sweep, as Cloud Scheduler asks for it. */
  tick(): Promise<FunctionAnswer> {
    return this.request('POST', '/');
  }

  health(): Promise<FunctionAnswer> {
    return this.request('GET', '/health');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async request(method: string, path: string): Promise<FunctionAnswer> {
    const { port } = this.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, entry: (await response.json()) as LogEntry };
  }
}
