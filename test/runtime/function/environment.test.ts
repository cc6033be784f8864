import fc from 'fast-check';

import {
  BUCKET_NAME,
  EnvironmentError,
  fromEnvironment,
  IDENTITY_TYPE,
  PROJECT_ID,
  toEnvironment,
  WORKSPACE_ID,
  type FunctionSettings,
} from '../../../runtime/function/environment';

const SETTINGS: FunctionSettings = {
  workspace: 'acme-news',
  projectId: 'ads-imports',
  location: 'EU',
  coreDataset: 'audience_acme_core',
  landingBucket: 'audience-acme-landing',
  stagingBucket: 'audience-acme-staging',
  identityTypes: ['email', 'customer_id'],
  sweepSeconds: 240,
};
const ENVIRONMENT = toEnvironment(SETTINGS);

/** One line for each wrong variable. */
function faultsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  try {
    fromEnvironment(environment);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    const [title, ...faults] = error.message.split('\n');
    expect(title).toBe('wrong environment');
    return faults;
  }
  return [];
}

test('Settings are written to the environment under these names', () => {
  // The review of a plan shows these names: a new one is a change of every deployed function.
  expect(ENVIRONMENT).toEqual({
    WORKSPACE: 'acme-news',
    PROJECT_ID: 'ads-imports',
    LOCATION: 'EU',
    CORE_DATASET: 'audience_acme_core',
    LANDING_BUCKET: 'audience-acme-landing',
    STAGING_BUCKET: 'audience-acme-staging',
    IDENTITY_TYPES: '["email","customer_id"]',
    SWEEP_SECONDS: '240',
  });
});

test('Every setting is read back as it was written, among variables of the platform', () => {
  const settings: fc.Arbitrary<FunctionSettings> = fc.record({
    workspace: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((id) => WORKSPACE_ID.pattern.test(id)),
    projectId: fc.stringMatching(PROJECT_ID.pattern),
    location: fc.constantFrom('EU', 'US', 'europe-west1', 'northamerica-northeast2'),
    coreDataset: fc.stringMatching(/^\w{1,40}$/),
    landingBucket: fc.stringMatching(BUCKET_NAME.pattern),
    stagingBucket: fc.stringMatching(BUCKET_NAME.pattern),
    identityTypes: fc.uniqueArray(fc.stringMatching(IDENTITY_TYPE.pattern), { maxLength: 5 }),
    sweepSeconds: fc.integer({ min: 1, max: 9999 }),
  });
  fc.assert(
    fc.property(settings, (given) => {
      expect(fromEnvironment({ HOME: '/root', ...toEnvironment(given) })).toEqual(given);
    }),
  );
});

test('Only the folder of the landing bucket may be left out; if it is there, it must be sound', () => {
  const landingFolder = 'Zk3-9_yQ0vT8mRwX';
  const { LANDING_FOLDER, ...others } = toEnvironment({ ...SETTINGS, landingFolder });
  expect([LANDING_FOLDER, others]).toEqual([landingFolder, ENVIRONMENT]);
  expect(fromEnvironment({ ...others, LANDING_FOLDER })).toEqual({ ...SETTINGS, landingFolder });
  expect(fromEnvironment(others)).toEqual(SETTINGS);
  for (const wrong of ['', 'short', `${landingFolder}/`, 'a/b/c/d/e/f/g/h/i', 'x'.repeat(101)]) {
    expect(faultsOf({ ...ENVIRONMENT, LANDING_FOLDER: wrong })).toEqual([
      expect.stringMatching(/^LANDING_FOLDER: got "[^"]*"; allowed: .+ 16 to 100/),
    ]);
  }
});

test('No two settings share a variable, and none may be missing', () => {
  expect(Object.keys(ENVIRONMENT)).toHaveLength(Object.keys(SETTINGS).length);
  for (const name of Object.keys(ENVIRONMENT)) {
    const [fault, ...others] = faultsOf({ ...ENVIRONMENT, [name]: undefined });
    expect(fault).toMatch(new RegExp(`^${name}: got nothing; allowed: .+`));
    expect(others).toEqual([]);
  }
});

const IDENTITY_TYPES = 'a JSON list of at most 5 identity types';
const BUCKET = 'the name of a bucket, without gs://';
const DATASET = 'the id of a dataset, without its project';

test.each([
  ['WORKSPACE', '', 'a workspace id of 1 to 200 printable characters'],
  ['PROJECT_ID', 'Ads', 'a project id of 6 to 30 lower-case letters, digits and dashes'],
  ['LOCATION', 'EU ', 'a BigQuery location: EU, US, or a region such as europe-west1'],
  ['LANDING_BUCKET', 'gs://landing', BUCKET],
  ['STAGING_BUCKET', 'x', BUCKET],
  ['CORE_DATASET', 'ads-imports.core', DATASET],
  ['CORE_DATASET', '`core`; DROP', DATASET],
  ['IDENTITY_TYPES', '', IDENTITY_TYPES],
  ['IDENTITY_TYPES', 'email,customer_id', IDENTITY_TYPES],
  ['IDENTITY_TYPES', '"email"', IDENTITY_TYPES],
  ['IDENTITY_TYPES', '["e mail"]', IDENTITY_TYPES],
  ['IDENTITY_TYPES', '[["email"]]', IDENTITY_TYPES],
  ['IDENTITY_TYPES', '["a","b","c","d","e","f"]', IDENTITY_TYPES],
  ['SWEEP_SECONDS', '0', 'a number of seconds from 1 to 9999'],
  ['SWEEP_SECONDS', '1.5', 'a number of seconds from 1 to 9999'],
  ['SWEEP_SECONDS', '10000', 'a number of seconds from 1 to 9999'],
])('%s must not be %j, and the message says what is allowed', (name, value, allowed) => {
  expect(faultsOf({ ...ENVIRONMENT, [name]: value })).toEqual([
    `${name}: got ${JSON.stringify(value)}; allowed: ${allowed}`,
  ]);
});

test('A workspace id may have 200 characters, but not 201', () => {
  const idOf = (length: number) => ({ ...ENVIRONMENT, WORKSPACE: 'é'.repeat(length) });
  expect(fromEnvironment(idOf(200)).workspace).toHaveLength(200);
  expect(faultsOf(idOf(201))).toHaveLength(1);
});

test('Every wrong variable is reported at once', () => {
  const faults = faultsOf({
    ...ENVIRONMENT,
    LOCATION: '',
    SWEEP_SECONDS: 'x',
    WORKSPACE: undefined,
  });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'WORKSPACE',
    'LOCATION',
    'SWEEP_SECONDS',
  ]);
});
