import type { RestCall } from '../../support/clouds/rest-call';
import type { RestSchema } from './rest-schema';

export interface JudgedCalls {
  /** What was called, each once, in the order of the alphabet. */
  readonly methods: readonly string[];
  /** Each fault once, however many requests have it. */
  readonly faults: readonly string[];
  readonly answerFaults: readonly string[];
}

/** Judges recorded calls, in their order. */
export function judgeCalls(schema: RestSchema, calls: readonly RestCall[]): JudgedCalls {
  const verdicts = calls.map((call) => schema.judge({ ...call, url: withServicePath(call.url) }));
  return {
    methods: distinct(verdicts.flatMap(({ method }) => method ?? [])).sort(),
    faults: distinct(verdicts.flatMap(({ faults }) => faults)),
    answerFaults: distinct(verdicts.flatMap(({ answerFaults }) => answerFaults)),
  };
}

/** The client of Cloud Storage leaves the path of the service out when the environment names an emulator. */
function withServicePath(url: string): string {
  return url.replace(/^\/b(?=[/?]|$)/, '/storage/v1/b');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
