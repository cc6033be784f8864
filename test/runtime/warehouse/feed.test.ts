import fc from 'fast-check';

import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { DuckDbDatabase } from '../../../runtime/local/duckdb-database';
import {
  FEED_OVERLAP_MINUTES,
  feedReadingHours,
  WINDOW_OVERLAP_MINUTES,
} from '../../../runtime/warehouse/retention';
import { TABLE_NAMES } from '../../../runtime/warehouse/tables';
import { appendToLog, members, rowsOf } from '../../support/data/log';

/*
 * What readers of `membership_feed` are promised: whoever reads it at least every N hours, each time from M minutes
 * before, ends with exactly the members, whatever is delivered and loaded, and whenever runs and purges happen.
 * Time is simulated: the views read the clock that the test sets.
 */

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-01T00:00:00Z') * 1000;

/** Short, so that a history of a few days has many purges in it. */
const RETENTION = { tombstoneHours: 30, logHours: 31, rejectionHours: 31 };
const READING_HOURS = feedReadingHours(RETENTION);

interface Change {
  readonly user: string;
  readonly audience: string;
  readonly add: boolean;
  readonly hoursAgo: number;
  readonly sequence: number;
}

interface Load {
  readonly changes: readonly Change[];
  /** Minutes between the stamp of the rows and their commit. */
  readonly commitMinutes: number;
}

interface Event {
  readonly waitMinutes: number;
  readonly kind: 'load' | 'merge' | 'purge' | 'read';
  readonly load: Load;
  /** What happens before each transaction of a run: a load commits, and a reader reads. */
  readonly isConcurrent: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  user: fc.constantFrom('u', 'v', 'w'),
  audience: fc.constantFrom('a', 'b'),
  add: fc.boolean(),
  hoursAgo: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 120 })),
  sequence: fc.integer({ min: 0, max: 1 }),
});

const load: fc.Arbitrary<Load> = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  commitMinutes: fc.integer({ min: 0, max: WINDOW_OVERLAP_MINUTES - 1 }),
});

const event: fc.Arbitrary<Event> = fc.record({
  waitMinutes: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 50 * 60 })),
  kind: fc.constantFrom('load', 'load', 'merge', 'purge', 'read'),
  load,
  isConcurrent: fc.boolean(),
});

/** Reads the feed by increments. */
class Reader {
  lastReading = 0;
  private newestCursor = 0;
  private readonly deleted = new Map<string, boolean>();

  constructor(
    private readonly warehouse: DuckDbWarehouse,
    private readonly goesBy: 'time of reading' | 'newest cursor',
  ) {}

  async read(now: number): Promise<void> {
    const last = this.goesBy === 'newest cursor' ? this.newestCursor : this.lastReading;
    const from = Math.max(0, last - FEED_OVERLAP_MINUTES * MINUTE);
    const rows = await rowsOf(
      this.warehouse,
      `SELECT user_id, group_id, is_deleted, epoch_us(cursor) AS cursor
       FROM published.membership_feed WHERE cursor >= make_timestamptz(${from})`,
    );
    for (const { user_id, group_id, is_deleted, cursor } of rows) {
      this.deleted.set(`${String(group_id)}/${String(user_id)}`, is_deleted === true);
      this.newestCursor = Math.max(this.newestCursor, Number(cursor));
    }
    this.lastReading = now;
  }

  /** Reads on if nothing is missing since the last reading, and all of the feed otherwise. */
  async readWhole(now: number): Promise<void> {
    const [health] = await rowsOf(
      this.warehouse,
      'SELECT epoch_us(feed_complete_since) AS since FROM published.import_health',
    );
    if (this.lastReading < Number(health?.['since'] ?? 0)) {
      this.deleted.clear();
      this.lastReading = 0;
      this.newestCursor = 0;
    }
    await this.read(now);
  }

  members(): string[] {
    return [...this.deleted].flatMap(([key, isDeleted]) => (isDeleted ? [] : [key])).sort();
  }
}

let database: DuckDbDatabase;
let warehouse: DuckDbWarehouse;
let now: number;
/** Called before each transaction. */
let beforeTransaction: () => Promise<void>;

beforeAll(async () => {
  database = await DuckDbDatabase.open(':memory:', 'READ_WRITE');
  warehouse = await DuckDbWarehouse.in(database);
  // The macro of the clock cannot be replaced while a default depends on it.
  for (const table of ['membership_changes', 'rejected_changes']) {
    await database.run(`ALTER TABLE core.${table} ALTER ingested_at DROP DEFAULT`);
  }
  const inTransaction = database.inTransaction.bind(database);
  database.inTransaction = async (work) => {
    await beforeTransaction();
    return inTransaction(work);
  };
});
afterAll(() => {
  warehouse.close();
});

async function setClock(time: number): Promise<void> {
  now = time;
  await database.run(
    `CREATE OR REPLACE MACRO CURRENT_TIMESTAMP() AS make_timestamptz(${time}::BIGINT)`,
  );
}

async function restart(): Promise<void> {
  beforeTransaction = () => Promise.resolve();
  for (const table of TABLE_NAMES) await database.run(`DELETE FROM core.${table}`);
  await setClock(START);
}

async function commit({ changes, commitMinutes }: Load): Promise<void> {
  const ingestedAt = now - commitMinutes * MINUTE;
  await appendToLog(
    warehouse,
    changes.map(({ hoursAgo, ...rest }) => ({
      ...rest,
      ingestedAt,
      changedAt: Math.floor(ingestedAt / HOUR - hoursAgo) * HOUR,
    })),
  );
}

/** Does what an event says, at the present time. `read` is a reading of whoever reads. */
async function perform(
  { kind, load: delivered, isConcurrent }: Event,
  read: () => Promise<void>,
): Promise<void> {
  if (kind === 'read') return read();
  if (kind === 'load') return commit(delivered);
  const begin = now;
  if (isConcurrent) {
    beforeTransaction = async () => {
      await setClock(now + 10 * MINUTE);
      await commit(delivered);
      await read();
    };
  }
  if (kind === 'merge') await warehouse.apply(begin);
  else await warehouse.purge(RETENTION, begin);
  beforeTransaction = () => Promise.resolve();
}

/** Applies all that was delivered, and compares. */
async function expectExact(reader: Reader, read: () => Promise<void>): Promise<void> {
  await setClock(now + MINUTE);
  await warehouse.apply(now);
  await read();
  expect(reader.members()).toEqual(await members(warehouse));
  expect(
    await rowsOf(warehouse, 'SELECT COUNT(*) AS n FROM core.membership_state WHERE is_member'),
  ).toEqual([{ n: reader.members().length }]);
}

const RUNS = {
  numRuns: Number(process.env['FEED_RUNS'] ?? 20),
  endOnFailure: process.env['SHRINK'] === undefined,
};

test.each(['time of reading', 'newest cursor'] as const)(
  'Whoever reads the feed often enough, from the %s less the overlap, ends with exactly the members',
  async (goesBy) => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), async (events) => {
        await restart();
        const reader = new Reader(warehouse, goesBy);
        const read = () => reader.read(now);
        await read();
        for (const each of events) {
          const time = now + each.waitMinutes * MINUTE;
          // A run may take half an hour, in which the reading is not late either.
          const latest = () => reader.lastReading + READING_HOURS * HOUR - 30 * MINUTE;
          while (latest() < time) {
            await setClock(Math.max(now, latest()));
            await read();
          }
          await setClock(time);
          await perform(each, read);
        }
        await expectExact(reader, read);
      }),
      RUNS,
    );
  },
  120_000,
);

test('Whoever reads the feed seldom, and all of it if it is not complete since then, ends with exactly the members', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), async (events) => {
      await restart();
      const reader = new Reader(warehouse, 'time of reading');
      const read = () => reader.readWhole(now);
      for (const each of events) {
        await setClock(now + each.waitMinutes * MINUTE);
        await perform(each, read);
      }
      await expectExact(reader, read);
    }),
    RUNS,
  );
}, 120_000);
