import { inventoryOf } from '../../../lib/review/inventory';
import { renderInventory } from '../../../lib/review/inventory-text';

function stackOf(resource: Record<string, Record<string, object>>): string {
  return JSON.stringify({ resource });
}

test('References to the same stack become the values that it gives, and others stay as they are', () => {
  const { grants } = inventoryOf(
    stackOf({
      google_service_account: { a: { account_id: 'runner', project: 'p' } },
      google_bigquery_dataset: { d: { dataset_id: 'core' } },
      google_bigquery_table: {
        t: { dataset_id: '${google_bigquery_dataset.d.dataset_id}', table_id: 'log' },
      },
      google_bigquery_table_iam_member: {
        own: {
          dataset_id: '${google_bigquery_table.t.dataset_id}',
          member: '${google_service_account.a.member}',
          project: 'p',
          role: 'roles/bigquery.dataEditor',
          table_id: '${google_bigquery_table.t.table_id}',
        },
      },
      google_project_iam_member: {
        other: {
          condition: { title: 'until May', expression: 'request.time.getMonth() < 4' },
          member: '${var.member}',
          project: 'p',
          role: 'roles/bigquery.jobUser',
        },
      },
    }),
  );
  expect(grants).toEqual([
    '${var.member}: roles/bigquery.jobUser on project p, until May',
    'serviceAccount:runner@p.iam.gserviceaccount.com: roles/bigquery.dataEditor on core.log',
  ]);
});

test('The inventory lists the schedule of every resource that has one', () => {
  const { schedules } = inventoryOf(
    stackOf({
      google_cloud_scheduler_job: {
        a: { name: 'sweep', schedule: '*/5 * * * *', time_zone: 'Etc/UTC' },
      },
      google_bigquery_data_transfer_config: { b: { display_name: 'merge', schedule: 'every day' } },
    }),
  );
  expect(schedules).toEqual(['merge: every day', 'sweep: */5 * * * * Etc/UTC']);
});

test('The text says everything that decides how long data stays', () => {
  const text = renderInventory(
    inventoryOf(
      stackOf({
        google_storage_bucket: {
          a: {
            name: 'staging',
            location: 'EU',
            lifecycle_rule: [
              { action: { type: 'Delete' }, condition: { age: 1, matches_prefix: ['staged/'] } },
            ],
            soft_delete_policy: { retention_duration_seconds: 604800 },
            versioning: { enabled: true },
          },
        },
        google_bigquery_dataset: { b: { dataset_id: 'core', max_time_travel_hours: '48' } },
        google_bigquery_table: {
          c: {
            dataset_id: 'core',
            table_id: 'log',
            time_partitioning: { type: 'HOUR', expiration_ms: 7_200_000 },
          },
          d: { dataset_id: 'core', table_id: 'other', time_partitioning: { type: 'HOUR' } },
        },
      }),
    ),
  );
  expect(text.split('retention:\n')[1]).toBe(`  core.log: partitions expire after 2 h
  core.other: partitions expire never
  core: time travel 48 h
  staging: Delete when age 1, matches_prefix ["staged/"]
  staging: soft delete 604800 s
  staging: versions kept`);
});

test('The inventory lists every member of the access list of a dataset and of the policy of a bucket', () => {
  const policy = {
    bindings: [
      { role: 'roles/storage.objectCreator', members: ['${var.members["a"]}', 'group:b@x.org'] },
      {
        role: 'roles/storage.objectViewer',
        members: ['user:c@x.org'],
        condition: { title: 'source only', expression: 'true' },
      },
    ],
  };
  // Terraform reads a reference inside a text as it is written, quotes and all.
  const policyData = JSON.stringify(policy).replace('\\"a\\"', '"a"');
  const { grants, names } = inventoryOf(
    stackOf({
      google_bigquery_dataset: {
        core: {
          dataset_id: 'core',
          access: [
            { role: 'OWNER', special_group: 'projectOwners' },
            { role: 'WRITER', user_by_email: 'a@p.iam.gserviceaccount.com' },
            { role: 'READER', user_by_email: 'd@x.org' },
            { role: 'READER', group_by_email: 'e@x.org' },
            { role: 'READER', domain: 'x.org' },
            { role: 'READER', iam_member: 'principal://x' },
            { dataset: { dataset: { dataset_id: 'views' }, target_types: ['VIEWS'] } },
          ],
        },
      },
      google_storage_bucket_iam_policy: { p: { bucket: 'landing', policy_data: policyData } },
    }),
  );
  expect(names).toEqual({ google_bigquery_dataset: ['core'] });
  expect(grants).toEqual([
    '${var.members["a"]}: roles/storage.objectCreator on landing',
    'domain:x.org: READER on core',
    'group:b@x.org: roles/storage.objectCreator on landing',
    'group:e@x.org: READER on core',
    'principal://x: READER on core',
    'projectOwners: OWNER on core',
    'serviceAccount:a@p.iam.gserviceaccount.com: WRITER on core',
    'user:c@x.org: roles/storage.objectViewer on landing, source only',
    'user:d@x.org: READER on core',
    'views of views: read on core',
  ]);
});
