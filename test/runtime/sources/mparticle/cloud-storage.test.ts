import {
  DELIVERED_AT,
  expectAccounted,
  normalized,
  reasons,
  STORAGE_OBJECT,
  storageRecord,
} from '../../../support/data/normalized';

describe("mParticle's Cloud Storage records", () => {
  test('take the audience and the order from the name of the object', async () => {
    const { changes } = await normalized(`${storageRecord()}\n${storageRecord('2')}\n`, {
      name: `folder/${STORAGE_OBJECT}`,
    });
    expect(changes[0]).toEqual({
      mpId: '1',
      audienceId: '1234',
      audienceName: 'Test-Audience',
      action: 'add',
      changedAt: 1594167374230000,
      sequence: 1577836800_000000001n,
      identities: [{ type: 'customer_id', value: 'some_id' }],
      source: { object: `folder/${STORAGE_OBJECT}`, generation: '1', line: 1 },
    });
    expect(changes[1]?.sequence).toBe(1577836800_000000002n);
  });

  test.each([
    ['A_B_77_12_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt', '12', 'A_B_77'],
    ['Île_5_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt.gz', '5', 'Île'],
  ])('%s is read from the right', async (name, audienceId, audienceName) => {
    const { changes } = await normalized(storageRecord(), { name });
    expect(changes[0]).toMatchObject({ audienceId, audienceName });
  });

  test.each([
    'Test_1_2025-13-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'Test_x_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'Test_1_2025-01-01_10-20-30.txt',
  ])('%s tells no audience, and says so for every line', async (name) => {
    const result = await normalized(`${storageRecord()}\n${storageRecord()}\n`, { name });
    expect(reasons(result)).toEqual(['object_name_unrecognized', 'object_name_unrecognized']);
  });

  test('a large mpid keeps its digits whether it is text or a number', async () => {
    const number = storageRecord('X').replace('"X"', '-1327484737295091692');
    const { changes } = await normalized(`${storageRecord('-1327484737295091692')}\n${number}`, {
      name: STORAGE_OBJECT,
    });
    expect(changes.map(({ mpId }) => mpId)).toEqual([
      '-1327484737295091692',
      '-1327484737295091692',
    ]);
  });

  test.each<[string, string, string | undefined]>([
    ['{"IsAddRequest":true', 'not_json', undefined],
    ['[]', 'not_object', undefined],
    ['null', 'not_object', undefined],
    [storageRecord('1', { IsAddRequest: 'yes' }), 'action_unknown', 'IsAddRequest'],
    [storageRecord('1', { IsAddRequest: null }), 'action_missing', 'IsAddRequest'],
    [storageRecord('1', { IdentityValues: null }), 'mpid_missing', 'IdentityValues'],
    [storageRecord(null), 'mpid_missing', 'IdentityValues.mpid'],
    [storageRecord({}), 'mpid_invalid', 'IdentityValues.mpid'],
    [storageRecord(1e21), 'mpid_not_exact', 'IdentityValues.mpid'],
    [
      storageRecord('1', { MembershipChangedTimestamp: null }),
      'timestamp_missing',
      'MembershipChangedTimestamp',
    ],
    [
      storageRecord('1', { MembershipChangedTimestamp: DELIVERED_AT + 600_000_001 }),
      'timestamp_in_future',
      'MembershipChangedTimestamp',
    ],
  ])('%s is rejected as %s', async (line, reason, field) => {
    const result = await normalized(line, { name: STORAGE_OBJECT });
    expect(result.rejections).toEqual([
      {
        source: { object: STORAGE_OBJECT, generation: '1', line: 1 },
        byteOffset: 0,
        reason,
        ...(field === undefined ? {} : { field }),
      },
    ]);
    expectAccounted(result);
  });

  test('a change up to 10 minutes ahead of its arrival is accepted', async () => {
    const line = storageRecord('1', { MembershipChangedTimestamp: DELIVERED_AT + 600_000_000 });
    expect((await normalized(line, { name: STORAGE_OBJECT })).changes).toHaveLength(1);
  });

  test('a validation object is a no-op', async () => {
    const name = 'folder/mparticle-validation-20250101.txt';
    expect((await normalized('', { name })).lines).toBe(0);
    expect(await normalized('anything\n', { name })).toMatchObject({ lines: 1, ignored: 1 });
  });

  test('no key of a record reaches a prototype', async () => {
    const line =
      '{"__proto__":{"IsAddRequest":true},"constructor":1,"IdentityValues":{"__proto__":{"mpid":"1"}}}';
    const result = await normalized(
      line,
      { name: STORAGE_OBJECT },
      { identityTypes: ['constructor'] },
    );
    expect(reasons(result)).toEqual(['action_missing']);
  });
});
