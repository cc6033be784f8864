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

  tick(): Promise<FunctionAnswer> {
    return tick(this.url);
  }

  health(): Promise<FunctionAnswer> {
    return health(this.url);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

/** One sweep, as Cloud Scheduler asks for it. */
export function tick(url: string): Promise<FunctionAnswer> {
  return ask(url, 'POST', '/');
}

export function health(url: string): Promise<FunctionAnswer> {
  return ask(url, 'GET', '/health');
}

async function ask(url: string, method: string, path: string): Promise<FunctionAnswer> {
  const response = await fetch(url + path, { method });
  return { status: response.status, entry: (await response.json()) as LogEntry };
}
