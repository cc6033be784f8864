import { EXAMPLE_NAMES, synthesizedTexts } from '../../docs/tools/examples';
import { parsed, synthesized, type Attributes } from '../support/stacks/stacks';
import { findings, RULES } from './rules';
import { explains, SUPPRESSIONS, unexplained } from './suppressions';

const PUBLIC = { member: 'allUsers', role: 'roles/viewer' };
const PRIVATE = { member: 'serviceAccount:a@b.iam.gserviceaccount.com', role: 'roles/viewer' };
const project = (role: string, member = PRIVATE.member): Attributes => ({ role, member });
const KEY = 'projects/p/locations/eu/keyRings/r/cryptoKeys/k';

/** Of every rule: a type, attributes that break it, and attributes that keep it where it can be kept. */
const CASES: Readonly<Record<string, [type: string, broken: Attributes, kept?: Attributes]>> = {
  CKV_GCP_15: ['google_bigquery_dataset_access', { special_group: 'allAuthenticatedUsers' }, {}],
  CKV_GCP_100: ['google_bigquery_table_iam_member', PUBLIC, PRIVATE],
  CKV_GCP_28: ['google_storage_bucket_iam_member', PUBLIC, PRIVATE],
  CKV_GCP_102: ['google_cloud_run_v2_service_iam_member', PUBLIC, PRIVATE],
  CKV_GCP_107: ['google_cloudfunctions2_function_iam_member', PUBLIC, PRIVATE],
  'no-public-grants': ['google_pubsub_topic_iam_member', PUBLIC, PRIVATE],
  'no-authoritative-grants': [
    'google_storage_bucket_iam_binding',
    { bucket: 'a', members: [] },
    { bucket: 'a', policy_data: '{}' },
  ],
  'own-access': [
    'google_bigquery_dataset',
    { access: [{ role: 'READER', special_group: 'projectReaders' }] },
    { access: [{ role: 'OWNER', special_group: 'projectOwners' }] },
  ],
  'own-policy': [
    'google_storage_bucket_iam_policy',
    { policy_data: '{"bindings":[{"members":["projectViewer:p"]}]}' },
    { policy_data: '{"bindings":[{"members":["projectOwner:p"]}]}' },
  ],
  'AVD-GCP-0003': ['google_bigquery_dataset_iam_member', { member: 'user:a@b.com' }, PRIVATE],
  CKV_GCP_41: [
    'google_project_iam_member',
    project('roles/iam.serviceAccountTokenCreator'),
    project('roles/bigquery.jobUser'),
  ],
  CKV_GCP_49: [
    'google_project_iam_member',
    project('roles/bigquerydatatransfer.serviceAgent'),
    project('roles/bigquery.jobUser'),
  ],
  CKV_GCP_42: [
    'google_project_iam_member',
    project('roles/storage.objectAdmin'),
    project('roles/bigquery.jobUser'),
  ],
  CKV_GCP_117: [
    'google_project_iam_member',
    project('roles/editor'),
    project('roles/bigquery.jobUser'),
  ],
  'project-roles': [
    'google_project_iam_member',
    project('roles/bigquery.dataViewer'),
    project('roles/bigquery.jobUser'),
  ],
  CKV_GCP_46: [
    'google_project_iam_member',
    project('roles/bigquery.jobUser', 'serviceAccount:1-compute@developer.gserviceaccount.com'),
    project('roles/bigquery.jobUser'),
  ],
  CKV2_GCP_3: ['google_service_account_key', {}],
  CKV_GCP_29: ['google_storage_bucket', {}, { uniform_bucket_level_access: true }],
  CKV_GCP_114: [
    'google_storage_bucket',
    { public_access_prevention: 'inherited' },
    { public_access_prevention: 'enforced' },
  ],
  CKV_GCP_62: ['google_storage_bucket', {}, { name: 'a', logging: { log_bucket: 'logs' } }],
  CKV_GCP_63: [
    'google_storage_bucket',
    { name: 'a', logging: { log_bucket: 'a' } },
    { name: 'a', logging: { log_bucket: 'logs' } },
  ],
  CKV_GCP_78: [
    'google_storage_bucket',
    { versioning: { enabled: false } },
    { versioning: { enabled: true } },
  ],
  'AVD-GCP-0066': ['google_storage_bucket', {}, { encryption: { default_kms_key_name: KEY } }],
  CKV_GCP_81: [
    'google_bigquery_dataset',
    {},
    { default_encryption_configuration: { kms_key_name: KEY } },
  ],
  CKV_GCP_80: [
    'google_bigquery_table',
    { encryption_configuration: {} },
    { encryption_configuration: { kms_key_name: KEY } },
  ],
  CKV_GCP_121: ['google_bigquery_table', {}, { deletion_protection: true }],
  CKV_GCP_124: [
    'google_cloudfunctions2_function',
    { service_config: { ingress_settings: 'ALLOW_ALL' } },
    { service_config: { ingress_settings: 'ALLOW_INTERNAL_ONLY' } },
  ],
  'own-accounts': [
    'google_cloudfunctions2_function',
    { service_config: { service_account_email: 'a@b' }, build_config: { runtime: 'nodejs24' } },
    { service_config: { service_account_email: 'a@b' }, build_config: { service_account: 'c' } },
  ],
};

function brokenRules(type: string, attributes: Attributes): string[] {
  return findings({ resource: { [type]: { one: attributes } } }).map(({ rule }) => rule);
}

describe('rules', () => {
  test('No two rules have the same id', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });

  test.each(RULES.map((rule) => [rule.id, rule.wants] as const))(
    'The rule %s (%s) finds what breaks it, and nothing else',
    (id) => {
      const [type, broken, kept] = CASES[id] ?? ['', {}, {}];
      expect(brokenRules(type, broken)).toContain(id);
      if (kept) expect(brokenRules(type, kept)).not.toContain(id);
    },
  );
});

const found = EXAMPLE_NAMES.flatMap((example) =>
  [...synthesizedTexts(example)].map(
    ([name, text]) => [`${example}/${name}`, findings(parsed(text))] as const,
  ),
);

describe('examples', () => {
  test.each(found)('Every finding in %s is explained by a suppression', (_, all) => {
    expect(unexplained(all)).toEqual([]);
  });

  test.each(SUPPRESSIONS.map((one) => [one.rule, one] as const))(
    'The suppression of %s still explains a finding',
    (_, suppression) => {
      const all = found.flatMap(([, findingsOfStack]) => findingsOfStack);
      expect(all.some((finding) => explains(suppression, finding))).toBe(true);
    },
  );

  test('With the props that the suppressions name, the rules hold', () => {
    const stack = synthesized({
      kmsKeyName: 'projects/keys/locations/europe/keyRings/ring/cryptoKeys/key',
      accessLogBucket: 'access-logs',
    });
    const left = findings(stack).filter(({ address }) => !address.includes('_view-'));
    expect(new Set(left.map(({ rule }) => rule))).toEqual(new Set(['CKV_GCP_78']));
  });

  test('A suppression explains no finding on another resource', () => {
    const finding = { rule: 'CKV_GCP_121', address: 'google_bigquery_table.a_table-log' };
    expect(unexplained([finding])).toEqual(['CKV_GCP_121: google_bigquery_table.a_table-log']);
  });
});
