import { Schedule } from '../../../lib';
import { ALLOWED, PROP_SCHEMAS, valueFaults } from '../../../lib/props/allowed-values';
import { faultText } from '../../../lib/props/fault-text';
import { PROPS } from '../../support/stacks/stacks';

const faultsOf = (props: unknown) => valueFaults(props).map(({ fault }) => faultText(fault));

const key = (location: string) =>
  `projects/keys/locations/${location}/keyRings/ring/cryptoKeys/key`;

const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`label-${n}`, 'x']));

test.each<object>([
  { workspace: 'a\u202eb' },
  { workspace: 'a${b}' },
  { identityTypes: [] },
  { region: 'europe-west3' },
  { labels: labels(60) },
  { kmsKeyName: key('europe') },
  { mergeSchedule: Schedule.daily() },
  { readers: undefined },
  { alertThresholds: { rejectedShare: 0, oldestWaitingMinutes: undefined } },
])('%j is allowed', (props) => {
  expect(faultsOf({ ...PROPS, ...props })).toEqual([]);
});

test.each<[object, string]>([
  [{ workspace: '' }, 'workspace: got ""'],
  [{ workspace: undefined }, 'workspace: got nothing'],
  [{ workspace: 'x'.repeat(300) }, 'workspace: got "xxx'],
  [{ workspace: 'a\nb' }, 'workspace: got "a\\nb"'],
  [{ workspace: '\ud800' }, 'workspace: got'],
  [{ projectId: 'Ads' }, 'projectId: got "Ads"'],
  [{ projectNumber: 123456789012 }, 'did you mean "123456789012"?'],
  [{ projectNumber: '1' }, 'projectNumber: got "1"; allowed: a project number: a text of 6 to 19 '],
  [{ location: 'eu' }, 'is derived from it; did you mean EU?'],
  [{ location: 'Europe-West1' }, 'did you mean europe-west1?'],
  [{ location: 'us' }, 'did you mean US?'],
  [{ region: 'us-central-1' }, 'did you mean us-central1?'],
  [{ buildServiceAccount: '12-compute@developer.gserviceaccount.com' }, 'the default compute'],
  [{ ingestServiceAccount: 'x@appspot.gserviceaccount.com' }, 'the default account of App Engine'],
  [{ mergeServiceAccount: 'runner@x.example.com.iam.gserviceaccount.com' }, 'begins with a domain'],
  [{ mergeServiceAccount: 'serviceAccount:a@x.com' }, 'an e-mail has no prefix "serviceAccount:"'],
  [{ buildServiceAccount: undefined }, 'buildServiceAccount: got nothing'],
  [{ mergeServiceAccount: 'x' }, 'mergeServiceAccount: got "x"'],
  [{ buildServiceAccount: 'builder@example.com' }, 'buildServiceAccount: got "builder@'],
  [{ region: 'EU' }, 'region: got "EU"; allowed: a region such as europe-west1'],
  [{ sweepEveryMinutes: 7 }, 'sweepEveryMinutes: got 7; allowed: minutes that divide the hour'],
  [{ sweepEveryMinutes: 60 }, 'sweepEveryMinutes: got 60'],
  [{ identityTypes: ['Email'] }, 'identityTypes.0: got "Email"'],
  [{ identityTypes: ['a,b'] }, 'identityTypes.0: got "a,b"'],
  [{ identityTypes: ['a', 'a'] }, 'identityTypes.1: got "a"; allowed: each identity type once'],
  [{ identityTypes: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'a list of at most 5 identity types'],
  [{ stagedRetentionDays: 7 }, 'stagedRetentionDays: got 7'],
  [{ parkedRetentionDays: 0 }, 'parkedRetentionDays: got 0'],
  [{ readers: ['allAuthenticatedUsers'] }, 'readers.0: got "allAuthenticatedUsers"'],
  [{ readers: ['someone@example.com'] }, 'readers.0: got "someone@example.com"'],
  [{ readers: ['principalSet://goog/public:all'] }, 'readers.0: got "principalSet://goog/public'],
  [{ readers: ['user:a@p.iam.gserviceaccount.com'] }, 'the kind of a service account is service'],
  [{ readers: ['a@p.iam.gserviceaccount.com'] }, 'write serviceAccount: before it'],
  [{ readers: ['iamMember:principal://iam.googleapis.com/x'] }, 'leave out iamMember:'],
  [{ readers: ['deleted:user:a@b.com?uid=1'] }, 'a deleted member can have no access'],
  [{ readers: ['projectOwner:ads-imports'] }, 'roles of the project are refused because'],
  [{ readers: ['specialGroup:projectReaders'] }, 'roles of the project are refused because'],
  [{ readers: ['domain:someone@example.com'] }, 'readers.0: got "domain:someone@example.com"'],
  [{ readers: ['group:ads'] }, 'readers.0: got "group:ads"'],
  [{ readers: ['principal:x'] }, 'readers.0: got "principal:x"'],
  [{ readers: ['constructor:x@y.z'] }, 'readers.0: got "constructor:x@y.z"'],
  [{ owners: [] }, 'owners: got []; allowed: a list of 1 to 100 IAM members'],
  [{ owners: ['allUsers'] }, 'everybody is refused because the data is personal'],
  [{ mparticleMember: 'user:a@p.iam.gserviceaccount.com' }, 'the kind of a service account is'],
  [{ mparticleMember: 'allUsers' }, 'mparticleMember: got "allUsers"'],
  [{ namePrefix: 'googly' }, 'namePrefix: got "googly"'],
  [{ namePrefix: 'far-too-long' }, 'namePrefix: got "far-too-long"'],
  [{ mergeSchedule: 'every 5 minutes' }, 'mergeSchedule: got "every 5 minutes"'],
  [{ mergeSchedule: { intervalMinutes: 20 } }, 'mergeSchedule: got {"intervalMinutes":20}'],
  [{ landingRetentionDays: 8 }, 'landingRetentionDays: got 8'],
  [{ tombstoneRetentionHours: 1.5 }, 'tombstoneRetentionHours: got 1.5'],
  [{ logRetentionHours: NaN }, 'logRetentionHours: got NaN'],
  [{ rejectionRetentionHours: 1000 }, 'rejectionRetentionHours: got 1000'],
  [{ labels: { Team: 'x' } }, 'label keys of 1 to 63'],
  [{ labels: { team: 'X' } }, 'labels.team: got "X"'],
  [{ labels: { workspace: 'mine' } }, 'not workspace, component or version, which the construct'],
  [{ labels: { 'goog-x': 'y' } }, 'labels.goog-x: got "y"; allowed: label keys'],
  [{ labels: labels(61) }, 'allowed: an object of at most 60 labels'],
  [{ labels: 'team=ads' }, 'labels: got "team=ads"; allowed: an object of at most 60 labels'],
  [{ kmsKeyName: 'key' }, 'kmsKeyName: got "key"; allowed: a Cloud KMS key: projects/P/'],
  [{ accessLogBucket: 'gs://logs' }, 'accessLogBucket: got "gs://logs"'],
  [
    { landingFolder: 'audiences' },
    'landingFolder: got "audiences"; allowed: the name of a folder: 16 to',
  ],
  [{ landingFolder: 'Zk3-9_yQ0vT8mRwX/' }, 'landingFolder: got "Zk3-9_yQ0vT8mRwX/"'],
  [{ destroyData: 'yes' }, 'destroyData: got "yes"'],
  [{ alertThresholds: 'all' }, 'alertThresholds: got "all"; allowed: an object of thresholds'],
  [{ alertThresholds: { noDeletesDays: 0 } }, 'alertThresholds.noDeletesDays: got 0'],
])('%j is refused in one fault that names the place', (props, message) => {
  const faults = faultsOf({ ...PROPS, ...props });
  expect(faults).toEqual([expect.stringContaining(message)]);
});

test.each([
  [undefined, 'nothing'],
  [null, 'null'],
  ['acme', '"acme"'],
  [[PROPS], '[{"work'],
])('Props that are %j as a whole are refused in one fault', (props, got) => {
  expect(faultsOf(props)).toEqual([
    expect.stringMatching(/^props: got .*; allowed: an object of props: see AudienceImportProps$/),
  ]);
  expect(faultsOf(props).join()).toContain(`props: got ${got}`);
});

test('Every fault inside a list is reported, whatever else is wrong with the list', () => {
  const reader = 'group:a@example.com';
  expect(faultsOf({ ...PROPS, readers: [reader, reader, 'allUsers', 7, reader, ''] })).toEqual([
    expect.stringMatching(/^readers.2: got "allUsers"; allowed: an IAM member/),
    expect.stringMatching(/^readers.3: got 7; allowed: an IAM member/),
    expect.stringMatching(/^readers.5: got ""; allowed: an IAM member/),
    'readers.1: got "group:a@example.com"; allowed: each IAM member once',
    'readers.4: got "group:a@example.com"; allowed: each IAM member once',
  ]);
});

test('More readers than an access list can hold are refused in one fault', () => {
  const readers = Array.from({ length: 1001 }, (_, n) => `user:u${n}@example.com`);
  expect(faultsOf({ ...PROPS, readers })).toEqual([
    expect.stringMatching(/^readers: got \[.*; allowed: a list of at most 1000 IAM members/),
  ]);
});

test('Every fault inside the labels is reported, whatever else is wrong with them', () => {
  const faults = faultsOf({ ...PROPS, labels: { ...labels(60), Team: 'x', team: 'X' } });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'labels.Team',
    'labels.team',
    'labels',
  ]);
});

test('What is no list where a list is due has one fault, in our words', () => {
  expect(faultsOf({ ...PROPS, readers: 'group:a@example.com' })).toEqual([
    'readers: got "group:a@example.com"; allowed: a list of at most 1000 IAM members, each once; name a group for more',
  ]);
});

test('A prop or threshold that does not exist is named, with those that do', () => {
  expect(faultsOf({ ...PROPS, extra: 1, alertThresholds: { other: 2 } })).toEqual([
    expect.stringMatching(/^alertThresholds.other: no such prop; allowed: oldestWaitingMinutes, /),
    expect.stringMatching(/^extra: no such prop; allowed: workspace, projectId, /),
  ]);
});

test.each<[object, string]>([
  [{ mergeShedule: 1 }, 'mergeShedule: no such prop; did you mean mergeSchedule?'],
  [{ Location: 'EU' }, 'Location: no such prop; did you mean location?'],
  [{ reader: [] }, 'reader: no such prop; did you mean readers?'],
  [
    { alertThresholds: { rejectShare: 1 } },
    'alertThresholds.rejectShare: no such prop; did you mean rejectedShare?',
  ],
])('%j is answered with the name that was probably meant', (props, fault) => {
  expect(faultsOf({ ...PROPS, ...props })).toEqual([fault]);
});

test('A fault holds the prop, the value as given and what is allowed', () => {
  const [placed] = valueFaults({ ...PROPS, landingRetentionDays: 0 });
  expect(placed).toEqual({
    path: ['landingRetentionDays'],
    fault: {
      code: 'value_not_allowed',
      prop: 'landingRetentionDays',
      got: 0,
      allowed: 'a whole number of days from 1 to 5, within the erasure limit of 168 h',
    },
  });
});

test('Every prop says what it allows', () => {
  for (const schema of Object.values(PROP_SCHEMAS)) {
    const inner = 'unwrap' in schema ? schema.unwrap() : schema;
    expect(ALLOWED.get(inner)?.allowed).toMatch(/\w/);
  }
});
