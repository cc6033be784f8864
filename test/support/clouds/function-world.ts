import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { WarehouseState } from '../../../runtime/ingest/loader';
import { createHandler, type FunctionPorts } from '../../../runtime/function/handler';
import type { LogEntry } from '../../../runtime/function/log';
import {
  contentIn,
  MemoryBucket,
  MemoryWarehouse,
  type MemoryWarehouseOptions,
} from './memory-cloud';

export const WORKSPACE = 'acme-news';
export const SWEEP_SECONDS = 240;
/** When everything was delivered. */
export const DELIVERED_AT = Date.UTC(2026, 0, 1) * 1000;

/** A function over stores in memory, called through HTTP. */
export class FunctionWorld {
  readonly landing = new MemoryBucket();
  readonly staging = new MemoryBucket();
  readonly warehouse: MemoryWarehouse & { readState(): Promise<WarehouseState> };
  readonly log: LogEntry[] = [];
  state: WarehouseState = { rowsWithoutIngestedAt: 0 };
  clock = DELIVERED_AT + 90_000_000;
  private server: Server | undefined;

  constructor(options: MemoryWarehouseOptions = {}) {
    this.warehouse = Object.assign(new MemoryWarehouse(contentIn(this.staging), options), {
      readState: () => Promise.resolve(this.state),
    });
  }

  deliver(deliveries: readonly (readonly [name: string, content: string | Buffer])[]): this {
    for (const [name, content] of deliveries) this.landing.put(name, content, DELIVERED_AT);
    return this;
  }

  /** @param parts other parts than the stores in memory. */
  async start(parts: Partial<FunctionPorts> = {}): Promise<this> {
    const handler = createHandler(
      { workspace: WORKSPACE, identityTypes: ['email'], sweepSeconds: SWEEP_SECONDS },
      {
        landing: this.landing,
        staging: this.staging,
        warehouse: this.warehouse,
        log: (entry) => this.log.push(entry),
        now: () => this.clock,
        sleep: (millis) => {
          this.clock += millis * 1000;
          return Promise.resolve();
        },
        ...parts,
      },
    );
    this.server = createServer((request, response) => void handler(request, response));
    await new Promise<void>((done) => this.server?.listen(0, '127.0.0.1', done));
    return this;
  }

  async ask(method: string, path: string): Promise<{ status: number; text: string }> {
    const { port } = this.server?.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  }

  /** What is answered, which is the last line of the log too. */
  async answer(method: string, path: string): Promise<Readonly<Record<string, unknown>>> {
    const { status, text } = await this.ask(method, path);
    const entry: unknown = JSON.parse(text);
    expect(entry).toEqual(this.log.at(-1));
    return { http: status, ...(entry as object) };
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done));
  }
}
