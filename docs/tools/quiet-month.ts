import { DEFAULTS } from '../../lib/props/resolved-props';
import { markdownTable } from './markdown-table';

const HOURS_A_MONTH = 730;
const SWEEPS = (HOURS_A_MONTH * 60) / DEFAULTS.sweepEveryMinutes;
const MERGES = (HOURS_A_MONTH * 60) / DEFAULTS.mergeSchedule.intervalMinutes;

/** Requests of a sweep that finds nothing, as test/runtime/function/idle-sweep.test.ts counts them. */
export const IDLE_SWEEP = { listings: 1, reads: 3 } as const;

/** Of an empty run: the watermark, the log, the delta, and the lock row twice; each is billed as 10 MiB. */
const TABLES_READ_BY_AN_EMPTY_RUN = 5;

/** Of a health check: the runs, and two tables whose rows must have a time of loading; each is billed as 10 MiB. */
const TABLES_READ_BY_A_HEALTH_CHECK = 3;

/** An idle sweep is a handful of requests; a second is ample, and not measured in the cloud. */
const SECONDS_OF_AN_IDLE_SWEEP = 1;

/** US dollars, multi-region EU, on demand, beyond every free tier; seen in November 2026. */
const PRICE = {
  listing: 0.01 / 1_000,
  read: 0.0004 / 1_000,
  vcpuSecond: 0.000024,
  gibSecond: 0.0000025,
  request: 0.4 / 1_000_000,
  schedulerJob: 0.1,
  tebibyteScanned: 6.25,
} as const;

const LEAST_SCAN_TEBIBYTES = 10 / 2 ** 20;

/** What a workspace costs in a month in which nothing is delivered: what, how often, US dollars. */
export function quietMonth(): readonly (readonly [string, string, number])[] {
  const scans = (count: number) => count * LEAST_SCAN_TEBIBYTES * PRICE.tebibyteScanned;
  return [
    [
      'scheduled MERGE, empty runs',
      `${count(MERGES)} runs × ${TABLES_READ_BY_AN_EMPTY_RUN} tables × 10 MiB`,
      scans(MERGES * TABLES_READ_BY_AN_EMPTY_RUN),
    ],
    [
      'hourly health check',
      `${count(HOURS_A_MONTH)} queries × ${TABLES_READ_BY_A_HEALTH_CHECK} tables × 10 MiB`,
      scans(HOURS_A_MONTH * TABLES_READ_BY_A_HEALTH_CHECK),
    ],
    [
      'function',
      `${count(SWEEPS)} sweeps × ${SECONDS_OF_AN_IDLE_SWEEP} s × (1 vCPU + 0.5 GiB)`,
      SWEEPS *
        (SECONDS_OF_AN_IDLE_SWEEP * (PRICE.vcpuSecond + PRICE.gibSecond / 2) + PRICE.request),
    ],
    ['Cloud Scheduler', '2 jobs', 2 * PRICE.schedulerJob],
    [
      'Cloud Storage requests',
      `${count(SWEEPS)} sweeps × (${IDLE_SWEEP.listings} listing + ${IDLE_SWEEP.reads} reads)`,
      SWEEPS * (IDLE_SWEEP.listings * PRICE.listing + IDLE_SWEEP.reads * PRICE.read),
    ],
  ];
}

export function quietMonthTable(): string {
  const rows = quietMonth();
  const total = rows.reduce((sum, [, , dollars]) => sum + dollars, 0);
  return markdownTable(
    ['what', 'how often', 'US $ a month'],
    [
      ...rows.map(([what, often, dollars]) => [what, often, dollars.toFixed(2)]),
      ['**in all**', '', `**${total.toFixed(2)}**`],
    ],
  );
}

function count(value: number): string {
  return value.toLocaleString('en');
}
