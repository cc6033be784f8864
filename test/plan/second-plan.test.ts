import { EXAMPLE_NAMES, synthesizedTexts } from '../../docs/tools/examples';
import { parsed, synthesized, type SynthesizedStack } from '../support/stacks/stacks';

/**
 * A service leaves out what is zero, false or empty when it answers. The provider takes such a gap for the value itself
 * where its schema knows the attribute. It compares JSON texts and maps as they are, so that a zero or an empty text in
 * one of them would show as a change in every plan.
 *
 * Of each attribute with such a value: why the second plan is empty all the same, and where the provider's source says
 * so: a file below google/services and a line, at version 6.50.0.
 */
const SETTLED: Readonly<Record<string, readonly [why: string, source: string]>> = {
  'google_bigquery_dataset.delete_contents_on_destroy': [
    'is kept in the state, and only sent with a deletion',
    'bigquery/resource_bigquery_dataset.go:1001',
  ],
  'google_bigquery_table.deletion_protection': [
    'is kept in the state, and never sent',
    'bigquery/resource_bigquery_table.go:2197',
  ],
  'google_bigquery_table.view.use_legacy_sql': [
    'is sent even if it is false, and a gap reads as false',
    'bigquery/resource_bigquery_table.go:3076',
  ],
  'google_cloud_scheduler_job.paused': [
    'is derived from the state of the job, which is always sent back',
    'cloudscheduler/resource_cloud_scheduler_job.go:944',
  ],
  'google_cloud_scheduler_job.retry_config.retry_count': [
    'is an integer, for which a gap reads as 0; the service fills in the other fields of the block',
    'cloudscheduler/resource_cloud_scheduler_job.go:980',
  ],
  'google_cloudfunctions2_function.service_config.min_instance_count': [
    'is an integer, for which a gap reads as 0; the block has other fields',
    'cloudfunctions2/resource_cloudfunctions2_function.go:1369',
  ],
  'google_monitoring_alert_policy.conditions.condition_threshold.threshold_value': [
    'is a number, for which a gap reads as 0; the block has other fields',
    'monitoring/resource_monitoring_alert_policy.go:1929',
  ],
  'google_storage_bucket.force_destroy': [
    'is kept in the state, and only read before a deletion',
    'storage/resource_storage_bucket.go:1234',
  ],
  'google_storage_bucket.soft_delete_policy.retention_duration_seconds': [
    'is sent even if it is 0, and sent back',
    'storage/resource_storage_bucket.go:1532',
  ],
  'google_storage_bucket.versioning.enabled': [
    'is sent even if it is false; the block is sent back then',
    'storage/resource_storage_bucket.go:1592',
  ],
};

/** Attributes that hold JSON, which the provider compares key by key. */
const JSON_TEXT = /\.(?:dashboard_json|policy_data|schema)$/;

/** Arguments that Terraform keeps to itself. */
const META_ARGUMENTS = ['lifecycle', 'depends_on'];

/** Paths of values that a service may leave out; list positions are not part of a path. */
function emptyValues(value: unknown, path: string): string[] {
  if (value === 0 || value === false || value === '') return [path];
  if (typeof value === 'string') return JSON_TEXT.test(path) ? emptyInJson(value, path) : [];
  if (typeof value !== 'object' || value === null) return [];
  if (Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    emptyValues(inner, Array.isArray(value) ? path : `${path}.${key}`),
  );
}

function emptyInJson(text: string, path: string): string[] {
  // References of Terraform have quotes of their own.
  const json = text.replaceAll(/\$\{[^}]*\}/g, 'reference');
  return emptyValues(JSON.parse(json), `${path}(JSON)`);
}

function emptyValuesOf({ resource }: Pick<SynthesizedStack, 'resource'>): string[] {
  return Object.entries(resource).flatMap(([type, members]) =>
    Object.values(members).flatMap((attributes) => {
      const sent = Object.entries(attributes).filter(([name]) => !META_ARGUMENTS.includes(name));
      return emptyValues(Object.fromEntries(sent), type);
    }),
  );
}

const stacks = [
  synthesized(),
  synthesized({ destroyData: true }, { 'cdktf-audience-import:destroyData': true }),
  synthesized({ identityTypes: [], readers: [], alertChannels: [], labels: {} }),
  ...EXAMPLE_NAMES.flatMap((example) => [...synthesizedTexts(example).values()].map(parsed)),
];

test('No resource has a zero or empty value that would show as a change in every plan', () => {
  const found = new Set(stacks.flatMap(emptyValuesOf));
  expect([...found].sort()).toEqual(Object.keys(SETTLED).sort());
});

test('Each value that settles has a reason and a place in the source of the provider', () => {
  for (const [why, source] of Object.values(SETTLED)) {
    expect(why.length).toBeGreaterThan(20);
    expect(source).toMatch(/^[a-z0-9]+\/resource_[a-z0-9_]+\.go:\d+$/);
  }
});

test.each([
  [{ dashboard_json: '{"tiles":[{"xPos":0}]}' }, 'type.dashboard_json(JSON).tiles.xPos'],
  [{ dashboard_json: '{"filter":"${a("b")}","by":[]}' }, 'type.dashboard_json(JSON).by'],
  [{ environment_variables: { A: '' } }, 'type.environment_variables.A'],
  [{ rule: [{ condition: { age: 0 } }] }, 'type.rule.condition.age'],
])('The check above finds the value that never settles in %j', (attributes, path) => {
  expect(emptyValuesOf({ resource: { type: { one: attributes } } })).toEqual([path]);
});
