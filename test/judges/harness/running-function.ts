import { setTimeout } from 'node:timers/promises';

import { BigQueryWarehouse, coreTables } from '../../../runtime/google/bigquery';
import { ENDPOINTS, type Endpoint } from '../../../runtime/function/deployment';
import { createHandler, type FunctionPorts } from '../../../runtime/function/handler';
import type { LogEntry, LogEntryOf, LogEvent } from '../../../runtime/function/log';
import { CloudStorageBucket } from '../../../runtime/google/cloud-storage';
import type { Cloud } from './cloud';
import { startServer } from './local-server';

export interface FunctionAnswer<Event extends LogEvent> {
  readonly status: number;
  readonly entry: LogEntryOf<Event>;
}

/** A function that serves, as Cloud Scheduler sees it. */
export class FunctionClient {
  constructor(private readonly url: string) {}

  /** One sweep. */
  tick(): Promise<FunctionAnswer<'sweep'>> {
    return this.ask(ENDPOINTS.sweep);
  }

  health(): Promise<FunctionAnswer<'health'>> {
    return this.ask(ENDPOINTS.health);
  }

  private async ask<Event extends LogEvent>({
    method,
    path,
  }: Endpoint): Promise<FunctionAnswer<Event>> {
    const response = await fetch(this.url + path, { method });
    return { status: response.status, entry: (await response.json()) as LogEntryOf<Event> };
  }
}

/** The function's handler behind a plain server, with the real clients and the environment of the stack. */
export class RunningFunction extends FunctionClient {
  private constructor(
    url: string,
    /** What it has logged. */
    readonly log: readonly LogEntry[],
  ) {
    super(url);
  }

  /**
   * It serves as long as the cloud is there.
   *
   * @param parts what stands in the place of the function's own.
   */
  static async start(cloud: Cloud, parts: Partial<FunctionPorts> = {}): Promise<RunningFunction> {
    const { storage, bigquery, configuration } = cloud;
    const { location, projectId, coreDataset, landingBucket, stagingBucket } = configuration;
    const tables = coreTables(projectId, coreDataset);
    const log: LogEntry[] = [];
    const handler = createHandler(configuration, {
      landing: new CloudStorageBucket(storage, landingBucket),
      staging: new CloudStorageBucket(storage, stagingBucket),
      warehouse: new BigQueryWarehouse(bigquery, tables, location, {
        component: 'audience-import',
      }),
      log: (entry) => log.push(entry),
      now: () => Date.now() * 1000,
      sleep: (millis) => setTimeout(millis),
      ...parts,
    });
    const server = await startServer((request, response) => void handler(request, response));
    cloud.atEnd(() => server.stop());
    return new RunningFunction(server.url, log);
  }
}
