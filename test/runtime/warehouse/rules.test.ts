import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { mergeAudiences, mergeIdentities, mergeState } from '../../../runtime/warehouse/merge';
import { formatTimestamp as isoTime } from '../../../runtime/fields/timestamp';
import { duckDbDialect } from '../../../runtime/local/duckdb-dialect';
import { appendToLog, members, rowsOf, type LogRow } from '../../support/data/log';

const HOUR = 3_600_000_000;
/** Near the real clock, which the views read. */
const NOW = Date.now() * 1000;

let engine: DuckDbWarehouse;
let clock: number;
beforeEach(async () => {
  engine = await DuckDbWarehouse.open(':memory:');
  clock = NOW - 20 * HOUR;
});
afterEach(() => {
  engine.close();
});

type Change = Partial<Omit<LogRow, 'ingestedAt'>> & { readonly at: number };

/** Delivers changes of user u and audience a; `at` is in hours after the start. */
async function deliver(...changes: Change[]): Promise<void> {
  clock += HOUR / 10;
  await appendToLog(
    engine,
    changes.map(({ at, ...change }) => ({
      user: 'u',
      audience: 'a',
      add: true,
      changedAt: NOW - 100 * HOUR + at * HOUR,
      ingestedAt: clock,
      ...change,
    })),
  );
  clock += HOUR / 10;
}

const apply = () => engine.apply(clock);
const state = () => rowsOf(engine, 'SELECT * FROM core.membership_state ORDER BY ALL');

describe('The total order', () => {
  test('A late add does not bring a deleted member back', async () => {
    await deliver({ at: 5, add: false });
    await apply();
    await deliver({ at: 3 });
    await apply();
    expect(await members(engine)).toEqual([]);
  });

  test('A delete that arrives before its add wins if it is newer', async () => {
    await deliver({ at: 5, add: false }, { at: 3 });
    await apply();
    expect(await members(engine)).toEqual([]);
  });

  test('A delete that arrives before its add loses if it is older', async () => {
    await deliver({ at: 3, add: false });
    await apply();
    await deliver({ at: 5 });
    await apply();
    expect(await members(engine)).toEqual(['a/u']);
  });

  test('A delete of an unknown user is kept as a tombstone', async () => {
    await deliver({ at: 3, add: false });
    await apply();
    expect(await state()).toMatchObject([{ mp_id: 'u', is_member: false }]);
  });

  test.each([
    [
      'The larger sequence wins a tie of time',
      { sequence: 1, add: false },
      { sequence: 2 },
      ['a/u'],
    ],
    ['A delete wins a tie of time and sequence', { add: false }, {}, []],
  ])('%s, in either order and in one batch', async (_, first, second, expected) => {
    await deliver({ at: 1, ...first });
    await apply();
    await deliver({ at: 1, ...second });
    await apply();
    expect(await members(engine)).toEqual(expected);

    await deliver({ at: 1, user: 'v', ...second });
    await apply();
    await deliver({ at: 1, user: 'v', ...first });
    await apply();
    await deliver({ at: 1, user: 'w', ...second }, { at: 1, user: 'w', ...first });
    await apply();
    const all = await members(engine);
    expect(all).toHaveLength(expected.length * 3);
  });

  test('An add and a later delete in one batch leave no member; the other way round they leave one', async () => {
    await deliver(
      { at: 1 },
      { at: 2, add: false },
      { at: 1, user: 'v', add: false },
      { at: 2, user: 'v' },
    );
    await apply();
    expect(await members(engine)).toEqual(['a/v']);
  });
});

describe('A run', () => {
  test('A second run over the same changes changes nothing', async () => {
    await deliver({ at: 1 }, { at: 2, user: 'v', add: false });
    await apply();
    const before = await state();
    expect(await apply()).toEqual({ deltaRows: 2, appliedRows: 0 });
    expect(await state()).toEqual(before);
  });

  test('A run with nothing to do leaves its record as a heartbeat', async () => {
    expect(await apply()).toEqual({ deltaRows: 0, appliedRows: 0 });
    expect(await rowsOf(engine, 'SELECT kind, delta_rows FROM core.merge_runs')).toEqual([
      { kind: 'apply', delta_rows: 0 },
    ]);
  });

  test('A run reads loads that committed after the last run, within the overlap', async () => {
    await apply();
    await appendToLog(engine, [
      {
        user: 'u',
        audience: 'a',
        add: true,
        changedAt: NOW - HOUR,
        ingestedAt: clock - HOUR * 0.9,
      },
    ]);
    clock += HOUR / 10;
    await apply();
    expect(await state()).toHaveLength(1);
  });

  test('The purge reads loads that committed later than the overlap', async () => {
    await apply();
    await appendToLog(engine, [
      { user: 'u', audience: 'a', add: true, changedAt: NOW - HOUR, ingestedAt: clock - 20 * HOUR },
    ]);
    clock += HOUR / 10;
    await apply();
    expect(await state()).toHaveLength(0);
    await engine.purge(undefined, clock);
    expect(await state()).toHaveLength(1);
  });

  test('Before the first run the health counts zeros, not NULLs', async () => {
    expect(await rowsOf(engine, 'SELECT * FROM published.import_health')).toEqual([
      expect.objectContaining({
        changes_waiting: 0,
        changes_24h: 0,
        adds_24h: 0,
        deletes_24h: 0,
        rejected_24h: 0,
        audiences: 0,
        members: 0,
        tombstones: 0,
      }),
    ]);
  });

  test('The views show the same before a change is applied and after it', async () => {
    await deliver({ at: 1 });
    await apply();
    await deliver({ at: 2, add: false }, { at: 2, user: 'v' });
    const before = await members(engine);
    expect(before).toEqual(['a/v']);
    await apply();
    expect(await members(engine)).toEqual(before);
  });

  test('No source of a MERGE has two rows for one target row', async () => {
    await deliver(
      { at: 1, name: 'x' },
      { at: 1, name: 'x' },
      { at: 2, name: 'y', add: false, identities: [{ type: 't', value: '1' }] },
      { at: 2, name: 'y', add: false, identities: [{ type: 't', value: '1' }] },
      {
        at: 3,
        name: 'y',
        identities: [
          { type: 't', value: '1' },
          { type: 't', value: '1' },
        ],
      },
    );
    await apply();
    const keys = {
      [mergeState(duckDbDialect)]: 'audience_id, mp_id',
      [mergeAudiences(duckDbDialect)]: 'audience_id',
      [mergeIdentities(duckDbDialect)]: 'mp_id, identity_type, identity_value',
    };
    for (const [merge, key] of Object.entries(keys)) {
      const source = /USING \(([\s\S]*?)\n\) AS S/.exec(merge)?.[1] ?? '';
      const sql = source
        .replaceAll('$v_from', "'2000-01-01'::TIMESTAMPTZ")
        .replaceAll('$v_to', "'2100-01-01'::TIMESTAMPTZ");
      expect(await rowsOf(engine, `SELECT ${key} FROM (${sql}) GROUP BY ${key}`)).not.toEqual([]);
      expect(
        await rowsOf(engine, `SELECT ${key} FROM (${sql}) GROUP BY ${key} HAVING COUNT(*) > 1`),
      ).toEqual([]);
    }
  });
});

describe('A fault in the middle of a run', () => {
  /** Every statement of the transaction reads or writes one of these. */
  const tables = ['audiences', 'identities', 'membership_state', 'merge_runs'];

  test.each(tables)(
    'A fault at %s leaves the state as it was, and the next run does everything',
    async (table) => {
      await deliver({ at: 1, name: 'First', identities: [{ type: 't', value: '1' }] });
      await apply();
      await deliver({ at: 2, add: false, name: 'Second' }, { at: 2, user: 'v', name: 'Second' });
      // One after the other: a connection streams one result at a time.
      const content = async () => {
        const all: unknown[] = [];
        for (const name of tables.filter((other) => other !== table)) {
          all.push(await rowsOf(engine, `SELECT * FROM core.${name} ORDER BY ALL`));
        }
        return all;
      };
      const before = await content();
      await rowsOf(engine, `ALTER TABLE core.${table} RENAME TO hidden`);
      await expect(apply()).rejects.toThrow(table);
      expect(await content()).toEqual(before);
      await rowsOf(engine, `ALTER TABLE core.hidden RENAME TO ${table}`);
      await apply();
      expect(await members(engine)).toEqual(['a/v']);
      expect(await rowsOf(engine, 'SELECT * FROM core.identities')).toEqual([]);
    },
  );

  test('A fault in a purge leaves floors and tombstones as they were', async () => {
    await deliver({ at: 0, changedAt: NOW - 99 * HOUR, add: false });
    await apply();
    await rowsOf(engine, 'ALTER TABLE core.merge_runs RENAME COLUMN purged_rows TO hidden');
    await rowsOf(engine, 'ALTER TABLE core.merge_runs ALTER COLUMN hidden SET DEFAULT 0');
    await expect(engine.purge(undefined, clock)).rejects.toThrow('purged_rows');
    expect(await state()).toHaveLength(1);
    expect(await rowsOf(engine, 'SELECT purge_floor FROM core.audiences')).toEqual([
      { purge_floor: null },
    ]);
  });
});

describe('Names of audiences', () => {
  const names = () => rowsOf(engine, 'SELECT audience_name, members FROM published.audiences');

  test('A rename moves nobody, and an older name does not come back', async () => {
    await deliver({ at: 1, name: 'Old' }, { at: 1, user: 'v', name: 'Old' });
    await apply();
    await deliver({ at: 3, user: 'w', name: 'New' }, { at: 2, user: 'x', name: 'Between' });
    await apply();
    await deliver({ at: 2.5, user: 'y', name: 'Late' });
    await apply();
    expect(await names()).toEqual([{ audience_name: 'New', members: 5 }]);
  });

  test('An audience without a name takes the first name that is delivered', async () => {
    await deliver({ at: 9 });
    await apply();
    await deliver({ at: 1, user: 'v', name: 'Name' });
    await apply();
    expect(await names()).toEqual([{ audience_name: 'Name', members: 2 }]);
  });
});

describe('Identities', () => {
  const email = [{ type: 'email_sha256', value: 'hash' }];
  const identities = () => rowsOf(engine, 'SELECT identity_value FROM core.identities');

  test("Identities are deleted with the user's last membership, and not before", async () => {
    await deliver({ at: 1, identities: email }, { at: 1, audience: 'b' });
    await apply();
    await deliver({ at: 2, add: false });
    await apply();
    expect(await identities()).toHaveLength(1);
    await deliver({ at: 2, audience: 'b', add: false, identities: email });
    expect(await rowsOf(engine, 'SELECT * FROM published.identities')).toEqual([]);
    await apply();
    expect(await identities()).toEqual([]);
  });

  test('Identities of a user who never became a member are not stored', async () => {
    await deliver({ at: 1, add: false, identities: email });
    await apply();
    expect(await identities()).toEqual([]);
  });
});

describe('The purge', () => {
  const HOURS = (hours: number) => NOW - hours * HOUR;
  const floors = () =>
    rowsOf(engine, 'SELECT epoch_us(purge_floor) AS floor FROM core.audiences ORDER BY ALL');

  /** A delete of u, loaded and applied longer ago than the retention, and purged. */
  async function purged(): Promise<void> {
    clock = HOURS(90);
    await deliver({ at: 0, changedAt: HOURS(96), add: false });
    await apply();
    clock = HOURS(20);
    const result = await engine.purge(undefined, clock);
    expect(result.purgedRows).toBe(1);
  }

  test('The purge removes old tombstones and raises the floor of their audience with them', async () => {
    await purged();
    expect(await state()).toEqual([]);
    expect(await floors()).toEqual([{ floor: HOURS(96) }]);
    expect(
      await rowsOf(
        engine,
        `SELECT purged_rows, epoch_us(purged_before) AS purged_before
         FROM core.merge_runs WHERE kind = 'purge'`,
      ),
    ).toEqual([{ purged_rows: 1, purged_before: HOURS(20 + 66) }]);
  });

  test('An add that is older than the floor makes no member, in the state or in the views', async () => {
    await purged();
    await deliver({ at: 0, changedAt: HOURS(98) });
    expect(await members(engine)).toEqual([]);
    await apply();
    expect(await members(engine)).toEqual([]);
  });

  test('An add that is newer than the floor makes a member', async () => {
    await purged();
    await deliver({ at: 0, changedAt: HOURS(80) });
    await apply();
    expect(await members(engine)).toEqual(['a/u']);
  });

  test('The purge keeps tombstones that were loaded lately, however old their delete is, and all members', async () => {
    await deliver(
      { at: 0, changedAt: HOURS(400), add: false },
      { at: 0, changedAt: HOURS(400), user: 'v' },
    );
    await engine.purge(undefined, clock);
    expect(await state()).toHaveLength(2);
    expect(await floors()).toEqual([{ floor: null }]);
  });

  test('A delete that is older than the floor is a tombstone at the floor, before a run and after it', async () => {
    await purged();
    await deliver({ at: 0, changedAt: HOURS(105), add: false });
    const published = () =>
      rowsOf(engine, 'SELECT membership_action, timestamp FROM published.membership_updates');
    const before = await published();
    expect(before).toEqual([{ membership_action: 'delete', timestamp: isoTime(HOURS(96)) }]);
    await apply();
    expect(await published()).toEqual(before);
    expect(await state()).toMatchObject([
      { is_member: false, changed_at: isoTime(HOURS(96)), sequence: '9223372036854775807' },
    ]);
  });

  test.each([
    [
      'time',
      /THEN S.purge_floor(.*)THEN 9223372036854775807/s,
      'THEN S.changed_at$1THEN S.sequence',
    ],
    ['sequence', /THEN 9223372036854775807/, 'THEN 0'],
  ])(
    'A tombstone below the floor with a %s of its own would bring a member back',
    async (_, at, own) => {
      /** An old delete comes again, and then an old add that the purged delete had beaten. */
      const history = async (merge: string) => {
        for (const [is_member, hours, sequence] of [
          [false, 105, 0],
          [true, own === 'THEN 0' ? 96 : 98, 1],
        ] as const) {
          await rowsOf(
            engine,
            `CREATE OR REPLACE TEMP TABLE delta AS SELECT 'u' AS mp_id, 'a' AS audience_id,
           ${is_member} AS is_member, make_timestamptz(${HOURS(hours)}) AS changed_at,
           ${sequence}::BIGINT AS sequence, now() AS ingested_at, now() AS shown_at`,
          );
          await rowsOf(engine, merge);
        }
        return rowsOf(engine, 'SELECT is_member FROM core.membership_state');
      };
      await purged();
      const merge = mergeState(duckDbDialect);
      expect(await history(merge)).toEqual([{ is_member: false }]);
      await rowsOf(engine, 'DELETE FROM core.membership_state');
      const wrong = merge.replace(at, own);
      expect(wrong).not.toBe(merge);
      expect(await history(wrong)).toEqual([{ is_member: true }]);
    },
  );

  test('A purge that is repeated keeps no tombstone for another retention', async () => {
    const retention = { tombstoneHours: 24, logHours: 36, rejectionHours: 24 };
    await appendToLog(engine, [
      { user: 'u', audience: 'a', add: false, changedAt: HOURS(60), ingestedAt: HOURS(40) },
    ]);
    await engine.apply(HOURS(39));
    for (const [hours, purgedRows] of [
      [11, 1],
      // The purge reads the delete again, which is by now older than the views read.
      [10.5, 1],
    ] as const) {
      expect(await engine.purge(retention, HOURS(hours))).toMatchObject({ purgedRows });
      expect(await state()).toEqual([]);
    }
  });

  test('The purge deletes whole hours of the old log, old rejections and old runs', async () => {
    await appendToLog(engine, [
      { user: 'u', audience: 'a', add: true, changedAt: HOURS(90), ingestedAt: HOURS(80) },
      { user: 'v', audience: 'a', add: true, changedAt: HOURS(90), ingestedAt: HOURS(60) },
    ]);
    await rowsOf(
      engine,
      `INSERT INTO core.rejected_changes
       VALUES ('o', '1', 1, 0, 'not_json', NULL, now(), make_timestamptz(${HOURS(80)}), NULL)`,
    );
    await engine.purge(undefined, NOW - HOUR);
    expect(await rowsOf(engine, 'SELECT mp_id FROM core.membership_changes')).toEqual([
      { mp_id: 'v' },
    ]);
    expect(await rowsOf(engine, 'SELECT * FROM core.rejected_changes')).toEqual([]);
    expect(await members(engine)).toEqual(['a/u', 'a/v']);
  });
});

describe('The feed', () => {
  const HOURS = (hours: number) => NOW - hours * HOUR;
  const feed = () =>
    rowsOf(engine, 'SELECT user_id, is_deleted FROM published.membership_feed ORDER BY user_id');

  test('A delete that happened long ago stays in the feed after a purge, as a recent one does', async () => {
    await deliver({ at: 0 }, { at: 0, user: 'v' });
    await apply();
    await deliver(
      { at: 0, changedAt: HOURS(70), add: false },
      { at: 0, changedAt: HOURS(10), user: 'v', add: false },
    );
    await apply();
    const before = await feed();
    expect(before).toEqual([
      { user_id: 'u', is_deleted: true },
      { user_id: 'v', is_deleted: true },
    ]);
    await engine.purge(undefined, clock);
    expect(await feed()).toEqual(before);
  });

  test('A change that no view has shown for a while is stamped with the time of the run', async () => {
    await appendToLog(engine, [
      { user: 'u', audience: 'a', add: true, changedAt: HOURS(60), ingestedAt: HOURS(50) },
      { user: 'v', audience: 'a', add: true, changedAt: HOURS(60), ingestedAt: HOURS(21) },
    ]);
    await engine.apply(HOURS(20));
    expect(
      await rowsOf(engine, 'SELECT user_id, cursor FROM published.membership_feed ORDER BY ALL'),
    ).toEqual([
      { user_id: 'u', cursor: isoTime(HOURS(20)) },
      { user_id: 'v', cursor: isoTime(HOURS(21)) },
    ]);
  });

  test('The health says since when the feed is complete once deletes were purged', async () => {
    const since = () => rowsOf(engine, 'SELECT feed_complete_since FROM published.import_health');
    await deliver({ at: 0 });
    await apply();
    expect(await since()).toEqual([{ feed_complete_since: null }]);
    await engine.purge(undefined, HOURS(1));
    expect(await since()).toEqual([{ feed_complete_since: isoTime(HOURS(1 + 66 - 2)) }]);
  });

  test('A purge of version 0.1.0 may have deleted any tombstone, so the feed is complete only since then', async () => {
    await deliver({ at: 0 });
    await engine.purge(undefined, HOURS(3));
    // It left the new column NULL.
    await rowsOf(engine, 'UPDATE core.merge_runs SET purged_before = NULL');
    await engine.purge(undefined, HOURS(1));
    expect(await rowsOf(engine, 'SELECT feed_complete_since FROM published.import_health')).toEqual(
      [{ feed_complete_since: isoTime(HOURS(3 - 2)) }],
    );
  });
});

describe('Counts in the views', () => {
  test('A rejection that stands for many records counts as many', async () => {
    await rowsOf(
      engine,
      `INSERT INTO core.rejected_changes
         (source_object, source_generation, source_line, byte_offset, reason, delivered_at, ingested_at, records)
       SELECT 'object', '1', 1, 0, 'reason', now(), now(), unnest([NULL, 41])`,
    );
    expect(await rowsOf(engine, 'SELECT rejected_24h FROM published.import_health')).toEqual([
      { rejected_24h: 42 },
    ]);
  });

  test('The traffic of all audiences adds up to that of the health, repeated changes included', async () => {
    await deliver({ at: 1 }, { at: 1 }, { at: 2, add: false }, { at: 1, audience: 'b', user: 'v' });
    await apply();
    await deliver({ at: 3, audience: 'c', add: false });
    const [health] = await rowsOf(
      engine,
      'SELECT adds_24h, deletes_24h, members, audiences FROM published.import_health',
    );
    expect(health).toEqual({ adds_24h: 3, deletes_24h: 2, members: 1, audiences: 3 });
    const [sums] = await rowsOf(
      engine,
      `SELECT SUM(adds_24h)::BIGINT AS adds_24h, SUM(deletes_24h)::BIGINT AS deletes_24h,
         SUM(members)::BIGINT AS members, COUNT(*) AS audiences FROM published.audiences`,
    );
    expect(sums).toEqual(health);
  });

  test.each([
    ['user_audiences', 'SELECT * FROM published.user_audiences'],
    ['identities', 'SELECT * FROM published.identities'],
    ['audiences', 'SELECT audience_id, members, adds_24h FROM published.audiences'],
    [
      'import_health',
      'SELECT members, tombstones, oldest_tombstone_at, audiences FROM published.import_health',
    ],
  ])('The view %s shows the same before a change is applied and after it', async (_, query) => {
    const email = [{ type: 'email_sha256', value: 'hash' }];
    const phone = [{ type: 'phone', value: '1' }];
    await deliver(
      { at: 1, identities: email },
      { at: 1, user: 'gone', identities: email },
      { at: 1, user: 'v' },
    );
    await apply();
    const first = await rowsOf(engine, `${query} ORDER BY ALL`);
    await deliver(
      { at: 2, user: 'gone', add: false, identities: phone },
      { at: 2, user: 'new', audience: 'b', identities: phone },
      { at: 0, user: 'v', identities: email },
      { at: 2, user: 'never', add: false, identities: email },
    );
    const before = await rowsOf(engine, `${query} ORDER BY ALL`);
    expect(before).not.toEqual(first);
    await apply();
    expect(await rowsOf(engine, `${query} ORDER BY ALL`)).toEqual(before);
  });
});
