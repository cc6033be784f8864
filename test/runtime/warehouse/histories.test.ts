import fc from 'fast-check';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { appendToLog, rowsOf, type LogRow } from '../../support/data/log';

/**
 * Random histories of late, duplicated, re-batched and equal-stamp changes, with repeated and stale runs and
 * purges at any point. Many histories share one database: each has audiences of its own.
 *
 * `HISTORIES=20000 npx jest histories` runs as many as CI does.
 */
const HISTORIES = Number(process.env['HISTORIES'] ?? 400);
const HISTORIES_PER_DATABASE = 1000;
const STEPS = 40;
const HOUR = 3_600_000_000;

/** The order that everything must agree with. */
function isNewer(a: LogRow, b: LogRow): boolean {
  if (a.changedAt !== b.changedAt) return a.changedAt > b.changedAt;
  if (a.sequence !== b.sequence) return (a.sequence ?? 0) > (b.sequence ?? 0);
  return !a.add && b.add;
}

/** Each key's newest change: what the state would be without any purge. */
class Reference {
  readonly newest = new Map<string, LogRow>();
  take(row: LogRow): void {
    const key = `${row.audience}/${row.user}`;
    const known = this.newest.get(key);
    if (!known || isNewer(row, known)) this.newest.set(key, row);
  }
}

class History {
  private readonly delivered: LogRow[] = [];
  constructor(
    private readonly id: number,
    private readonly random: (below: number) => number,
  ) {}

  /** A few changes that happened around `now`, or long before, or have been delivered before. */
  deliver(now: number): LogRow[] {
    return Array.from({ length: this.random(3) }, () => {
      const again = this.delivered[this.random(this.delivered.length * 4 + 1)];
      const lateHours = this.random(4) === 0 ? this.random(200) : this.random(4);
      const row: LogRow = {
        user: `u${this.random(3)}`,
        audience: `h${this.id}a${this.random(2)}`,
        add: this.random(2) === 0,
        sequence: this.random(3),
        ...again,
        changedAt: again?.changedAt ?? Math.floor(now / HOUR - lateHours) * HOUR,
        // Some loads commit after a run that their stamp lies before.
        ingestedAt: now - this.random(50) * 60_000_000,
      };
      this.delivered.push(row);
      return row;
    });
  }
}

async function runHistories(first: number, count: number, seed: number): Promise<Outcome> {
  const values = fc.sample(fc.nat(), { numRuns: 1, seed })[0] ?? 1;
  const random = generator(values + first);
  const engine = await DuckDbWarehouse.open(':memory:');
  const reference = new Reference();
  const histories = Array.from({ length: count }, (_, index) => new History(first + index, random));
  const outcome: Outcome = { resurrected: 0, lost: 0, belowFloor: 0, viewDiffers: 0, purged: 0 };
  let now = Date.now() * 1000 - STEPS * 8 * HOUR;
  for (let step = 0; step < STEPS; step += 1) {
    now += 8 * HOUR;
    const rows = histories.flatMap((history) => history.deliver(now));
    await appendToLog(engine, rows);
    for (const row of rows) reference.take(row);
    now += 1_000_000;
    const isLast = step === STEPS - 1;
    const before = isLast ? await publishedMembers(engine) : undefined;
    await engine.apply(now);
    if (random(3) === 0) await engine.apply(now - random(120) * 60_000_000);
    const retention = { tombstoneHours: 24 + random(72), logHours: 72, rejectionHours: 72 };
    if (random(2) === 0 && !isLast)
      outcome.purged += (await engine.purge(retention, now)).purgedRows;
    await compare(engine, reference, outcome);
    if (before) outcome.viewDiffers += difference(before, await publishedMembers(engine));
  }
  const duplicates = await rowsOf(
    engine,
    'SELECT 1 FROM core.membership_state GROUP BY audience_id, mp_id HAVING COUNT(*) > 1',
  );
  expect(duplicates).toEqual([]);
  engine.close();
  return outcome;
}

interface Outcome {
  resurrected: number;
  lost: number;
  /** Adds that arrived below the floor of their audience: the documented price of purging. */
  belowFloor: number;
  viewDiffers: number;
  purged: number;
}

async function compare(
  engine: DuckDbWarehouse,
  reference: Reference,
  outcome: Outcome,
): Promise<void> {
  const state = new Set(
    await keys(engine, 'SELECT audience_id, mp_id FROM core.membership_state WHERE is_member'),
  );
  const floors = new Map(
    (
      await rowsOf(
        engine,
        'SELECT audience_id, epoch_us(purge_floor) AS floor FROM core.audiences WHERE purge_floor IS NOT NULL',
      )
    ).map((row) => [String(row['audience_id']), Number(row['floor'])]),
  );
  for (const [key, newest] of reference.newest) {
    if (!newest.add && state.has(key)) outcome.resurrected += 1;
    if (newest.add && !state.has(key)) {
      if (newest.changedAt <= (floors.get(newest.audience) ?? -1)) outcome.belowFloor += 1;
      else outcome.lost += 1;
    }
  }
  for (const key of state) if (!reference.newest.has(key)) outcome.resurrected += 1;
}

function publishedMembers(engine: DuckDbWarehouse): Promise<string[]> {
  return keys(engine, 'SELECT audience_id, mp_id FROM published.memberships');
}

async function keys(engine: DuckDbWarehouse, sql: string): Promise<string[]> {
  return (await rowsOf(engine, sql)).map(
    (row) => `${String(row['audience_id'])}/${String(row['mp_id'])}`,
  );
}

function difference(a: string[], b: string[]): number {
  const [left, right] = [new Set(a), new Set(b)];
  return a.filter((key) => !right.has(key)).length + b.filter((key) => !left.has(key)).length;
}

/** Mulberry32: small, seeded, and the same everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

test(`In ${HISTORIES} random histories nobody comes back and nobody is lost`, async () => {
  const total: Outcome = { resurrected: 0, lost: 0, belowFloor: 0, viewDiffers: 0, purged: 0 };
  for (let first = 0; first < HISTORIES; first += HISTORIES_PER_DATABASE) {
    const count = Math.min(HISTORIES_PER_DATABASE, HISTORIES - first);
    const outcome = await runHistories(first, count, 20_260_101);
    for (const key of Object.keys(total) as (keyof Outcome)[]) total[key] += outcome[key];
  }
  expect(total).toMatchObject({ resurrected: 0, lost: 0, viewDiffers: 0 });
  // The histories must have reached what they are about.
  expect(total.purged).toBeGreaterThan(HISTORIES);
  expect(total.belowFloor).toBeGreaterThan(0);
}, 1_800_000);
