import { once } from 'node:events';
import {
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { RestCall } from '../../support/clouds/rest-call';
import { startServer, type LocalServer } from './local-server';

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
 * A service as its clients see it: an emulator, corrected. Requests are carried out one after the other, so that
 * a correction may ask the emulator something and then act on it, as the service does in one step.
 */
export class CorrectingProxy {
  /** `METHOD path?query STATUS` of every request, in the order in which they were carried out. */
  readonly seen: string[] = [];
  /** The same requests whole, with what was answered. */
  readonly calls: RestCall[] = [];
  private last: Promise<unknown> = Promise.resolve();
  private hold: Hold | undefined;
  private server: LocalServer | undefined;

  private constructor(
    private readonly forward: Forward,
    private readonly correct: Correction,
  ) {}

  /** @param emulator where it is. */
  static async start(emulator: string, correct: Correction): Promise<CorrectingProxy> {
    const proxy = new CorrectingProxy(forwardTo(emulator), correct);
    proxy.server = await startServer((request, response) => void proxy.answer(request, response));
    return proxy;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /** Carries out the next request that is {@link seen} like this, and then answers nobody until it is released. */
  holdAt(request: RegExp): Hold {
    this.hold = new Hold(request);
    return this.hold;
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    try {
      const body = await buffer(incoming);
      const request = { method, url: new URL(url, 'http://emulator'), headers, body };
      const answer = await this.inTurn(request, `${method} ${url}`);
      this.calls.push({ method, url, headers, body, answer });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The client has hung up, or the emulator is gone: its output tells.
      response.destroy();
    }
  }

  private inTurn(request: ProxiedRequest, line: string): Promise<ProxiedAnswer> {
    const answer = this.last.then(async () => {
      const corrected = await this.correct(request, this.forward);
      const seen = `${line} ${corrected.status}`;
      this.seen.push(seen);
      await this.hold?.at(seen);
      return corrected;
    });
    this.last = answer.catch(() => undefined);
    return answer;
  }
}

/** A moment from which a service is silent, until it is released. */
export class Hold {
  /** Settles when the moment has come. */
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

function forwardTo(emulator: string): Forward {
  return async ({ method, url, headers, body }) => {
    const outgoing = sendRequest(emulator + url.pathname + url.search, { method, headers });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const { statusCode = 502, headers: answered } = incoming;
    return { status: statusCode, headers: answered, body: await buffer(incoming) };
  };
}
