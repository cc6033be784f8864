import { summaryText, type ApplySummary } from '../../../../lib/cli/output/apply-summary';

const nothing: ApplySummary = {
  objects: 0,
  skippedObjects: 0,
  brokenObjects: 0,
  records: 0,
  hidden: 0,
  otherNames: 0,
  unread: [],
  lines: 0,
  accepted: 0,
  rejected: 0,
  rejectedByReason: {},
  ignored: 0,
  omittedIdentities: 0,
  omittedNames: 0,
  applied: 0,
  members: 0,
};

test('One is singular, and large numbers are grouped', () => {
  const one = { objects: 1, records: 1, accepted: 1, omittedIdentities: 1, applied: 1, members: 1 };
  expect(summaryText({ ...nothing, ...one }, 'x.duckdb')).toBe(
    '1 new object, 0 ingested before\n' +
      '1 record = 1 accepted (1 unusable identity left out) + 0 rejected + 0 ignored\n' +
      '1 membership changed, 1 member now\n',
  );
  const many = { objects: 2, records: 1_234_567, accepted: 1_234_567, omittedIdentities: 2 };
  expect(summaryText({ ...nothing, ...many }, 'x.duckdb')).toBe(
    '2 new objects, 0 ingested before\n' +
      '1,234,567 records = 1,234,567 accepted (2 unusable identities left out) + 0 rejected + 0 ignored\n' +
      '0 memberships changed, 0 members now\n',
  );
});

test('Broken objects and audience names that were left out are counted', () => {
  const some = { brokenObjects: 2, records: 3, accepted: 1, rejected: 2 };
  expect(
    summaryText({ ...nothing, ...some, omittedIdentities: 2, omittedNames: 1 }, 'x.duckdb'),
  ).toBe(
    '0 new objects, 2 broken, 0 ingested before\n' +
      '3 records = 1 accepted (2 unusable identities and 1 unusable audience name left out) + 2 rejected + 0 ignored\n' +
      '0 memberships changed, 0 members now\n',
  );
});

test('What was left out is counted beside what was read', () => {
  const unread = [{ path: 'b', reason: 'a link to nothing' }];
  const text = summaryText({ ...nothing, hidden: 3, otherNames: 1, unread }, 'x.duckdb');
  expect(text.split('\n')[0]).toBe(
    '0 new objects, 0 ingested before, 3 hidden left out, 1 link to files under other names left out, 1 not read',
  );
});

test('The most frequent reason stands first, with its meaning, and the command that shows each rejection last', () => {
  const rejectedByReason = { not_json: 5, mpid_missing: 5, gzip_broken: 1, mpid_zero: 1200 };
  const text = summaryText({ ...nothing, rejected: 1211, rejectedByReason }, 'acme/x.duckdb');
  expect(text.split('\n').slice(2, -2)).toEqual([
    '  1,200 mpid_zero: The mParticle ID is 0, which stands for no user.',
    '      5 mpid_missing: The mParticle ID is absent, null or blank.',
    '      5 not_json: The line is not valid JSON.',
    '      1 gzip_broken: The gzip stream is cut, or its checksum fails.',
    '  Where: audience-import show rejected_changes --database acme/x.duckdb',
  ]);
});

test.each([
  ['my data.duckdb', "'my data.duckdb'"],
  ["it's;rm.duckdb", "'it'\\''s;rm.duckdb'"],
])('The command can be pasted into a shell: %s', (database, word) => {
  const rejected = { ...nothing, rejected: 1, rejectedByReason: { not_json: 1 } };
  expect(summaryText(rejected, database)).toContain(`--database ${word}\n`);
});

test('A database in memory has no place to look at', () => {
  const rejected = { ...nothing, rejected: 1, rejectedByReason: { not_json: 1 } };
  expect(summaryText(rejected, ':memory:')).not.toContain('Where');
});
