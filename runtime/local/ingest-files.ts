import { resolve } from 'node:path';

import type { NormalizeOptions } from '../normalize/delivered-object';
import type { Loader } from '../ingest/loader';
import { LocalLanding, type MarkLedger } from './landing-files';
import { LocalStaging } from './staging-directory';
import { sweep, type SweepLimits } from '../ingest/sweep';
import type { SweepReport } from '../ingest/sweep-report';

export interface LocalIngestOptions {
  /** Where rows are staged; what a run that was cut off left there is finished by the next one. */
  readonly stagingDirectory: string;
  readonly normalize?: Partial<NormalizeOptions>;
  readonly limits?: Partial<SweepLimits>;
  /** Called with the lines read since the last call. */
  readonly onLines?: (lines: number) => void;
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
  warehouse: Loader & MarkLedger,
  files: readonly string[],
  { stagingDirectory, normalize = {}, limits = {}, onLines }: LocalIngestOptions,
): Promise<SweepReport> {
  const staging = new LocalStaging(resolve(stagingDirectory));
  const landing = new LocalLanding(
    files.map((file) => resolve(file)),
    warehouse,
  );
  const report = await sweep(
    {
      landing,
      staging,
      loader: warehouse,
      now: () => Date.now() * 1000,
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
