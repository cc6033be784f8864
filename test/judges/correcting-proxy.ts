import { once } from 'node:events';
import {
  createServer,
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ProxiedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export type Forward = (request: ProxiedRequest) => Promise<ProxiedAnswer>;

/** Answers a request as the service would: with what the emulator behind it says, and what that leaves out. */
export type Correction = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedAnswer>;

/**
 * Stands between a client and an emulator. Requests are carried out one after the other, so that a correction
 * may ask the emulator something and then act on it, as the service does in one step.
 */
export class CorrectingProxy {
  /** `METHOD path?query STATUS` of every request, in the order in which they were carried out. */
  readonly seen: string[] = [];
  private last: Promise<unknown> = Promise.resolve();
  private held: Hold | undefined;

  private constructor(
    private readonly server: Server,
    private readonly forward: Forward,
    private readonly correct: Correction,
  ) {}

  static async start(emulatorPort: number, correct: Correction): Promise<CorrectingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CorrectingProxy(server, forwardTo(emulatorPort), correct);
    server.on('request', (request, response) => void proxy.answer(request, response));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Carries out a request whose line in {@link seen} is like this, and answers neither it nor any other. */
  hold(request: RegExp): Hold {
    this.held = new Hold(request);
    return this.held;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    try {
      const body = await buffer(incoming);
      const request = { method, url: new URL(url, 'http://emulator'), headers, body };
      const answer = await this.inTurn(request);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The client has hung up, or the emulator is gone: its output tells.
      response.destroy();
    }
  }

  private inTurn(request: ProxiedRequest): Promise<ProxiedAnswer> {
    const asked = `${request.method} ${request.url.pathname}${request.url.search}`;
    const answer = this.last.then(async () => {
      const corrected = await this.correct(request, this.forward);
      this.seen.push(`${asked} ${corrected.status}`);
      await this.held?.at(this.seen.at(-1) ?? '');
      return corrected;
    });
    this.last = answer.catch(() => undefined);
    return answer;
  }
}

/** A moment at which a service goes silent, until it is released. */
export class Hold {
  readonly reached: Promise<void>;
  release: () => void = () => undefined;
  private reach: () => void = () => undefined;
  private readonly released: Promise<void>;

  constructor(private readonly request: RegExp) {
    this.reached = new Promise((done) => {
      this.reach = done;
    });
    this.released = new Promise((done) => {
      this.release = done;
    });
  }

  async at(seen: string): Promise<void> {
    if (!this.request.test(seen)) return;
    this.reach();
    await this.released;
  }
}

function forwardTo(port: number): Forward {
  return async ({ method, url, headers, body }) => {
    const path = url.pathname + url.search;
    const outgoing = sendRequest({ host: '127.0.0.1', port, method, path, headers });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return {
      status: incoming.statusCode ?? 502,
      headers: incoming.headers,
      body: await buffer(incoming),
    };
  };
}
