import { canonicalLine } from '../../../runtime/normalize/canonical-line';
import {
  expectAccounted,
  normalized,
  reasons,
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
    [{ mpId: ' 12' }, 'mpid_invalid', 'mpId'],
    [{ mpId: true }, 'mpid_invalid', 'mpId'],
    [{ audience_id: '' }, 'audience_id_missing', 'audience_id'],
    [{ audience_id: ' ' }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 1.5 }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'x'.repeat(1025) }, 'audience_id_invalid', 'audience_id'],
    [{ audience_id: 'a\ud800' }, 'audience_id_invalid', 'audience_id'],
    [{ audience_name: 7 }, 'audience_name_invalid', 'audience_name'],
    [{ membership_action: null }, 'action_missing', 'membership_action'],
    [{ membership_action: 'ADD' }, 'action_unknown', 'membership_action'],
    [{ timestamp: '2025-02-30T00:00:00Z' }, 'timestamp_invalid', 'timestamp'],
    [{ timestamp: -1 }, 'timestamp_out_of_range', 'timestamp'],
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

  test.each([
    ['audience_id,membership_action,timestamp\n1,add,1\n', 'mpId'],
    ['mpId,mpId,audience_id,membership_action,timestamp\n1,1,a,add,1\n', 'mpId'],
  ])('a CSV header at fault ends the object: %j', async (text, field) => {
    const result = await normalized(text);
    expect(result.rejections).toMatchObject([{ reason: 'csv_header_invalid', field }]);
    expectAccounted(result);
  });

  test('a CSV record with a broken quote or another number of fields is rejected alone', async () => {
    const result = await normalized(
      `mpId,audience_id,membership_action,timestamp\n1,"a,add,1\n1,a,add\n2,a,add,1735689600\n`,
    );
    expect(reasons(result)).toEqual(['csv_malformed', 'csv_malformed']);
    expect(result.changes).toHaveLength(1);
  });

  test('what normalize prints, it reads again as the same bytes', async () => {
    const first = await normalized(csv);
    const printed = first.changes.map(canonicalLine).join('');
    const second = await normalized(printed);
    expect(second.changes.map(canonicalLine).join('')).toBe(printed);
  });
});
