import { resolve } from 'node:path';

import type { NormalizeOptions } from '../normalize/delivered-object';
import type { Loader } from '../ingest/loader';
import type { UnreadPath } from './find-files';
import { LocalLanding, type ObjectLedger } from './landing-files';
import { LocalStaging } from './staging-directory';
import { sweep, type SweepLimits } from '../ingest/sweep';
import type { SweepReport } from '../ingest/sweep-report';

export interface LocalIngestOptions {
  /** Where rows are staged; what a run that was cut off left there is finished by the next one. */
  readonly stagingDirectory: string;
  readonly normalize?: Partial<NormalizeOptions>;
  readonly limits?: Partial<SweepLimits>;
  /** The clock: microseconds since 1970-01-01T00:00:00Z; that of the machine if absent. */
  readonly now?: () => number;
  /** Called with the lines read since the last call. */
  readonly onLines?: (lines: number) => void;
  /** Called once for each file that cannot be read; the others are ingested all the same. */
  readonly onUnread?: (file: UnreadPath) => void;
}

/** Staged rows are loaded whenever their objects reach this size, so that staging needs bounded room. */
const BATCH_BYTES = 256 * 2 ** 20;

/**
 * Ingests local files as delivered objects: each generation of each file once, however often it is called. It
 * is the sweep of the deployed function, over a directory and the embedded engine, until nothing waits.
 *
 * @throws {SweepError}
 */
export async function ingestFiles(
  warehouse: Loader & ObjectLedger,
  files: readonly string[],
  {
    stagingDirectory,
    normalize = {},
    limits = {},
    now = clock,
    onLines,
    onUnread,
  }: LocalIngestOptions,
): Promise<SweepReport> {
  const staging = new LocalStaging(resolve(stagingDirectory));
  const landing = new LocalLanding(
    files.map((file) => resolve(file)),
    warehouse,
    { now, ...(onUnread ? { onUnread } : {}) },
  );
  const report = await sweep(
    {
      landing,
      staging,
      loader: warehouse,
      now,
      sleep: (millis) => new Promise((done) => setTimeout(done, millis)),
      ...(onLines ? { onLines } : {}),
    },
    {
      normalize,
      limits: { batchObjects: 5_000, batchBytes: BATCH_BYTES, batches: Infinity, ...limits },
      until: Infinity,
    },
  );
  await staging.tidy();
  return report;
}

function clock(): number {
  return Date.now() * 1000;
}
