import { ConfigurationError, readConfiguration } from '../../../runtime/function/environment';

const ENVIRONMENT = {
  WORKSPACE: 'acme-news',
  PROJECT_ID: 'ads-imports',
  LOCATION: 'EU',
  LANDING_BUCKET: 'audience-acme-landing',
  STAGING_BUCKET: 'audience-acme-staging',
  CHANGES_TABLE: 'ads-imports.audience_acme.membership_changes',
  REJECTIONS_TABLE: 'ads-imports.audience_acme.rejected_changes',
  RUNS_TABLE: 'ads-imports.audience_acme.merge_runs',
  IDENTITY_TYPES: 'email,customer_id',
  SWEEP_SECONDS: '240',
};

/** The faults of an environment, a line for each. */
function faultsOf(variables: Readonly<Record<string, string | undefined>>): string[] {
  try {
    readConfiguration(variables);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const [title, ...faults] = error.message.split('\n');
    expect(title).toBe('wrong environment');
    return faults;
  }
  return [];
}

test('the environment is read', () => {
  const table = (tableId: string) => ({
    projectId: 'ads-imports',
    datasetId: 'audience_acme',
    tableId,
  });
  expect(readConfiguration({ ...ENVIRONMENT, HOME: '/root' })).toEqual({
    workspace: 'acme-news',
    projectId: 'ads-imports',
    location: 'EU',
    landingBucket: 'audience-acme-landing',
    stagingBucket: 'audience-acme-staging',
    tables: {
      membership_changes: table('membership_changes'),
      rejected_changes: table('rejected_changes'),
      merge_runs: table('merge_runs'),
    },
    identityTypes: ['email', 'customer_id'],
    sweepSeconds: 240,
  });
});

test('no identity types are allowed, and five, but no variable is optional', () => {
  const typesOf = (text: string) =>
    readConfiguration({ ...ENVIRONMENT, IDENTITY_TYPES: text }).identityTypes;
  expect(typesOf('')).toEqual([]);
  expect(typesOf('a,b,c,d,e')).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(faultsOf({})).toHaveLength(Object.keys(ENVIRONMENT).length);
  for (const name of Object.keys(ENVIRONMENT)) {
    const [fault, ...others] = faultsOf({ ...ENVIRONMENT, [name]: undefined });
    expect(fault).toMatch(new RegExp(`^${name}: got nothing; allowed: .+`));
    expect(others).toEqual([]);
  }
});

const TABLE = 'a table: project.dataset.table';

test.each([
  ['WORKSPACE', '', 'the id of the workspace'],
  ['PROJECT_ID', 'Ads', 'a project id'],
  ['LOCATION', 'EU ', 'a BigQuery location, such as EU'],
  ['LANDING_BUCKET', 'gs://landing', 'the name of a bucket'],
  ['STAGING_BUCKET', 'x', 'the name of a bucket'],
  ['CHANGES_TABLE', 'membership_changes', TABLE],
  ['REJECTIONS_TABLE', 'ads-imports.core.rejected_changes; DROP', TABLE],
  ['RUNS_TABLE', '`ads-imports.core.merge_runs`', TABLE],
  ['IDENTITY_TYPES', 'a,b,c,d,e,f', 'at most five identity types, separated by commas'],
  ['IDENTITY_TYPES', 'email, customer_id', 'at most five identity types, separated by commas'],
  ['SWEEP_SECONDS', '0', 'a number of seconds from 1 to 9999'],
  ['SWEEP_SECONDS', '1.5', 'a number of seconds from 1 to 9999'],
  ['SWEEP_SECONDS', '10000', 'a number of seconds from 1 to 9999'],
])('%s is not %j', (name, value, allowed) => {
  expect(faultsOf({ ...ENVIRONMENT, [name]: value })).toEqual([
    `${name}: got ${JSON.stringify(value)}; allowed: ${allowed}`,
  ]);
});

test('all faults are told at once', () => {
  const faults = faultsOf({
    ...ENVIRONMENT,
    LOCATION: '',
    SWEEP_SECONDS: 'x',
    WORKSPACE: undefined,
  });
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'LOCATION',
    'SWEEP_SECONDS',
    'WORKSPACE',
  ]);
});
