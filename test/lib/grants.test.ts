import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { TerraformResource } from 'cdktf';
import { Node } from 'constructs';

import { inventoryOf } from '../../lib';
import { EXAMPLE_NAMES, synthesizedTexts } from '../../docs/tools/examples';
import { workspaceNames } from '../../lib/workspace/names';
import {
  emptyObjectName,
  parkedName,
  sourceName,
  stagedName,
} from '../../runtime/ingest/staging-names';
import { tableRows } from '../support/data/markdown';
import {
  all,
  one,
  parsed,
  PROPS,
  synthesized,
  type Attributes,
  type SynthesizedStack,
} from '../support/stacks/stacks';

const READERS = [
  'group:a@example.com',
  'group:b@example.com',
  'user:c@example.com',
  'user:d@x.org',
];
const OWNERS = { role: 'OWNER', special_group: 'projectOwners' };
const DEPLOYER = 'serviceAccount:deployer@ads-imports.iam.gserviceaccount.com';
const stack = synthesized({ readers: READERS, deployer: DEPLOYER });

describe('the table of docs/security.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'security.md'), 'utf8');
  const rows = tableRows(page, 'Who may do what');
  const grantOf = ([who, on, role]: readonly string[]) =>
    `${who}: ${role?.replaceAll('`', '')} on ${on}`;

  test('Every grant is in the table, and nothing else is', () => {
    const granted = new Set(inventoryOf(stack.text).grants.map(inWords));
    expect(rows.map(grantOf).sort()).toEqual([...granted].sort());
  });

  test('Every grant says why it is there and what breaks without it', () => {
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      expect(row).toHaveLength(6);
      for (const cell of row) expect(cell).not.toBe('');
    }
  });

  test('Every grant stands in the code where the table says', () => {
    const files = filesOfGrants();
    expect(files.size).toBeGreaterThan(10);
    expect(new Map(rows.map((row) => [grantOf(row), row[5]?.replaceAll('`', '')]))).toEqual(files);
  });

  test('A grant on a dataset or bucket stands with that resource, any other with the account it is about', () => {
    const roomOf: Record<string, string> = {
      'landing bucket': 'landing-bucket',
      'staging bucket': 'staging-bucket',
      'core dataset': 'warehouse',
      'published dataset': 'warehouse',
    };
    for (const [who = '', on = '', , , , file = ''] of rows) {
      const account = ['transfer agent', 'deployer'].includes(who) ? on : who;
      const expected = roomOf[on.replace(/,.*/, '')] ?? account.replace(' ', '-');
      expect([who, on, file]).toEqual([
        who,
        on,
        expect.stringMatching(new RegExp(`/${expected}\\.ts\`$`)),
      ]);
    }
  });

  /** The grants of a workspace in the words of the page, each with the source file that creates it. */
  function filesOfGrants(): Map<string, string> {
    const fileByPath = new Map<string, string>();
    const original = Reflect.get(Node.prototype, 'addMetadata');
    const spy = jest.spyOn(Node.prototype, 'addMetadata').mockImplementation(function (
      this: Node,
      ...parameters
    ) {
      fileByPath.set(this.path, callingFile());
      original.apply(this, parameters);
    });
    const { construct, resource } = synthesized({ readers: READERS, deployer: DEPLOYER });
    spy.mockRestore();
    const all_ = inventoryOf(JSON.stringify({ resource })).grants;
    return new Map(
      construct.node.findAll().flatMap((node) => {
        if (!TerraformResource.isTerraformResource(node)) return [];
        const { terraformResourceType: type, friendlyUniqueId: id } = node;
        const others = inventoryOf(JSON.stringify({ resource: withoutGrants(resource, type, id) }));
        return all_
          .filter((grant) => !others.grants.includes(grant))
          .map((grant): [string, string] => [inWords(grant), fileByPath.get(node.node.path) ?? '']);
      }),
    );
  }

  /** A stack without one grant, or without the access list of one dataset. */
  function withoutGrants(resource: SynthesizedStack['resource'], type: string, id: string) {
    const { [id]: attributes = {}, ...others } = resource[type] ?? {};
    const { access, ...kept } = attributes;
    const isOfGrants = access !== undefined || /_iam_(?:member|policy)$/.test(type);
    if (!isOfGrants) return resource;
    return { ...resource, [type]: access === undefined ? others : { ...others, [id]: kept } };
  }

  /** The innermost file of lib/ on the stack that is no helper of several rooms. */
  function callingFile(): string {
    const [file = ''] =
      new Error().stack?.match(/(?<=[( ])\/[^():]*\/lib\/[^():]*(?=:\d)/g)?.flatMap((path) => {
        const place = relative(join(__dirname, '..', '..'), path);
        return place.startsWith('lib/') && !place.startsWith('lib/workspace/') ? [place] : [];
      }) ?? [];
    return file;
  }

  /** A grant of this workspace, in the words of the page. */
  function inWords(grant: string): string {
    const { projectId, projectNumber, workspace } = PROPS;
    const names = workspaceNames(projectId, workspace, 'audience');
    const account = (id: string) => `${id}@${projectId}.iam.gserviceaccount.com`;
    const words: [string, string][] = [
      [`projects/${projectId}/serviceAccounts/`, ''],
      ...(['merge', 'ingest', 'invoker'] as const).flatMap((duty): [string, string][] => [
        [`serviceAccount:${account(names[`${duty}AccountId`])}`, `${duty} account`],
        [account(names[`${duty}AccountId`]), `${duty} account`],
      ]),
      [DEPLOYER, 'deployer'],
      [`serviceAccount:${PROPS.buildServiceAccount}`, 'build account'],
      [
        'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com',
        "mParticle's account",
      ],
      [
        `serviceAccount:service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`,
        'transfer agent',
      ],
      [`projectOwner:${projectId}`, "project's owners"],
      ['projectOwners', "project's owners"],
      ...READERS.map((reader): [string, string] => [reader, 'each reader']),
      [`project ${projectId}`, 'project'],
      [names.landingBucket, 'landing bucket'],
      [names.stagingBucket, 'staging bucket'],
      [names.ingestFunction, 'ingest function'],
      [names.publishedDataset, 'the published dataset'],
      [names.coreDataset, 'core dataset'],
    ];
    return words
      .reduce((text, [name, word]) => text.replaceAll(name, word), grant)
      .replace('on the published', 'on published')
      .replace(/core dataset\.(\w+)$/, 'table `$1`');
  }
});

describe('grants', () => {
  test('Grants are never public, and no role of the project but its owners has any', () => {
    for (const grant of inventoryOf(stack.text).grants) {
      expect(grant).not.toMatch(/allUsers|allAuthenticatedUsers|\/\/goog\//);
      expect(grant).not.toMatch(/^project(?:Viewer|Editor|Reader|Writer)/);
    }
  });

  test('Grants on the project are for running jobs, and nothing else', () => {
    const roles = all(stack, 'google_project_iam_member').map((grant) => grant['role']);
    expect(roles).toEqual(['roles/bigquery.jobUser', 'roles/bigquery.jobUser']);
  });

  test('Given owners take the place of the owners of the project, everywhere', () => {
    const owners = ['group:platform@example.com', 'serviceAccount:d@p-1.iam.gserviceaccount.com'];
    const { grants } = inventoryOf(synthesized({ owners }).text);
    expect(grants.join()).not.toContain('projectOwner');
    for (const owner of owners) {
      const roles = grants
        .filter((grant) => grant.startsWith(owner))
        .map((grant) => grant.split(' ')[1]);
      expect(roles).toEqual([
        'OWNER',
        'OWNER',
        'roles/storage.legacyBucketOwner',
        'roles/storage.legacyBucketOwner',
      ]);
    }
  });
});

describe('one resource owns the access to each resource', () => {
  test.each(['landing', 'staging'])(
    'Only one policy says who has access to the %s bucket',
    (id) => {
      const policies = all(stack, 'google_storage_bucket_iam_policy').filter(({ bucket }) =>
        String(bucket).includes(`audiences_${id}_bucket_`),
      );
      expect(policies).toHaveLength(1);
    },
  );

  test('Both datasets state their whole access list', () => {
    const datasets = all(stack, 'google_bigquery_dataset');
    expect(datasets).toHaveLength(2);
    for (const dataset of datasets) expect(dataset['access']).toContainEqual(OWNERS);
  });

  test('No other resource adds an entry to what a list or a policy owns, in any stack of the examples', () => {
    const stacks = [
      stack,
      ...EXAMPLE_NAMES.flatMap((example) => [...synthesizedTexts(example).values()].map(parsed)),
    ];
    expect(stacks.flatMap(secondOwners)).toEqual([]);
  });

  test.each([
    ['google_storage_bucket_iam_member', { bucket: '${google_storage_bucket.a.name}' }],
    ['google_storage_bucket_iam_binding', { bucket: '${google_storage_bucket.a.name}' }],
    ['google_storage_bucket_iam_policy', { bucket: '${google_storage_bucket.a.name}' }],
    ['google_bigquery_dataset_iam_member', { dataset_id: '${google_bigquery_dataset.d.id}' }],
    ['google_bigquery_dataset_access', { dataset_id: 'core' }],
  ])('The check above finds a %s', (type, attributes) => {
    const resource = {
      google_storage_bucket_iam_policy: { p: { bucket: '${google_storage_bucket.a.name}' } },
      google_bigquery_dataset: { d: { dataset_id: 'core', access: [OWNERS] } },
    };
    const more = { ...resource, [type]: { ...(resource as Resource)[type], second: attributes } };
    expect(secondOwners({ resource: more })).toEqual([`${type}.second`]);
    expect(secondOwners({ resource })).toEqual([]);
  });

  type Resource = SynthesizedStack['resource'];

  /** Addresses of resources that write what the policy of a bucket or the list of a dataset owns as well. */
  function secondOwners({ resource }: { readonly resource: Resource }): string[] {
    const found: string[] = [];
    const owned = new Set<unknown>();
    for (const [type, members] of Object.entries(resource)) {
      for (const [id, attributes] of Object.entries(members)) {
        const isPolicy = type === 'google_storage_bucket_iam_policy';
        if (isPolicy && !owned.has(attributes['bucket'])) owned.add(attributes['bucket']);
        else if (/^google_storage_(?:managed_folder|bucket)_(?:iam|access|acl)/.test(type)) {
          found.push(`${type}.${id}`);
        } else if (type.startsWith('google_bigquery_dataset_')) found.push(`${type}.${id}`);
      }
    }
    return found;
  }
});

test('Only the views of the published dataset are authorized, not what else it may come to hold', () => {
  const entries = all(stack, 'google_bigquery_dataset').flatMap(
    ({ access }) => access as Attributes[],
  );
  expect(entries.filter(({ dataset }) => dataset !== undefined)).toEqual([
    {
      dataset: {
        dataset: {
          project_id: PROPS.projectId,
          dataset_id: expect.stringContaining('_published_') as string,
        },
        target_types: ['VIEWS'],
      },
    },
  ]);
});

test('Nobody but the owners may make views in the published dataset, which would read all of core', () => {
  const published = all(stack, 'google_bigquery_dataset').find(({ dataset_id: id }) =>
    String(id).includes('_published_'),
  );
  const others = (published?.['access'] as Attributes[]).filter(({ role }) => role !== 'OWNER');
  expect(others.map(({ role }) => role)).toEqual(READERS.map(() => 'READER'));
  const onViews = all(stack, 'google_bigquery_table_iam_member').map((grant) => grant['table_id']);
  for (const table of onViews) expect(table).not.toContain('_view-');
});

test('The ingest account may write its work in the staging bucket, and not the code of its next build', () => {
  const policy = JSON.parse(
    String(one(stack, 'google_storage_bucket_iam_policy', 'staging')['policy_data']),
  ) as { bindings: { role: string; condition?: { expression: string } }[] };
  const work = policy.bindings.find(({ role }) => role === 'roles/storage.objectUser');
  const may = (name: string) => holds(work?.condition?.expression ?? '', name);
  const written = ['manifest.json', 'traffic.json', stagedName('b', 'a'), emptyObjectName('b')];
  const parked = parkedName({ generation: '1', name: 'source/x' });
  for (const name of [...written, parked]) expect([name, may(name)]).toEqual([name, true]);
  for (const name of [sourceName('00'), 'manifest.json2', 'xstaged/a', 'source/manifest.json']) {
    expect([name, may(name)]).toEqual([name, false]);
  }

  /** The part of the expression language that conditions on names use. */
  function holds(expression: string, name: string): boolean {
    const full = `projects/_/buckets/${workspaceNames(PROPS.projectId, PROPS.workspace, 'audience').stagingBucket}/objects/${name}`;
    return expression.split(' || ').some((clause) => {
      const [, equal, prefix] =
        /^resource\.name(?: == "(.*)"|\.startsWith\("(.*)"\))$/.exec(clause) ?? [];
      return equal === undefined ? full.startsWith(prefix ?? '\0') : full === equal;
    });
  }
});

describe('order', () => {
  const accounts = Object.entries(stack.resource['google_service_account'] ?? {});

  test('What names an account by its e-mail is made after the account', () => {
    let named = 0;
    for (const [id, account] of accounts) {
      for (const [resource, attributes] of everything()) {
        if (!JSON.stringify(attributes).includes(`${String(account['account_id'])}@`)) continue;
        named += 1;
        const before = [...madeBefore(resource)];
        expect([resource, before]).toEqual([
          resource,
          expect.arrayContaining([`google_service_account.${id}`]),
        ]);
      }
    }
    expect(named).toBeGreaterThanOrEqual(accounts.length);
  });

  test('What runs as an account is made after all grants of that account', () => {
    const merge = [...grantsOf('merge-account'), addressOf('google_bigquery_dataset', 'core')];
    const policies = Object.keys(stack.resource['google_storage_bucket_iam_policy'] ?? {}).map(
      (id) => `google_storage_bucket_iam_policy.${id}`,
    );
    const ingest = [...grantsOf('ingest-account'), ...policies].filter(
      (address) => !address.includes('deployer-acts-as'),
    );
    expect([merge.length, ingest.length]).toEqual([4, 6]);
    for (const config of all(stack, 'google_bigquery_data_transfer_config')) {
      expect(config['depends_on']).toEqual(expect.arrayContaining(merge));
    }
    for (const job of all(stack, 'google_cloud_scheduler_job')) {
      expect(job['depends_on']).toEqual(
        expect.arrayContaining([...ingest, ...grantsOf('scheduler-invokes')]),
      );
    }
    for (const deployed of all(stack, 'google_cloudfunctions2_function')) {
      expect(deployed['depends_on']).toEqual(
        expect.arrayContaining([addressOf('google_storage_bucket_iam_policy', 'staging')]),
      );
    }
  });

  test.each([
    ['google_cloudfunctions2_function', 'ingest-account'],
    ['google_bigquery_data_transfer_config', 'merge-account'],
    ['google_cloud_scheduler_job', 'invoker-account'],
  ])('The deployer may act as the account of each %s before it is made', (type, account) => {
    const [grant, ...others] = grantsOf(`${account}_deployer-acts-as`);
    expect(others).toEqual([]);
    expect(all(stack, type).length).toBeGreaterThan(0);
    for (const made of all(stack, type)) expect(made['depends_on']).toContain(grant);
  });

  test('Nobody is let act as an account without the prop, nor as an account that exists', () => {
    const email = (name: string) => `${name}@ads-imports.iam.gserviceaccount.com`;
    const existing = synthesized({
      deployer: DEPLOYER,
      mergeServiceAccount: email('merge-runner'),
      ingestServiceAccount: email('ingest-runner'),
      invokerServiceAccount: email('invoker-runner'),
    });
    for (const { text } of [synthesized(), existing]) {
      expect(text).not.toContain('roles/iam.serviceAccountUser');
    }
  });

  function everything(): [string, Attributes][] {
    return Object.entries(stack.resource).flatMap(([type, resources]) =>
      Object.entries(resources).map(([id, attributes]): [string, Attributes] => [
        `${type}.${id}`,
        attributes,
      ]),
    );
  }

  /** Addresses of all that Terraform makes before a resource: what it names or depends on, and so on. */
  function madeBefore(resource: string, found = new Set<string>()): Set<string> {
    const attributes = JSON.stringify(new Map(everything()).get(resource));
    for (const [address] of everything()) {
      if (found.has(address) || address === resource || !attributes.includes(address)) continue;
      found.add(address);
      madeBefore(address, found);
    }
    return found;
  }

  function addressOf(type: string, part: string): string {
    return everything()
      .map(([address]) => address)
      .filter((address) => address.startsWith(`${type}.`) && address.includes(part))
      .join();
  }

  /** Addresses of the grants whose id holds a text. */
  function grantsOf(part: string): string[] {
    return everything()
      .map(([address]) => address)
      .filter((address) => address.includes('_iam_member.') && address.includes(part));
  }
});
