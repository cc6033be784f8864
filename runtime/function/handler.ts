import type { IncomingMessage, ServerResponse } from 'node:http';

import { WarehouseError, type LoadTarget } from '../ingest/loader';
import type { LastRuns } from '../google/bigquery';
import { StoreError, type LandingStore, type StagingStore } from '../ingest/stores';
import { DEFAULT_SWEEP_LIMITS, sweep, SweepError } from '../ingest/sweep';
import type { SweepReport } from '../ingest/sweep-report';
import { findWaiting } from '../ingest/waiting';
import { ENDPOINTS, type Endpoint } from './deployment';
import type { FunctionSettings } from './environment';
import { healthOf } from './health';
import type { Log, LogEntry, LogEntryOf, Severity } from './log';
import { recordTraffic, type Traffic } from './traffic';

/** What a function works with; the clock in microseconds since 1970-01-01T00:00:00Z. */
export interface FunctionParts {
  readonly landing: LandingStore;
  readonly staging: StagingStore;
  readonly warehouse: LoadTarget & { lastRuns(): Promise<LastRuns> };
  readonly log: Log;
  readonly now: () => number;
  readonly sleep: (millis: number) => Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * `POST /` is one sweep; `GET /health` tells how fresh the workspace is. Each answers with JSON, and writes the
 * same to the log. A sweep that fails answers 500, so that its caller's own metrics show it.
 */
export function createHandler(
  configuration: Pick<FunctionSettings, 'workspace' | 'identityTypes' | 'sweepSeconds'>,
  parts: FunctionParts,
): Handler {
  const routes: Readonly<Record<string, Route>> = {
    [requestLine(ENDPOINTS.sweep)]: {
      answer: () => sweepOnce(configuration, parts),
      failure: sweepFailure,
    },
    [requestLine(ENDPOINTS.health)]: { answer: () => health(parts), failure: healthFailure },
  };
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const route = routes[`${request.method ?? ''} ${path}`];
    if (!route) {
      answer(response, 404, { message: `allowed: ${Object.keys(routes).join(', ')}` });
      return;
    }
    try {
      const entry = { ...(await route.answer()), workspace: configuration.workspace };
      parts.log(entry);
      answer(response, 200, entry);
    } catch (error) {
      const entry = { ...route.failure(error), workspace: configuration.workspace };
      parts.log(entry);
      answer(response, 500, entry);
    }
  };
}

function requestLine({ method, path }: Endpoint): string {
  return `${method} ${path}`;
}

interface Route {
  readonly answer: () => Promise<LogEntry>;
  readonly failure: (error: unknown) => LogEntry;
}

async function sweepOnce(
  { workspace, identityTypes, sweepSeconds }: Parameters<typeof createHandler>[0],
  parts: FunctionParts,
): Promise<LogEntryOf<'sweep'>> {
  const startedAt = parts.now();
  const report = await sweep({
    landing: parts.landing,
    staging: parts.staging,
    target: parts.warehouse,
    normalize: { identityTypes },
    limits: DEFAULT_SWEEP_LIMITS,
    now: parts.now,
    until: startedAt + sweepSeconds * 1e6,
    sleep: parts.sleep,
    onParked: ({ name, generation }, reason) => {
      parts.log({
        severity: 'ERROR',
        event: 'object_parked',
        message: `${name}: set aside, because it stops every batch it is in (${reason})`,
        object: name,
        generation,
        reason,
        workspace,
      });
    },
  });
  const now = parts.now();
  const traffic = await recordTraffic(parts.staging, report, now);
  return sweepEntry(report, traffic, startedAt, now);
}

function sweepEntry(
  report: SweepReport,
  traffic: Traffic,
  startedAt: number,
  now: number,
): LogEntryOf<'sweep'> {
  const { lines, accepted, rejected, objects, vanished, parked, unreadable } = report;
  const secondsSince = (at = traffic.since) => Math.max(0, Math.round((now - at) / 1e6));
  return {
    severity: severityOf(report),
    event: 'sweep',
    message: `${objects} objects, ${lines} lines: ${accepted} accepted, ${rejected} rejected`,
    objects,
    lines,
    accepted,
    adds: report.adds,
    deletes: report.deletes,
    rejected,
    rejectedByReason: report.rejectedByReason,
    rejectedShare: lines === 0 ? 0 : rejected / lines,
    ignored: report.ignored,
    omittedIdentities: report.omittedIdentities,
    bytes: report.bytes,
    vanished,
    parked,
    unreadable,
    batches: report.batches,
    stopped: report.stopped,
    waitingObjects: report.waitingObjects,
    oldestWaitingSeconds:
      report.oldestWaitingAt === undefined ? 0 : secondsSince(report.oldestWaitingAt),
    secondsSinceObject: secondsSince(traffic.objectAt),
    secondsSinceAdd: secondsSince(traffic.addAt),
    secondsSinceDelete: secondsSince(traffic.deleteAt),
    durationMs: Math.round((now - startedAt) / 1000),
  };
}

/** An object that cannot be read waits for a person; a rejected line waits for its sender. */
function severityOf({ unreadable, rejected }: SweepReport): Severity {
  if (unreadable > 0) return 'ERROR';
  return rejected > 0 ? 'WARNING' : 'INFO';
}

async function health({ landing, warehouse, now }: FunctionParts): Promise<LogEntryOf<'health'>> {
  const waiting = await findWaiting(landing, { maxObjects: 1, maxBytes: 0 });
  const found = healthOf(waiting, await warehouse.lastRuns(), now());
  return {
    severity: found.status === 'ok' ? 'INFO' : 'WARNING',
    event: 'health',
    message: `the import is ${found.status}`,
    ...found,
  };
}

function sweepFailure(error: unknown): LogEntryOf<'sweep_failed'> {
  const [step, cause] = error instanceof SweepError ? [error.step, error.cause] : ['answer', error];
  return { severity: 'ERROR', event: 'sweep_failed', step, ...explained(cause) };
}

function healthFailure(error: unknown): LogEntryOf<'health_failed'> {
  return { severity: 'ERROR', event: 'health_failed', ...explained(error) };
}

/** A fault of a service has a message of ours; that of any other fault may hold data, so its place is told. */
function explained(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof Error ? error.name : 'unknown';
  const isOurs = error instanceof StoreError || error instanceof WarehouseError;
  return { code, message: isOurs ? error.message : `a defect: ${code} ${placeOf(error)}` };
}

/** The first frame of the stack: what stands before the frames is a message, and may hold data. */
function placeOf(error: unknown): string {
  const { message = '', stack = '' } = error instanceof Error ? error : {};
  const start = stack.indexOf(message);
  const frames = start < 0 ? '' : stack.slice(start + message.length);
  return /^\s+at .*$/m.exec(frames)?.[0].trim() ?? '';
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
