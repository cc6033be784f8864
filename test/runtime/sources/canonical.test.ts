import { canonicalLine } from '../../../runtime/normalize/canonical-line';
import {
  expectAccounted,
  normalized,
  record,
  type Normalized,
} from '../../support/data/normalized';

describe('canonical records', () => {
  const csv = [
    'mpId,audience_id,audience_name,membership_action,timestamp,email',
    '-1327484737295091692,a1,"Readers, ""daily""",add,2025-01-01T00:00:00Z,jo@example.com',
    '2,a1,,delete,1735689600,',
  ].join('\r\n');

  test('are the same from JSON lines and from CSV', async () => {
    const json = [
      record({ audience_name: 'Readers, "daily"', email: 'jo@example.com' }),
      record({ mpId: 2, audience_name: null, membership_action: 'delete', timestamp: 1735689600 }),
    ].join('\n');
    const [fromCsv, fromJson] = [await normalized(csv), await normalized(json)];
    const data = (result: Normalized) =>
      result.changes.map(({ mpId, audienceName, action, changedAt, identities }) => ({
        mpId,
        audienceName,
        action,
        changedAt,
        identities,
      }));
    expect(data(fromCsv)).toEqual(data(fromJson));
    expect(fromCsv).toMatchObject({ lines: 3, ignored: 1 });
    expectAccounted(fromCsv);
  });

  test.each<[object, string, string]>([
    [{ mpId: undefined }, 'mpid_missing', 'mpId'],
    [{ mpId: '' }, 'mpid_missing', 'mpId'],
    [{ mpId: '1 2' }, 'mpid_invalid', 'mpId'],
    [{ mpId: 0 }, 'mpid_zero', 'mpId'],
    [{ mpId: '007' }, 'mpid_leading_zeros', 'mpId'],
    [{ mpId: true }, 'mpid_invalid', 'mpId'],
    [{ audience_id: '' }, 'audience_id_missing', 'audience_id'],
    [{ audience_id: '１０' }, 'audience_id_ambiguous', 'audience_id'],
    [{ audience_id: ' ' }, 'audience_id_missing', 'audience_id'],
    [{ audience_id: 1.5 }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'x'.repeat(1025) }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'a\ud800' }, 'audience_id_invalid', 'audience_id'],
    [{ membership_action: null }, 'action_missing', 'membership_action'],
    [{ membership_action: 'ADD' }, 'action_unknown', 'membership_action'],
    [{ timestamp: '2025-02-30T00:00:00Z' }, 'timestamp_invalid', 'timestamp'],
    [{ timestamp: -1 }, 'timestamp_before_2000', 'timestamp'],
  ])('%j is rejected as %s', async (fields, reason, field) => {
    const { rejections } = await normalized(record(fields));
    expect(rejections).toMatchObject([{ reason, field }]);
  });

  test('an unusable identity is left out and counted, and costs no change', async () => {
    const result = await normalized(record({ membership_action: 'delete', email: 'n/a' }));
    expect(result.changes).toMatchObject([{ action: 'delete', identities: [] }]);
    expect(result.omittedIdentities).toBe(1);
  });

  test('only the identity types that are kept are looked at', async () => {
    const { changes } = await normalized(
      record({ email: 'jo@example.com', customer_id: 'C-1', other: 'x' }),
      {},
      { identityTypes: ['other'] },
    );
    expect(changes[0]?.identities).toEqual([{ type: 'other', value: 'x' }]);
  });

  test.each([2026, '  ', 'a\0', 'a\ud800', 'x'.repeat(1025), {}])(
    'A delete is not lost for the unusable name %j, which is left out and counted',
    async (name) => {
      const result = await normalized(record({ audience_name: name, membership_action: 'delete' }));
      expect(result).toMatchObject({ changes: [{ action: 'delete' }], omittedNames: 1 });
      expect(result.changes[0]).not.toHaveProperty('audienceName');
      expectAccounted(result);
    },
  );

  test('No name is none that was left out', async () => {
    const names = [undefined, null, ''].map((audience_name) => record({ audience_name }));
    expect(await normalized(names.join('\n'))).toMatchObject({ records: 3, omittedNames: 0 });
  });

  test('Spaces around ids, actions and times belong to none of them', async () => {
    const spaced = `mpId,audience_id,membership_action,timestamp
 1 , 10,add , 2025-01-01T00:00:00Z
1,10\u00a0, delete,2025-01-02T00:00:00Z `;
    const { changes } = await normalized(spaced);
    expect(changes).toMatchObject([
      { mpId: '1', audienceId: '10', action: 'add' },
      { mpId: '1', audienceId: '10', action: 'delete' },
    ]);
  });

  test('A broken first line of JSON lines costs itself alone', async () => {
    for (const broken of ['{"mpId":', 'x', '[]', '[', '{', '<html>', '\0', 'mpId;audience_id']) {
      const result = await normalized(`${broken}\n${record()}\n${record()}\n`);
      expect(result.changes).toHaveLength(2);
      expect(result.rejections).toHaveLength(1);
    }
  });

  test('A header that comes again in joined files is a no-op, and may name other columns', async () => {
    const first = 'mpId,audience_id,membership_action,timestamp\n1,a,add,1735689600\n';
    const second = '\ufefftimestamp,"mpId",audience_id,membership_action,x\n1735689600,2,b,add,\n';
    const result = await normalized(`${first}${first}${second}`);
    expect(result.changes.map(({ mpId, audienceId }) => mpId + audienceId)).toEqual([
      '1a',
      '1a',
      '2b',
    ]);
    expect(result).toMatchObject({ rejections: [], ignored: 3 });
  });

  test('what normalize prints, it reads again as the same bytes', async () => {
    const first = await normalized(csv);
    const printed = first.changes.map(canonicalLine).join('');
    const second = await normalized(printed);
    expect(second.changes.map(canonicalLine).join('')).toBe(printed);
  });
});
