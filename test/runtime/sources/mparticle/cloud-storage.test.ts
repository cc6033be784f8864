import fc from 'fast-check';

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
      sequence: 1577836800_000000000n,
      identities: [{ type: 'customer_id', value: 'some_id' }],
      source: { object: `folder/${STORAGE_OBJECT}`, generation: '1', line: 1 },
    });
    expect(changes[1]?.sequence).toBe(1577836800_000000000n);
  });

  test.each([
    ['A_B_77_12_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt', '12', 'A_B_77'],
    ['Île_5_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt.gz', '5', 'Île'],
  ])('%s is read from the right', async (name, audienceId, audienceName) => {
    const { changes } = await normalized(storageRecord(), { name });
    expect(changes[0]).toMatchObject({ audienceId, audienceName });
  });

  const GUID = '721e1d63-a396-4676-bac2-3f6f31e88cc2';

  test.each<[string, string, string | undefined]>([
    [
      `mparticle-validation-test_123_2025-11-20_10-00-00_${GUID}.txt`,
      '123',
      'mparticle-validation-test',
    ],
    [`Sports/Outdoor_7_2025-11-20_10-00-00_${GUID}.txt`, '7', 'Outdoor'],
    [`Autumn/_7_2025-11-20_10-00-00_${GUID}.txt`, '7', undefined],
    [`_7_2025-11-20_10-00-00_${GUID}.txt`, '7', undefined],
    [`A\n\u0001B_007_2025-11-20_10-00-00_${GUID}.txt`, '7', 'A\n\u0001B'],
  ])(
    '%j is an audience object, whatever its audience is called',
    async (name, id, audienceName) => {
      const result = await normalized(`${storageRecord()}\n`, { name });
      expect(result).toMatchObject({
        changes: [{ audienceId: id }],
        rejections: [],
        omittedNames: 0,
      });
      expect(result.changes[0]?.audienceName).toBe(audienceName);
    },
  );

  test.each(['\ud800', 'x'.repeat(1025), 'a\0b', ' '])(
    'The unusable audience name %j is left out of each change and counted',
    async (audience) => {
      const name = `${audience}_7_2025-11-20_10-00-00_${GUID}.txt`;
      const result = await normalized(`${storageRecord()}\n${storageRecord('2')}\n`, { name });
      expect(result).toMatchObject({ changes: [{ audienceId: '7' }, {}], omittedNames: 2 });
      expect(result.changes[0]).not.toHaveProperty('audienceName');
    },
  );

  test.each([
    '2025-13-01_10-20-30',
    '9999-12-31_23-59-59',
    '0000-00-00_00-00-00',
    '1969-01-01_00-00-00',
  ])(
    'A name with the time %s is an audience object whose changes have no order of their own',
    async (time) => {
      const { changes } = await normalized(storageRecord(), { name: `Test_1_${time}_${GUID}.txt` });
      expect(changes).toMatchObject([{ audienceId: '1', sequence: 0n }]);
    },
  );

  test('The latest time that fits 64 bits still orders changes', async () => {
    const name = `Test_1_2262-04-11_23-47-16_${GUID}.txt`;
    const { changes } = await normalized(storageRecord(), { name });
    expect(changes).toMatchObject([{ sequence: 9223372036_000000000n }]);
  });

  test('A name of any bytes, any length and any date never fails', async () => {
    const anyName = fc.tuple(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^\d{0,25}$/),
      fc.stringMatching(/^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$/),
    );
    await fc.assert(
      fc.asyncProperty(anyName, async ([audience, id, time]) => {
        const name = `${audience}_${id}_${time}_${GUID}.txt`;
        const { changes } = await normalized(storageRecord(), { name });
        for (const { sequence } of changes) {
          expect(BigInt.asUintN(63, sequence)).toBe(sequence);
        }
        if (/^\d{1,19}$/.test(id)) expect(changes).toHaveLength(1);
      }),
    );
  });

  test.each([
    'Test_x_2025-01-01_10-20-30_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    'Test_1_2025-01-01_10-20-30.txt',
  ])('%s names no audience, and each record says so', async (name) => {
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
    const result = await normalized(`${storageRecord()}\n${line}`, { name: STORAGE_OBJECT });
    expect(result.rejections).toEqual([
      {
        source: { object: STORAGE_OBJECT, generation: '1', line: 2 },
        byteOffset: storageRecord().length + 1,
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

  test('An empty validation object is a no-op, and each line of another is a rejection', async () => {
    const name = 'folder/mparticle-validation-20250101.txt';
    expect(await normalized('', { name })).toMatchObject({ records: 0, rejections: [] });
    expect(await normalized('\n', { name })).toMatchObject({ records: 1, ignored: 1 });
    expect(reasons(await normalized(`${storageRecord()}\n`, { name }))).toEqual([
      'validation_not_empty',
    ]);
  });

  test('Times are read exactly, whatever their unit', async () => {
    const times = ['1594167374.230001999', '1594167374230001999', '"1594167374230.0019"'];
    const lines = times.map((time) =>
      storageRecord('1', { MembershipChangedTimestamp: 'X' }).replace('"X"', time),
    );
    const { changes } = await normalized(lines.join('\n'), { name: STORAGE_OBJECT });
    expect(changes.map(({ changedAt }) => changedAt)).toEqual(times.map(() => 1594167374230001));
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
