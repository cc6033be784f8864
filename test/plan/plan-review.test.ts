import { planFaults, type Plan } from './plan-review';

/** The parts of `terraform show -json` that matter, as Terraform 1.11 and the google provider 6.50 write them. */
const RESOURCES: Readonly<
  Record<string, { expressions: Record<string, unknown>; unknown: unknown }>
> = {
  'google_service_account.merge': {
    expressions: {
      account_id: { constant_value: 'merge-account' },
      project: { constant_value: 'ads' },
    },
    // The unique id and what is made of it are the service's to say.
    unknown: { id: true, name: true, unique_id: true },
  },
  'google_storage_bucket.landing': {
    expressions: {
      name: { constant_value: 'landing' },
      lifecycle_rule: [
        {
          action: [{ type: { constant_value: 'Delete' } }],
          condition: [{ days_since_custom_time: { constant_value: 3 } }],
        },
      ],
      soft_delete_policy: [{ retention_duration_seconds: { constant_value: 0 } }],
    },
    unknown: {
      id: true,
      self_link: true,
      lifecycle_rule: [{ action: [{}], condition: [{ matches_prefix: [], with_state: true }] }],
      soft_delete_policy: [{ effective_time: true }],
    },
  },
  'google_storage_bucket_iam_member.delivery': {
    expressions: {
      bucket: { references: ['google_storage_bucket.landing.name'] },
      member: { constant_value: 'serviceAccount:sender@example.com' },
      role: { constant_value: 'roles/storage.objectCreator' },
    },
    unknown: { etag: true, id: true, condition: [] },
  },
  'google_bigquery_data_transfer_config.purge': {
    expressions: {
      display_name: { constant_value: 'purge' },
      schedule: { constant_value: 'every day 04:46' },
      params: { constant_value: { query: 'SELECT 1' } },
    },
    unknown: { id: true, name: true, params: {} },
  },
  'google_cloud_scheduler_job.sweep': {
    expressions: {
      name: { constant_value: 'sweep' },
      http_target: [
        {
          uri: { references: ['google_cloudfunctions2_function.ingest.url'] },
          oidc_token: [
            { service_account_email: { references: ['google_service_account.merge.email'] } },
          ],
        },
      ],
    },
    unknown: { id: true, http_target: [{ uri: true, oidc_token: [{ audience: true }] }] },
  },
};

const ADDRESSES = Object.keys(RESOURCES);

function planOf(unknown: Record<string, unknown> = {}, actions = ['create']): Plan {
  return {
    resource_changes: Object.entries(RESOURCES).map(([address, resource]) => ({
      address,
      change: { actions, after_unknown: unknown[address] ?? resource.unknown },
    })),
    configuration: {
      root_module: {
        resources: Object.entries(RESOURCES).map(([address, { expressions }]) => ({
          address,
          expressions,
        })),
      },
    },
  };
}

test('A plan may leave unknown what only the service can say', () => {
  expect(planFaults(planOf(), ADDRESSES)).toEqual([]);
});

test.each<[string, string, unknown, string]>([
  ['name', 'google_storage_bucket.landing', { name: true }, 'name'],
  ['account', 'google_service_account.merge', { account_id: true }, 'account_id'],
  ['project', 'google_service_account.merge', { project: true }, 'project'],
  ['grant target', 'google_storage_bucket_iam_member.delivery', { bucket: true }, 'bucket'],
  ['role', 'google_storage_bucket_iam_member.delivery', { role: true }, 'role'],
  ['member', 'google_storage_bucket_iam_member.delivery', { member: true }, 'member'],
  ['schedule', 'google_bigquery_data_transfer_config.purge', { schedule: true }, 'schedule'],
  ['query', 'google_bigquery_data_transfer_config.purge', { params: { query: true } }, 'params'],
  [
    'retention',
    'google_storage_bucket.landing',
    { lifecycle_rule: [{ condition: [{ days_since_custom_time: true }] }] },
    'lifecycle_rule',
  ],
  ['whole block', 'google_storage_bucket.landing', { lifecycle_rule: true }, 'lifecycle_rule'],
  [
    'soft delete',
    'google_storage_bucket.landing',
    { soft_delete_policy: [{ retention_duration_seconds: true }] },
    'soft_delete_policy',
  ],
  [
    'caller, nested',
    'google_cloud_scheduler_job.sweep',
    { http_target: [{ oidc_token: [{ service_account_email: true }] }] },
    'http_target.oidc_token.service_account_email',
  ],
])('A plan that does not know the %s is at fault', (_, address, unknown, path) => {
  expect(planFaults(planOf({ [address]: unknown }), ADDRESSES)).toEqual([
    `${address}.${path}: known only after apply`,
  ]);
});

test('A plan that lacks a resource, or would replace one, is at fault', () => {
  expect(planFaults(planOf(), [...ADDRESSES, 'google_storage_bucket.other'])).toEqual([
    'google_storage_bucket.other: create expected, got not planned',
  ]);
  expect(planFaults(planOf({}, ['delete', 'create']), ADDRESSES.slice(0, 1))).toEqual([
    'google_service_account.merge: create expected, got delete, create',
  ]);
});

test('A plan with nothing to review is at fault', () => {
  const empty: Plan = {
    resource_changes: [],
    configuration: { root_module: { resources: [] } },
  };
  expect(planFaults(empty, [])).toEqual([
    'no name to review',
    'no grant to review',
    'no schedule to review',
    'no retention to review',
  ]);
});
