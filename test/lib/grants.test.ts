import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { TerraformResource } from 'cdktf';
import { Node } from 'constructs';

import { inventoryOf } from '../../lib';
import { workspaceNames } from '../../lib/workspace/names';
import { tableRows } from '../support/data/markdown';
import { all, one, PROPS, synthesized, type Attributes } from '../support/stacks/stacks';

const READERS = [
  'group:a@example.com',
  'group:b@example.com',
  'user:c@example.com',
  'user:d@x.org',
];
const stack = synthesized({ readers: READERS });

/** BigQuery: metadata updates of a dataset in 10 seconds; its creation is one. */
const MAX_DATASET_UPDATES = 5;

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

  test('A grant stands with the account that receives it, or with the resource if the receiver is not ours', () => {
    const ours = ['ingest account', 'invoker account', 'merge account'];
    const roomOf: Record<string, string> = {
      'landing bucket': 'landing-bucket',
      'staging bucket, source only': 'staging-bucket',
      'merge account': 'merge-account',
      'core dataset': 'warehouse',
      'published dataset': 'warehouse',
    };
    for (const [who = '', on = '', , , , file = ''] of rows) {
      const expected = ours.includes(who) ? who.replace(' ', '-') : roomOf[on];
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
    const { construct, resource } = synthesized({ readers: READERS });
    spy.mockRestore();
    const all_ = inventoryOf(JSON.stringify({ resource })).grants;
    return new Map(
      construct.node.findAll().flatMap((node) => {
        if (!TerraformResource.isTerraformResource(node)) return [];
        const { terraformResourceType: type, friendlyUniqueId: id } = node;
        const without = { ...resource, [type]: { ...resource[type] } };
        delete without[type]?.[id];
        const { grants: others } = inventoryOf(JSON.stringify({ resource: without }));
        const grant = all_.find((each) => !others.includes(each));
        const isGrant = type.endsWith('_iam_member') || type.endsWith('_dataset_access');
        return grant && isGrant ? [[inWords(grant), fileByPath.get(node.node.path) ?? '']] : [];
      }),
    );
  }

  /** The innermost file of lib/ on the stack. */
  function callingFile(): string {
    const [file = ''] =
      new Error().stack?.match(/(?<=[( ])\/[^():]*\/lib\/[^():]*(?=:\d)/g)?.flatMap((path) => {
        const place = relative(join(__dirname, '..', '..'), path);
        return place.startsWith('lib/') ? [place] : [];
      }) ?? [];
    return file;
  }

  /** A grant of this workspace, in the words of the page. */
  function inWords(grant: string): string {
    const { projectId, projectNumber, workspace } = PROPS;
    const names = workspaceNames(projectId, workspace, 'audience');
    const account = (id: string) => `${id}@${projectId}.iam.gserviceaccount.com`;
    const words: [string, string][] = [
      [`projects/${projectId}/serviceAccounts/${account(names.mergeAccountId)}`, 'merge account'],
      [`serviceAccount:${account(names.mergeAccountId)}`, 'merge account'],
      [`serviceAccount:${account(names.ingestAccountId)}`, 'ingest account'],
      [`serviceAccount:${account(names.invokerAccountId)}`, 'invoker account'],
      [`serviceAccount:${PROPS.buildServiceAccount}`, 'build account'],
      [
        'serviceAccount:mparticle-gcp-clientfacing@gcp-prod-170221.iam.gserviceaccount.com',
        "mParticle's account",
      ],
      [
        `serviceAccount:service-${projectNumber}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`,
        'transfer agent',
      ],
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
  const grants = Object.entries(stack.resource).filter(([type]) => type.includes('_iam_'));

  test('Grants are of single members', () => {
    expect(grants.map(([type]) => type).filter((type) => !type.endsWith('_iam_member'))).toEqual(
      [],
    );
  });

  test('Grants are never public', () => {
    for (const [, resources] of grants) {
      for (const grant of Object.values(resources)) {
        expect(grant['member']).not.toMatch(/^(?:allUsers|allAuthenticatedUsers)$|goog\/public/);
      }
    }
  });

  test('Grants on the project are for running jobs, and nothing else', () => {
    const roles = all(stack, 'google_project_iam_member').map((grant) => grant['role']);
    expect(roles).toEqual(['roles/bigquery.jobUser', 'roles/bigquery.jobUser']);
  });
});

test('Only the views of the published dataset are authorized, not what else it may come to hold', () => {
  expect(one(stack, 'google_bigquery_dataset_access')['dataset']).toMatchObject({
    target_types: ['VIEWS'],
  });
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
    const merge = grantsOf('merge-account').concat(grantsOf('merge-edits-core'));
    const ingest = grantsOf('ingest-account');
    expect([merge.length, ingest.length]).toEqual([3, 8]);
    for (const config of all(stack, 'google_bigquery_data_transfer_config')) {
      expect(config['depends_on']).toEqual(expect.arrayContaining(merge));
    }
    for (const job of all(stack, 'google_cloud_scheduler_job')) {
      expect(job['depends_on']).toEqual(
        expect.arrayContaining([...ingest, ...grantsOf('scheduler-invokes')]),
      );
    }
    for (const deployed of all(stack, 'google_cloudfunctions2_function')) {
      expect(deployed['depends_on']).toEqual(expect.arrayContaining(grantsOf('build-reads')));
    }
  });

  test.each(['core', 'published'])(
    'Metadata updates of the %s dataset are one chain, no longer than BigQuery allows',
    (dataset) => {
      const updates = everything().filter(
        ([address, attributes]) =>
          /^google_bigquery_dataset_(?:iam_member|access)\./.test(address) &&
          String(attributes['dataset_id']).includes(`warehouse_${dataset}_`),
      );
      expect(1 + updates.length).toBeLessThanOrEqual(MAX_DATASET_UPDATES);
      const addresses = updates.map(([address]) => address);
      const before = updates.map(([, attributes]) =>
        ((attributes['depends_on'] as string[] | undefined) ?? []).filter((address) =>
          addresses.includes(address),
        ),
      );
      // A chain: one without a predecessor, and every other one has one of its own.
      expect(before.filter((predecessors) => predecessors.length === 0)).toHaveLength(1);
      expect(new Set(before.flat()).size).toBe(updates.length - 1);
    },
  );

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

  /** Addresses of the grants whose id holds a text. */
  function grantsOf(part: string): string[] {
    return everything()
      .map(([address]) => address)
      .filter((address) => address.includes('_iam_member.') && address.includes(part));
  }
});
