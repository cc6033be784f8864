import fc from 'fast-check';

import {
  DELIVERED_AT,
  expectAccounted,
  normalized,
  reasons,
} from '../../../support/data/normalized';

const SHARD = 'newuserslowengagement_7185_20200301.json';

/** A row as `EXPORT DATA` writes it: INT64 as text, and no columns that are NULL. */
const exportedRow = (fields: object = {}) =>
  JSON.stringify({
    audienceid: '7185',
    audiencename: 'New Users Low Engagement',
    isadd: true,
    mpid: '-1327484737295091692',
    timestamp: '1594167374230',
    customerid: 'C-1',
    email: 'Jo@Example.com',
    ...fields,
  });

async function change(fields: object = {}, name = SHARD, identityTypes?: readonly string[]) {
  const options = identityTypes ? { identityTypes } : {};
  const { changes, rejections } = await normalized(`${exportedRow(fields)}\n`, { name }, options);
  expect(rejections).toEqual([]);
  return changes[0];
}

describe("rows of mParticle's BigQuery audience output", () => {
  test('An exported row is the change that it says', async () => {
    expect(await change({ change_time: '2020-07-08 00:20:00.123456 UTC' })).toEqual({
      mpId: '-1327484737295091692',
      audienceId: '7185',
      audienceName: 'New Users Low Engagement',
      action: 'add',
      changedAt: 1594167374230000,
      sequence: 1594167600_123456000n,
      identities: [
        { type: 'email_sha256', value: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        { type: 'customer_id', value: 'C-1' },
      ],
      source: { object: SHARD, generation: '1', line: 1 },
    });
    expect(await change({ isadd: false })).toMatchObject({ action: 'delete', sequence: 0n });
  });

  test.each([
    ['1594167374', 1594167374000000],
    [1594167374230, 1594167374230000],
    ['1594167374230123', 1594167374230123],
    ['1594167374230123456', 1594167374230123],
    ['2020-07-08 00:16:14.23 UTC', 1594167374230000],
  ])(
    'The time %j, the unit of which nobody documents, is read by its magnitude',
    async (timestamp, at) => {
      expect(await change({ timestamp })).toMatchObject({ changedAt: at });
    },
  );

  test.each<[object, string, object]>([
    [{ mpid: 9007199254740991 }, 'a number', { mpId: '9007199254740991' }],
    [{ audienceid: 7185 }, 'a number', { audienceId: '7185' }],
    [{ audienceid: 'eu-7185' }, 'text', { audienceId: 'eu-7185' }],
    [{ isadd: 'true' }, 'text', { action: 'add' }],
    [{ isadd: 'False' }, 'text', { action: 'delete' }],
  ])('%j: a column may be %s', async (fields, _, expected) => {
    expect(await change(fields)).toMatchObject(expected);
  });

  test('A number beyond 2^53 keeps its digits', async () => {
    const line = exportedRow().replace('"-1327484737295091692"', '-1327484737295091692');
    const { changes } = await normalized(line, { name: SHARD });
    expect(changes).toMatchObject([{ mpId: '-1327484737295091692' }]);
  });

  test.each([
    ['newuserslowengagement_7185_20200301.json', 'newuserslowengagement'],
    ['shards/new_users_1_7185_20200301000000000000.json.gz', 'new_users_1'],
    ['x_7185_20200301-000000000001.jsonl', 'x'],
    ['x_7185_20200301_000000000000.ndjson', 'x'],
    ['audience_7185_20200301.json', undefined],
    ['any-other-name.json', undefined],
  ])(
    'Without a column of it, the name of the audience is in the name of the table: %s',
    async (name, audienceName) => {
      const read = await change({ audiencename: undefined }, name);
      expect(read?.audienceName).toBe(audienceName);
    },
  );

  test('A row without an audience id takes that of the table; without either it is rejected', async () => {
    expect(await change({ audienceid: undefined })).toMatchObject({ audienceId: '7185' });
    const line = exportedRow({ audienceid: null });
    const { rejections } = await normalized(line, { name: 'rows.json' });
    expect(rejections).toMatchObject([{ reason: 'audience_id_missing', field: 'audienceid' }]);
  });

  test.each<[string, unknown, string | undefined]>([
    ['ios_idfa', ['A-1', 'A-2'], 'A-1'],
    ['ios_idfa', [{ id: 'A-1' }], 'A-1'],
    ['ios_idfa', [{ id: null }, { id: '' }, { id: 'A-2' }], 'A-2'],
    ['ios_idfa', { id: 'A-1' }, 'A-1'],
    ['ios_idfa', 'A-1', 'A-1'],
    ['ios_idfa', [], undefined],
    ['ios_idfa', null, undefined],
  ])('An identity %s of %j is %j, whatever the type of its column', async (type, idfa, value) => {
    const read = await change({ idfa }, SHARD, [type]);
    expect(read?.identities).toEqual(value === undefined ? [] : [{ type, value }]);
  });

  test.each([
    ['customer_id', 'customerid'],
    ['facebook', 'facebookid'],
    ['google', 'googleuserid'],
    ['other', 'otheruserid'],
    ['other_id_2', 'otheruserid2'],
    ['other10', 'otheruserid10'],
    ['android_uuid', 'androidid'],
    ['android_aaid', 'googleaid'],
    ['ios_idfv', 'idfv'],
    ['push_token', 'pushtoken'],
    ['roku_aid', 'rokuaid'],
    ['fire_aid', 'fireadvertisingid'],
  ])('The identity type %s is in the column %s', async (type, column) => {
    const read = await change({ customerid: undefined, [column]: 'v' }, SHARD, [type]);
    expect(read?.identities).toEqual([{ type, value: 'v' }]);
  });

  test('An unusable identity, name or commit time is left out, and costs no change', async () => {
    const fields = {
      email: 'no address',
      customerid: {},
      audiencename: 'a\0b',
      change_time: 'now',
    };
    const result = await normalized(exportedRow(fields), { name: SHARD });
    expect(result).toMatchObject({
      changes: [{ identities: [], sequence: 0n }],
      rejections: [],
      omittedIdentities: 1,
      omittedNames: 1,
    });
  });

  test.each<[object, string, string]>([
    [{ mpid: null }, 'mpid_missing', 'mpid'],
    [{ mpid: [{ id: '1' }] }, 'mpid_invalid', 'mpid'],
    [{ mpid: 0 }, 'mpid_zero', 'mpid'],
    [{ audienceid: 7185.5 }, 'audience_id_invalid', 'audienceid'],
    [{ isadd: null }, 'action_missing', 'isadd'],
    [{ isadd: 1 }, 'action_unknown', 'isadd'],
    [{ timestamp: undefined }, 'timestamp_missing', 'timestamp'],
    [{ timestamp: 'yesterday' }, 'timestamp_invalid', 'timestamp'],
    [{ timestamp: String(DELIVERED_AT + 601e6) }, 'timestamp_in_future', 'timestamp'],
  ])('%j is rejected as %s, with the name of its column', async (fields, reason, field) => {
    const lines = `${exportedRow(fields)}\n${exportedRow({ mpid: '2' })}\n`;
    const { changes, rejections } = await normalized(lines, { name: SHARD });
    expect(rejections).toMatchObject([{ reason, field, source: { line: 1 } }]);
    expect(changes).toMatchObject([{ mpId: '2' }]);
  });

  test('A first row that is broken costs itself only', async () => {
    const result = await normalized(`{"isadd":tr\n${exportedRow()}\n[]\n`, { name: SHARD });
    expect(result.changes).toHaveLength(1);
    expect(reasons(result)).toEqual(['not_json', 'not_object']);
  });

  test('Rows in any shape are accounted for, and never stop the reading', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(true, '7', 1594167374230, '1594167374230'),
    );
    const row = fc.record(
      Object.fromEntries(
        ['audienceid', 'audiencename', 'isadd', 'mpid', 'timestamp', 'email', 'change_time'].map(
          (column) => [column, value],
        ),
      ),
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        const lines = [exportedRow(), ...rows.map((one) => JSON.stringify(one))];
        const result = await normalized(lines.join('\n'), { name: SHARD });
        expectAccounted(result);
        expect(result.records).toBe(lines.length);
      }),
    );
  });
});
