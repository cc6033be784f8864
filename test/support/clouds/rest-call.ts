import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** A request to one of Google's services as it was sent, and what was answered. */
export interface RestCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly answer: RestAnswer;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export function callOf(request: IncomingMessage, body: Buffer, answer: RestAnswer): RestCall {
  const { method = 'GET', url = '/', headers } = request;
  return { method, url, headers, body, answer };
}
