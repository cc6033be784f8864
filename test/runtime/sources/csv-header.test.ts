import { findHeader, parseCells, parseColumns } from '../../../runtime/sources/csv-header';
import { expectAccounted, normalized, reasons } from '../../support/data/normalized';

const HEADER = 'mpId,audience_id,audience_name,membership_action,timestamp';
const ROW = '1,10,"Readers, ""daily""",add,2025-01-01T00:00:00Z';

test.each([',', ';', '\t', '|'])('The delimiter %j is found by the header', async (delimiter) => {
  const text = `${HEADER.replaceAll(',', delimiter)}\n1|10||add|2025-01-01T00:00:00Z\n`;
  const result = await normalized(text.replaceAll('|', delimiter));
  expect(result.changes).toMatchObject([{ mpId: '1', audienceId: '10' }]);
  expect(result.rejections).toEqual([]);
});

test.each([
  ['a comment', '# exported 2025-01-01, by "nobody\n', []],
  ["Excel's sep=", 'sep=;\n', []],
  ['blank lines', '\n ,, \n\n', []],
  ['a title', 'Export of audiences; January, 2025\n', ['csv_before_header']],
  ['an open quote', '"Export\n', ['csv_before_header']],
  ['a NUL', '\0\n', ['not_text']],
])('%s before the header decides nothing', async (_, before, expected) => {
  const result = await normalized(`${before}${HEADER}\n${ROW}\n${ROW}\n`);
  expect(result.changes).toHaveLength(2);
  expect(reasons(result)).toEqual(expected);
  expectAccounted(result);
});

test.each([
  ['case', HEADER.toUpperCase()],
  ['spaces', HEADER.replaceAll(',', ' , ')],
  ['quotes', HEADER.replaceAll(/\w+/g, '"$&"')],
  ['spaces around quotes', HEADER.replaceAll(/\w+/g, ' "$&" ')],
  ['a byte order mark', `\ufeff${HEADER}`],
])('Names of columns match without regard to %s', async (_, header) => {
  const result = await normalized(`${header}\n${ROW}\n`);
  expect(result.changes).toMatchObject([{ mpId: '1', audienceName: 'Readers, "daily"' }]);
});

test.each([
  ['audience_id,membership_action,timestamp', 'mpId'],
  ['mpId,MPID,audience_id,membership_action,timestamp', 'mpId'],
  ['mpId;audience_id;membership_action;time', 'timestamp'],
])('The header %s is broken, and the column at fault is named', async (header, field) => {
  const result = await normalized(`${header}\n1,a,add,1\n`);
  expect(result.rejections).toMatchObject([{ reason: 'csv_header_invalid', field }]);
  expectAccounted(result);
});

test('A repeated column that is only an attribute costs nothing', async () => {
  const { changes } = await normalized(
    'mpId,audience_id,audience_name,Audience_Name,membership_action,timestamp\n1,a,A,B,add,1735689600\n',
  );
  expect(changes).toMatchObject([{ audienceName: 'A' }]);
});

test('Text without any documented column is no CSV of ours', () => {
  expect(findHeader(['a,b', '1,2'])).toEqual({ reason: 'format_unknown' });
  expect(parseColumns(['a', 'b'], ['mpId'])).toBeUndefined();
});

test.each<[string, readonly string[] | undefined]>([
  ['1,a', ['1', 'a']],
  ['"a, ""b""",2', ['a, "b"', '2']],
  [' "a" , 2', ['a', '2']],
  ['"a\nb",', ['a\nb', '']],
  ['a"b",2', undefined],
  ['"a"b,2', undefined],
  ['"a', undefined],
])('The record %j has the cells %j', (record, cells) => {
  expect(parseCells(record, ',')).toEqual(cells);
});
