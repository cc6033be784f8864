import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  all,
  one,
  synthesized,
  type Attributes,
  type SynthesizedStack,
} from '../../support/stacks/stacks';

let archive = '';
jest.mock('../../../lib/ingest/function-archive', () => ({ functionArchivePath: () => archive }));

const place = mkdtempSync(join(tmpdir(), 'archive-'));

beforeEach(() => {
  archive = join(place, 'ingest.zip');
  writeFileSync(archive, 'code');
});

afterAll(() => {
  rmSync(place, { recursive: true });
});

const theFunction = (stack: SynthesizedStack) => one(stack, 'google_cloudfunctions2_function');

/** A reference to an attribute of a resource. */
const reference = (resource: string, attribute: string) =>
  expect.stringMatching(
    new RegExp(`^\\$\\{google_${resource}\\S*\\.${attribute.replaceAll(/[.[\]]/g, '\\$&')}\\}$`),
  ) as unknown;

describe('the archive', () => {
  /** First 16 digits of `printf code | sha256sum`. */
  const HASH = '5694d08a2e53ffca';

  test('is named by its content, and comes from no path of this machine', () => {
    const stack = synthesized();
    expect(one(stack, 'google_storage_bucket_object')).toMatchObject({
      name: `source/ingest-${HASH}.zip`,
      source: `assets/audience-import-function-${HASH}/${HASH}/ingest.zip`,
    });
    expect(stack.text).not.toContain(place);
    expect(stack.text).not.toContain(process.cwd());
  });

  test('unchanged, it leaves everything as it is, wherever it lies', () => {
    const before = synthesized().text;
    const elsewhere = mkdtempSync(join(place, 'elsewhere-'));
    archive = join(elsewhere, 'ingest.zip');
    writeFileSync(archive, 'code');
    expect(synthesized().text).toBe(before);
  });

  test('changed, it changes the name of the object, and nothing but what refers to it', () => {
    const before = synthesized();
    writeFileSync(archive, 'other code');
    const after = synthesized();
    const name = (stack: SynthesizedStack) =>
      one(stack, 'google_storage_bucket_object')['name'] as string;
    expect(name(after)).not.toBe(name(before));
    const hash = (stack: SynthesizedStack) => name(stack).slice('source/ingest-'.length, -4);
    expect(after.text).toBe(before.text.replaceAll(hash(before), hash(after)));
    expect(changed(before, after)).toEqual(['google_storage_bucket_object']);
    const { source } = theFunction(after)['build_config'] as { source: object };
    expect(source).toEqual({
      storage_source: {
        bucket: reference('storage_bucket.audiences_staging', 'name'),
        object: reference('storage_bucket_object', 'name'),
      },
    });
  });

  function changed(before: SynthesizedStack, after: SynthesizedStack): string[] {
    return Object.keys(after.resource).filter(
      (type) => JSON.stringify(after.resource[type]) !== JSON.stringify(before.resource[type]),
    );
  }

  test('is read by the build account, and by no path but its own', () => {
    const policy = one(synthesized(), 'google_storage_bucket_iam_policy', 'staging');
    const { bindings } = JSON.parse(String(policy['policy_data'])) as { bindings: object[] };
    expect(bindings).toContainEqual({
      role: 'roles/storage.objectViewer',
      members: ['serviceAccount:function-builder@ads-imports.iam.gserviceaccount.com'],
      condition: {
        title: 'source only',
        expression:
          'resource.name.startsWith("projects/_/buckets/audience-acme-news-staging-7e64b4c6/objects/source/")',
      },
    });
  });
});

describe('the function', () => {
  test('The function is small and private, has one instance, and answers the health check while it sweeps', () => {
    expect(theFunction(synthesized())).toMatchObject({
      project: 'ads-imports',
      location: 'europe-west1',
      name: 'audience-acme-news-ingest-7e64b4c6',
      build_config: {
        runtime: 'nodejs24',
        entry_point: 'ingest',
        service_account:
          'projects/ads-imports/serviceAccounts/function-builder@ads-imports.iam.gserviceaccount.com',
      },
      service_config: {
        service_account_email: 'audience-acme-ingest-7e64b4c6@ads-imports.iam.gserviceaccount.com',
        ingress_settings: 'ALLOW_INTERNAL_ONLY',
        available_cpu: '1',
        available_memory: '512Mi',
        min_instance_count: 0,
        max_instance_count: 1,
        max_instance_request_concurrency: 2,
        timeout_seconds: 1800,
      },
      labels: { component: 'ingest', workspace: 'acme-news' },
    });
  });

  test('is told by its environment where everything is', () => {
    const { environment_variables } = theFunction(synthesized())['service_config'] as Attributes;
    expect(environment_variables).toEqual({
      WORKSPACE: 'acme-news',
      PROJECT_ID: 'ads-imports',
      LOCATION: 'EU',
      LANDING_BUCKET: reference('storage_bucket.audiences_landing', 'name'),
      STAGING_BUCKET: reference('storage_bucket.audiences_staging', 'name'),
      CORE_DATASET: 'audience_acme_news_core_7e64b4c6',
      IDENTITY_TYPES: '["email","customer_id"]',
      SWEEP_SECONDS: '1500',
      LOG_EXECUTION_ID: 'true',
    });
  });

  test('takes identity types and a region from the props', () => {
    const stack = synthesized({ identityTypes: [], region: 'europe-north1' });
    expect(theFunction(stack)).toMatchObject({
      location: 'europe-north1',
      service_config: { environment_variables: { IDENTITY_TYPES: '[]' } },
    });
    for (const job of all(stack, 'google_cloud_scheduler_job')) {
      expect(job['region']).toBe('europe-north1');
    }
    expect(one(stack, 'google_cloud_run_v2_service_iam_member')['location']).toBe('europe-north1');
  });

  test('a workspace id that looks like a template of Terraform is taken as it is', () => {
    const stack = synthesized({ workspace: 'a${b}%{c}' });
    expect(theFunction(stack)).toMatchObject({
      description: 'Loads delivered audience changes of a$${b}%%{c}.',
      service_config: { environment_variables: { WORKSPACE: 'a$${b}%%{c}' } },
    });
    for (const account of all(stack, 'google_service_account')) {
      expect(account['display_name']).toContain('a$${b}%%{c}');
    }
  });

  test('is made after its account and what its build reads', () => {
    const dependencies = (theFunction(synthesized())['depends_on'] as string[]).join();
    expect(dependencies).toContain('google_service_account.audiences_ingest-account');
    expect(dependencies).toContain('google_storage_bucket_iam_policy.audiences_staging_policy');
  });
});

describe('the schedules', () => {
  test.each([
    ['sweep', 'POST', '/', '4-59/5 * * * *'],
    ['health', 'GET', '/health', '6 * * * *'],
  ])('%s calls the function as the invoker, with no retry', (id, method, path, schedule) => {
    const job = one(synthesized(), 'google_cloud_scheduler_job', id);
    const uri = reference('cloudfunctions2_function', 'service_config[0].uri');
    expect(job).toMatchObject({
      project: 'ads-imports',
      region: 'europe-west1',
      schedule,
      time_zone: 'Etc/UTC',
      attempt_deadline: '1800s',
      retry_config: { retry_count: 0 },
      http_target: {
        http_method: method,
        uri: expect.stringMatching(new RegExp(`uri\\}${path}$`)) as unknown,
        oidc_token: {
          audience: uri,
          service_account_email:
            'audience-acme-invoker-7e64b4c6@ads-imports.iam.gserviceaccount.com',
        },
      },
    });
  });

  test('the first call comes after all that it needs', () => {
    const stack = synthesized();
    for (const job of all(stack, 'google_cloud_scheduler_job')) {
      const dependencies = (job['depends_on'] as string[]).join();
      expect(dependencies).toContain('scheduler-invokes');
      for (const type of Object.keys(stack.resource).filter((name) => name.endsWith('_member'))) {
        for (const id of Object.keys(stack.resource[type] ?? {})) {
          if (id.includes('ingest-account')) expect(dependencies).toContain(`${type}.${id}`);
        }
      }
    }
  });

  test('the invoker may call this function, and nothing else', () => {
    const stack = synthesized();
    const grants = Object.entries(stack.resource)
      .filter(([type]) => type.endsWith('_iam_member'))
      .flatMap(([type, resources]) =>
        Object.values(resources).map((grant): [string, Attributes] => [type, grant]),
      )
      .filter(([, grant]) => String(grant['member']).includes('invoker-account'));
    expect(grants).toEqual([
      [
        'google_cloud_run_v2_service_iam_member',
        expect.objectContaining({
          role: 'roles/run.invoker',
          name: reference('cloudfunctions2_function', 'name'),
        }),
      ],
    ]);
  });
});
