import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { mergeAudiences, mergeIdentities, mergeState } from '../../../runtime/warehouse/merge';
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
  /** A delete of u that is older than the retention, applied and purged. */
  async function purged(): Promise<void> {
    await deliver({ at: 0, changedAt: HOURS(96), add: false });
    await apply();
    const result = await engine.purge(undefined, clock);
    expect(result.purgedRows).toBe(1);
  }

  test('The purge removes old tombstones and raises the floor of their audience with them', async () => {
    await purged();
    expect(await state()).toEqual([]);
    expect(await rowsOf(engine, 'SELECT epoch_us(purge_floor) AS f FROM core.audiences')).toEqual([
      { f: HOURS(96) },
    ]);
    expect(
      await rowsOf(engine, "SELECT purged_rows FROM core.merge_runs WHERE kind = 'purge'"),
    ).toEqual([{ purged_rows: 1 }]);
  });

  test('An add that is older than the floor comes back neither in the state nor in the views', async () => {
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

  test('The purge keeps young tombstones and all members', async () => {
    await deliver(
      { at: 0, changedAt: HOURS(40), add: false },
      { at: 0, changedAt: HOURS(99), user: 'v' },
    );
    await engine.purge(undefined, clock);
    expect(await state()).toHaveLength(2);
  });

  test('A floor that guarded adds alone would bring a member back, so it guards deletes too', async () => {
    await purged();
    await deliver({ at: 0, changedAt: HOURS(105), add: false });
    await apply();
    expect(await state()).toEqual([]);
    await deliver({ at: 0, changedAt: HOURS(98) });
    await apply();
    expect(await members(engine)).toEqual([]);

    // The same history under a floor that guards adds alone.
    const addsOnly = mergeState(duckDbDialect).replace(
      'S.purge_floor IS NULL OR',
      'NOT S.is_member OR S.purge_floor IS NULL OR',
    );
    expect(addsOnly).not.toBe(mergeState(duckDbDialect));
    for (const [is_member, hours] of [
      [false, 105],
      [true, 98],
    ] as const) {
      await rowsOf(
        engine,
        `CREATE OR REPLACE TEMP TABLE delta AS SELECT 'u' AS mp_id, 'a' AS audience_id,
         ${is_member} AS is_member, make_timestamptz(${HOURS(hours)}) AS changed_at,
         0::BIGINT AS sequence, now() AS ingested_at`,
      );
      await rowsOf(engine, addsOnly);
    }
    expect(await state()).toMatchObject([{ is_member: true }]);
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
