import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, Testing, TerraformStack, TerraformVariable } from 'cdktf';

import { AudienceImport, DESTROY_DATA_CONTEXT, inventoryOf, Schedule } from '../../lib';
import { PACKAGE_VERSION } from '../../lib/workspace/version';
import { applyScript, purgeScript } from '../../runtime/warehouse/scheduled-scripts';
import { TABLE_NAMES, TABLES, VIEW_NAMES } from '../../runtime/warehouse/tables';
import { all, one, parsed, PROPS, synthesized, type Attributes } from '../support/stacks/stacks';

/** The conditions under which a bucket deletes objects. */
function expiry(bucket: Attributes): object[] {
  return (bucket['lifecycle_rule'] as { action: { type: string }; condition: object }[])
    .filter((rule) => rule.action.type === 'Delete')
    .map((rule) => rule.condition);
}

describe('default configuration', () => {
  const stack = synthesized();

  test('logical ids are a contract: a changed one destroys and creates', () => {
    const ids = Object.entries(stack.resource).flatMap(([type, resources]) =>
      Object.keys(resources).map((id) => `${type}.${id}`),
    );
    expect(ids.sort()).toMatchSnapshot();
  });

  test('Every table has its schema, in order, and guards', () => {
    const tables = all(stack, 'google_bigquery_table').filter((table) => !('view' in table));
    expect(tables.map((table) => table['table_id']).sort()).toEqual([...TABLE_NAMES].sort());
    for (const table of tables) {
      const name = table['table_id'] as keyof typeof TABLES;
      const schema = JSON.parse(table['schema'] as string) as { name: string; mode: string }[];
      expect(schema.map((column) => [column.name, column.mode])).toEqual(
        TABLES[name].columns.map((column) => [column.name, column.mode]),
      );
      expect(table).toMatchObject({
        deletion_protection: true,
        lifecycle: { prevent_destroy: true },
        project: 'ads-imports',
      });
      expect((table['clustering'] as string[] | undefined)?.length ?? 0).toBeLessThanOrEqual(4);
    }
  });

  test('Every view is standard SQL and is created after what it reads', () => {
    const views = all(stack, 'google_bigquery_table').filter((table) => 'view' in table);
    expect(views.map((view) => view['table_id']).sort()).toEqual([...VIEW_NAMES].sort());
    for (const view of views) {
      expect(view['view']).toMatchObject({ use_legacy_sql: false });
      const { query } = view['view'] as { query: string };
      const readsMemberships = query.includes('_published_7e64b4c6.memberships`');
      const dependencies = (view['depends_on'] as string[]).join();
      expect(dependencies).toContain('table-membership_state');
      if (readsMemberships) expect(dependencies).toContain('view-memberships');
    }
  });

  test('Datasets keep two days of time travel and are not emptied', () => {
    for (const dataset of all(stack, 'google_bigquery_dataset')) {
      expect(dataset).toMatchObject({
        location: 'EU',
        max_time_travel_hours: '48',
        storage_billing_model: 'LOGICAL',
        delete_contents_on_destroy: false,
        lifecycle: { prevent_destroy: true },
      });
    }
  });

  test.each(['landing', 'staging'])('the %s bucket is private, and deletes for good', (kind) => {
    expect(one(stack, 'google_storage_bucket', kind)).toMatchObject({
      project: 'ads-imports',
      location: 'EU',
      uniform_bucket_level_access: true,
      public_access_prevention: 'enforced',
      soft_delete_policy: { retention_duration_seconds: 0 },
      versioning: { enabled: false },
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  test('Landing objects that have not been ingested never expire', () => {
    expect(expiry(one(stack, 'google_storage_bucket', 'landing'))).toEqual([
      { days_since_custom_time: 3 },
    ]);
  });

  test('Staged and parked objects expire by age; the manifest and the code never do', () => {
    expect(expiry(one(stack, 'google_storage_bucket', 'staging'))).toEqual([
      { age: 2, matches_prefix: ['staged/'] },
      { age: 3, matches_prefix: ['parked/'] },
    ]);
  });

  test('The scheduled queries are the scripts, with all that the service needs and nothing that it refuses', () => {
    const [merge, purge] = all(stack, 'google_bigquery_data_transfer_config');
    const names = {
      projectId: 'ads-imports',
      coreDataset: 'audience_acme_news_core_7e64b4c6',
      publishedDataset: 'audience_acme_news_published_7e64b4c6',
    };
    expect(merge?.['params']).toEqual({ query: applyScript(names) });
    expect(purge?.['params']).toEqual({ query: purgeScript(names) });
    for (const config of [merge, purge]) {
      expect(config).toMatchObject({
        data_source_id: 'scheduled_query',
        location: 'eu',
        project: 'ads-imports',
        service_account_name: 'audience-acme-n-merge-7e64b4c6@ads-imports.iam.gserviceaccount.com',
      });
      expect(config).not.toHaveProperty('destination_dataset_id');
      const dependencies = (config?.['depends_on'] as string[]).join();
      for (const name of TABLE_NAMES) expect(dependencies).toContain(`table-${name}`);
      for (const needed of ['warehouse_core', 'runs-jobs', 'transfer-agent-takes-tokens']) {
        expect(dependencies).toContain(needed);
      }
    }
  });

  test('Every resource that has a project states it', () => {
    const withoutProject = Object.entries(stack.resource)
      .filter(([, resources]) => Object.values(resources).some((one_) => !('project' in one_)))
      .map(([type]) => type);
    expect(withoutProject.sort()).toEqual([
      'google_service_account_iam_member',
      'google_storage_bucket_iam_policy',
      'google_storage_bucket_object',
    ]);
  });

  test('Every resource that can have labels has those of the workspace, within the rules', () => {
    const labelled = Object.entries(stack.resource).flatMap(([type, resources]) =>
      Object.values(resources)
        .filter((attributes) => 'labels' in attributes)
        .map((attributes): [string, object] => [type, attributes['labels'] as object]),
    );
    const types = labelled.map(([type]) => type.slice('google_'.length));
    expect(Object.fromEntries(types.map((type) => [type, types.filter((t) => t === type).length])))
      // Transfers, schedules and accounts have none in this version of the provider.
      .toEqual({
        bigquery_dataset: 2,
        bigquery_table: 14,
        cloudfunctions2_function: 1,
        storage_bucket: 2,
      });
    for (const [type, labels] of labelled) {
      const holdsCode = type === 'google_cloudfunctions2_function';
      expect(labels).toEqual({
        workspace: 'acme-news',
        component: expect.stringMatching(/^(?:landing|staging|core|published|ingest)$/) as string,
        ...(holdsCode ? { version: PACKAGE_VERSION.replaceAll('.', '-') } : {}),
      });
    }
  });

  test('A release may go back: no table loses the columns that a newer one appended', () => {
    const tables = all(stack, 'google_bigquery_table').filter((table) => !('view' in table));
    expect(tables).toHaveLength(TABLE_NAMES.length);
    for (const table of tables) expect(table['ignore_auto_generated_schema']).toBe(true);
  });

  test('A schedule that somebody paused is a change in the next plan', () => {
    expect(all(stack, 'google_cloud_scheduler_job').map((job) => job['paused'])).toEqual([
      false,
      false,
    ]);
  });

  test('An output waits for the grants that make it usable, by addresses that Terraform accepts', () => {
    const addresses = Object.entries(stack.resource).flatMap(([type, resources]) =>
      Object.keys(resources).map((id) => `${type}.${id}`),
    );
    const waiting = Object.values(stack.output).filter((output) => 'depends_on' in output);
    expect(waiting.map((output) => output['description'])).toEqual([
      expect.stringContaining('mParticle'),
      expect.stringContaining('readers'),
    ]);
    for (const output of waiting) {
      const dependencies = output['depends_on'] as string[];
      expect(dependencies.length).toBeGreaterThan(0);
      expect(addresses).toEqual(expect.arrayContaining(dependencies));
    }
  });

  test('No interpolation slips into a query', () => {
    for (const config of all(stack, 'google_bigquery_data_transfer_config')) {
      expect((config['params'] as { query: string }).query).not.toContain('${');
    }
  });
});

describe('custom configuration', () => {
  test('Readers of every kind read the published dataset, and have no other access', () => {
    const readers = [
      ['user:Ann@Example.com', { user_by_email: 'ann@example.com' }],
      ['serviceAccount:a@b-c.iam.gserviceaccount.com', 'user_by_email'],
      ['group:ads@example.com', 'group_by_email'],
      ['domain:example.com', 'domain'],
      [
        'principalSet://iam.googleapis.com/projects/1/Pool/*',
        { iam_member: 'principalSet://iam.googleapis.com/projects/1/Pool/*' },
      ],
      ['principal://iam.googleapis.com/p', { iam_member: 'principal://iam.googleapis.com/p' }],
    ] as const;
    const stack = synthesized({ readers: readers.map(([reader]) => reader) });
    const datasets = all(stack, 'google_bigquery_dataset');
    const [core, published] = ['core', 'published'].map((component) =>
      datasets.find(({ labels }) => (labels as Attributes)['component'] === component),
    );
    expect(published?.['access']).toEqual([
      { role: 'OWNER', special_group: 'projectOwners' },
      ...readers.map(([reader, field]) => ({
        role: 'READER',
        ...(typeof field === 'string' ? { [field]: reader.replace(/^\w+:/, '') } : field),
      })),
    ]);
    expect(core?.['access']).toEqual(
      all(synthesized(), 'google_bigquery_dataset').find(
        ({ dataset_id: id }) => id === core?.['dataset_id'],
      )?.['access'],
    );
  });

  test('A hundred readers make no more resources than none', () => {
    const readers = Array.from({ length: 100 }, (_, n) => `user:u${n}@example.com`);
    const counted = (props: object) => inventoryOf(synthesized(props).text).resources;
    expect(counted({ readers })).toEqual(counted({}));
  });

  test('Existing accounts are used, and none is created in their place', () => {
    const email = (name: string) => `${name}@ads-imports.iam.gserviceaccount.com`;
    const stack = synthesized({
      mergeServiceAccount: email('merge-runner'),
      ingestServiceAccount: email('ingest-runner'),
      invokerServiceAccount: email('invoker-runner'),
    });
    expect(all(stack, 'google_service_account')).toEqual([]);
    expect(stack.text).not.toContain('google_service_account.');
    const grantsOf = (text: string, name: string) =>
      inventoryOf(text)
        .grants.filter((grant) => grant.startsWith(`serviceAccount:${email(name)}: `))
        .map((grant) => grant.replace(/^.*?: /, ''));
    const made = synthesized();
    for (const [existing, own] of [
      ['merge-runner', 'audience-acme-n-merge-7e64b4c6'],
      ['ingest-runner', 'audience-acme-ingest-7e64b4c6'],
      ['invoker-runner', 'audience-acme-invoker-7e64b4c6'],
    ] as const) {
      expect(grantsOf(stack.text, existing)).toEqual(grantsOf(made.text, own));
      expect(grantsOf(stack.text, existing).length).toBeGreaterThan(0);
    }
    const [query] = all(stack, 'google_bigquery_data_transfer_config');
    expect(query?.['service_account_name']).toBe(email('merge-runner'));
    const deployed = one(stack, 'google_cloudfunctions2_function');
    expect(deployed['service_config']).toMatchObject({
      service_account_email: email('ingest-runner'),
    });
    const tokens = all(stack, 'google_service_account_iam_member');
    expect(tokens.map((grant) => grant['service_account_id'])).toEqual([
      `projects/ads-imports/serviceAccounts/${email('merge-runner')}`,
    ]);
  });

  test('Given a folder, mParticle may write there only, and the function reads nothing else', () => {
    const landingFolder = 'Zk3-9_yQ0vT8mRwX';
    const [open, closed] = [synthesized(), synthesized({ landingFolder })];
    const bindingOf = (stack: typeof open) => {
      const policy = one(stack, 'google_storage_bucket_iam_policy', 'landing')['policy_data'];
      const { bindings } = JSON.parse(String(policy)) as { bindings: Attributes[] };
      return bindings.find(({ role }) => role === 'roles/storage.objectCreator');
    };
    const bucket = String(one(closed, 'google_storage_bucket', 'landing')['name']);
    expect(bindingOf(open)).not.toHaveProperty('condition');
    expect(bindingOf(closed)).toHaveProperty('condition', {
      title: 'one folder',
      expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${landingFolder}/")`,
    });
    const folderOf = (stack: typeof open) => {
      const config = one(stack, 'google_cloudfunctions2_function')['service_config'] as Attributes;
      return (config['environment_variables'] as Attributes)['LANDING_FOLDER'];
    };
    expect([folderOf(open), folderOf(closed)]).toEqual([undefined, landingFolder]);
  });

  test('The other props reach their resources', () => {
    const stack = synthesized({
      namePrefix: 'feeds',
      location: 'europe-west1',
      mergeSchedule: Schedule.everyHours(6),
      mparticleMember: 'serviceAccount:other@example.iam.gserviceaccount.com',
      landingRetentionDays: 2,
      stagedRetentionDays: 4,
      parkedRetentionDays: 5,
      tombstoneRetentionHours: 48,
      logRetentionHours: 49,
      rejectionRetentionHours: 50,
      labels: { team: 'ads' },
    });
    const landing = one(stack, 'google_storage_bucket', 'landing');
    expect(landing['name']).toMatch(/^feeds-/);
    expect(landing['labels']).toMatchObject({ team: 'ads' });
    expect(expiry(landing)).toEqual([{ days_since_custom_time: 2 }]);
    expect(expiry(one(stack, 'google_storage_bucket', 'staging'))).toMatchObject([
      { age: 4 },
      { age: 5 },
    ]);
    expect(inventoryOf(stack.text).grants).toContainEqual(
      expect.stringMatching(
        /^serviceAccount:other@example\.iam\.gserviceaccount\.com: roles\/storage\.objectCreator /,
      ),
    );
    const [merge, purge] = all(stack, 'google_bigquery_data_transfer_config');
    expect(merge).toMatchObject({
      location: 'europe-west1',
      schedule: 'every 6 hours from 00:13 to 23:59',
    });
    const { query } = purge?.['params'] as { query: string };
    expect(query.match(/INTERVAL (?:48|49|50) HOUR/g)).toEqual([
      'INTERVAL 48 HOUR',
      'INTERVAL 49 HOUR',
      'INTERVAL 50 HOUR',
    ]);
    expect(stack.text).toContain('"expiration_ms": 262800000');
  });

  test('A workspace id of any script gives a label within the rules', () => {
    for (const workspace of ['日本 Ünï', 'A'.repeat(200), 'ﬃ', '${x}']) {
      const { workspace: label } = one(
        synthesized({ workspace }),
        'google_cloudfunctions2_function',
      )['labels'] as { workspace: string };
      expect(label).toMatch(/^[a-z0-9_-]{0,63}$/);
    }
  });

  test('A key encrypts every dataset, table and bucket, and the scheduled queries', () => {
    const kmsKeyName = 'projects/keys/locations/europe/keyRings/ring/cryptoKeys/key';
    const stack = synthesized({ kmsKeyName });
    const encrypted = (type: string) =>
      all(stack, type).filter((attributes) => JSON.stringify(attributes).includes(kmsKeyName));
    for (const type of ['dataset', 'data_transfer_config']) {
      expect(encrypted(`google_bigquery_${type}`)).toHaveLength(2);
    }
    expect(encrypted('google_storage_bucket')).toHaveLength(2);
    expect(
      encrypted('google_bigquery_table')
        .map((table) => table['table_id'])
        .sort(),
    ).toEqual([...TABLE_NAMES].sort());
    // Without this, another key would be planned and never set.
    for (const config of all(stack, 'google_bigquery_data_transfer_config')) {
      expect(config['lifecycle']).toEqual({
        replace_triggered_by: [
          expect.stringMatching(
            /^google_bigquery_dataset\.audiences_warehouse_core_\w+\.default_encryption_configuration$/,
          ),
        ],
      });
    }
  });

  test('Without a key, nothing says how to encrypt', () => {
    expect(synthesized().text).not.toMatch(/encryption|kms|replace_triggered_by/);
  });

  test('Access logs of both buckets go to an existing bucket, each under its name', () => {
    const stack = synthesized({ accessLogBucket: 'access-logs' });
    for (const bucket of all(stack, 'google_storage_bucket')) {
      expect(bucket['logging']).toEqual({
        log_bucket: 'access-logs',
        log_object_prefix: bucket['name'],
      });
    }
  });

  test('Destroying data takes both switches; one alone changes nothing', () => {
    const neither = synthesized();
    const both = synthesized({ destroyData: true }, { [DESTROY_DATA_CONTEXT]: true });
    expect(synthesized({ destroyData: true }).resource).toEqual(neither.resource);
    expect(synthesized({}, { [DESTROY_DATA_CONTEXT]: true }).resource).toEqual(neither.resource);
    expect(both.text).not.toContain('"prevent_destroy": true');
    expect(both.text).not.toContain('"deletion_protection": true');
  });

  test('One switch alone adds a warning', () => {
    const { construct } = synthesized({ destroyData: true });
    expect(construct.node.metadata.map(({ data }) => String(data))).toEqual([
      expect.stringContaining('data is retained'),
    ]);
  });
});

describe('many of them', () => {
  test('Workspaces share a stack without a name clash, and have the same logical ids in another', () => {
    const directory = mkdtempSync(join(tmpdir(), 'synth-'));
    const app = new App({ outdir: directory });
    const [first, second] = [new TerraformStack(app, 'one'), new TerraformStack(app, 'two')];
    new GoogleProvider(first, 'google', {});
    new GoogleProvider(second, 'google', {});
    new AudienceImport(first, 'acme', PROPS);
    new AudienceImport(first, 'globex', { ...PROPS, workspace: 'globex' });
    const projectId = 'other-project';
    new AudienceImport(second, 'acme', {
      ...PROPS,
      projectId,
      buildServiceAccount: `function-builder@${projectId}.iam.gserviceaccount.com`,
    });
    app.synth();
    const read = (name: string) =>
      parsed(readFileSync(join(directory, 'stacks', name, 'cdk.tf.json'), 'utf8'));
    const [one_, two] = [read('one'), read('two')];
    rmSync(directory, { recursive: true });
    const named = ['storage_bucket', 'cloudfunctions2_function', 'cloud_scheduler_job'];
    const names = named
      .flatMap((type) => all(one_, `google_${type}`))
      .map((resource) => resource['name'])
      .concat(all(one_, 'google_service_account').map((account) => account['account_id']));
    expect(names).toHaveLength(2 * 8);
    expect(new Set(names).size).toBe(names.length);
    // Stack names are no part of logical ids: plans of one workspace compare across stacks.
    expect(Object.keys(one_.resource['google_storage_bucket'] ?? {})).toEqual(
      expect.arrayContaining(Object.keys(two.resource['google_storage_bucket'] ?? {})),
    );
  });
});

describe('failing configuration', () => {
  test('All faults are reported at once, with the place, the value and what is allowed', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    const faulty = {
      ...PROPS,
      location: 'mars',
      projectNumber: 'x',
      readers: ['allUsers'],
      landingRetentionDays: 0,
      extra: 1,
    };
    expect(() => new AudienceImport(stack, 'acme', faulty)).toThrowErrorMatchingSnapshot();
  });

  test('A token is refused where names are derived from it, and accepted elsewhere', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    const token = new TerraformVariable(stack, 'v', { type: 'string' }).stringValue;
    expect(() => new AudienceImport(stack, 'a', { ...PROPS, workspace: token })).toThrow(
      /workspace: got a token; .* not a token/,
    );
    expect(() => new AudienceImport(stack, 'l', { ...PROPS, location: token })).toThrow(
      /location: got a token; .* not a token/,
    );
    expect(() => new AudienceImport(stack, 'r', { ...PROPS, readers: [token] })).toThrow(
      /readers\.0: got a token; .* write the kind before the token/,
    );
    new GoogleProvider(stack, 'google', {});
    new AudienceImport(stack, 'b', {
      ...PROPS,
      projectNumber: token,
      readers: [`serviceAccount:${token}`],
      owners: [`group:${token}`],
      mparticleMember: token,
      buildServiceAccount: token,
      kmsKeyName: token,
      accessLogBucket: token,
    });
    expect(Testing.synth(stack, true)).toContain('service-${var.v}@gcp-sa');
  });
});
