import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Loader, WarehouseState } from '../ingest/loader';
import type { LandingStore, StagingStore } from '../ingest/stores';
import { DEFAULT_SWEEP_LIMITS, sweep } from '../ingest/sweep';
import { countWaiting } from '../ingest/waiting';
import { ENDPOINTS, type Endpoint } from './deployment';
import type { FunctionSettings } from './environment';
import { healthOf } from './health';
import {
  healthEntry,
  healthFailedEntry,
  brokenEntry,
  parkedEntry,
  sweepEntry,
  sweepFailedEntry,
  type Log,
  type LogEntry,
} from './log';
import { readTraffic, recordTraffic } from './traffic';

export interface FunctionPorts {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  readonly warehouse: Loader & { readState(): Promise<WarehouseState> };
  readonly log: Log;
  /** The clock: microseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  readonly sleep: (millis: number) => Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

type Settings = Pick<FunctionSettings, 'workspace' | 'identityTypes' | 'sweepSeconds'>;

interface Route {
  readonly work: () => Promise<LogEntry>;
  /** The entry for a failure of the work. */
  readonly failed: (error: unknown) => LogEntry;
}

/**
 * `POST /` is one sweep; `GET /health` says how fresh the workspace is. Each answers with JSON, and writes the same to
 * the log. A sweep that fails answers 500, so that the metrics of its caller show it.
 */
export function createHandler(settings: Settings, ports: FunctionPorts): Handler {
  const named = (entry: LogEntry) => ({ ...entry, workspace: settings.workspace });
  const log: Log = (entry) => {
    ports.log(named(entry));
  };
  const routes: Readonly<Record<string, Route>> = {
    [requestLine(ENDPOINTS.sweep)]: {
      work: () => sweepOnce(settings, ports, log),
      failed: sweepFailedEntry,
    },
    [requestLine(ENDPOINTS.health)]: { work: () => checkHealth(ports), failed: healthFailedEntry },
  };
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const route = routes[requestLine({ method: request.method ?? '', path })];
    if (!route) {
      answer(response, 404, { message: `allowed: ${Object.keys(routes).join(', ')}` });
      return;
    }
    let status = 200;
    const entry = await route.work().catch((error: unknown) => {
      status = 500;
      return route.failed(error);
    });
    log(entry);
    answer(response, status, named(entry));
  };
}

function requestLine({ method, path }: Readonly<Record<keyof Endpoint, string>>): string {
  return `${method} ${path}`;
}

async function sweepOnce(
  { identityTypes, sweepSeconds }: Settings,
  { landing, staging, warehouse, now, sleep }: FunctionPorts,
  log: Log,
): Promise<LogEntry> {
  const startedAt = now();
  const report = await sweep(
    {
      landing,
      staging,
      loader: warehouse,
      now,
      sleep,
      onParked: (object, reason) => {
        log(parkedEntry(object, reason));
      },
      onBroken: (object, reason) => {
        log(brokenEntry(object, reason));
      },
    },
    {
      normalize: { identityTypes },
      limits: DEFAULT_SWEEP_LIMITS,
      until: startedAt + sweepSeconds * 1e6,
    },
  );
  const endedAt = now();
  const traffic = await recordTraffic(staging, report, endedAt);
  return sweepEntry(report, traffic, startedAt, endedAt);
}

async function checkHealth(ports: FunctionPorts): Promise<LogEntry> {
  const { landing, staging, warehouse, now } = ports;
  const waiting = await countWaiting(landing);
  const traffic = await readTraffic(staging);
  return healthEntry(healthOf(waiting, await warehouse.readState(), traffic?.since, now()));
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
