/** What the deployed function and the construct that deploys it must agree on. Loads nothing. */

/** Major version of Node.js that the function runs on. Google supports it until 2028-10-31. */
// https://cloud.google.com/run/docs/runtimes/function-runtimes
export const NODE_MAJOR = 24;

/** The export of the bundle that the platform serves. */
export const ENTRY_POINT = 'ingest';

/** A request that the function answers. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash. */
  readonly path: string;
}

/** The requests that Cloud Scheduler sends. */
export const ENDPOINTS = {
  sweep: { method: 'POST', path: '/' },
  health: { method: 'GET', path: '/health' },
} as const satisfies Record<string, Endpoint>;
