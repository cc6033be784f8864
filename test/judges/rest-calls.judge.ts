/**
 * `npm run test:judges rest-calls`: Google's own description of its APIs, as a judge of every request that the built function
 * sends, and of what else goes to an API as it stands.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../../docs/tools/free-port';
import { ENDPOINTS, ENTRY_POINT } from '../../runtime/function/deployment';
import { toEnvironment } from '../../runtime/function/environment';
import { DATASET, FakeBigQuery, LOCATION, PROJECT } from '../support/clouds/fake-bigquery';
import { FakeCloudStorage } from '../support/clouds/fake-cloud-storage';
import type { RestCall } from '../support/clouds/rest-call';
import { DELIVERIES } from '../support/data/landing-fixture';
import { all, synthesized } from '../support/stacks/stacks';
import { discoveryDocument, missingDocuments } from './harness/discovery';
import { judgeCalls } from './harness/judged-calls';
import { RestSchema } from './harness/rest-schema';
import { RunningProgram } from './harness/running-program';

const root = join(__dirname, '../..');

/** Every method that the function calls. A new one belongs into the table of grants, too. */
const METHODS = {
  'storage.v1': [
    'storage.objects.delete',
    'storage.objects.get',
    'storage.objects.insert',
    'storage.objects.list',
    'storage.objects.patch',
    'upload session',
  ],
  'bigquery.v2': ['bigquery.jobs.get', 'bigquery.jobs.insert', 'bigquery.jobs.query'],
};

/** What the built function sends while it ingests, waits, fails, parks and says how it is. */
async function recorded(): Promise<Readonly<Record<keyof typeof METHODS, RestCall[]>>> {
  const calls: Record<keyof typeof METHODS, RestCall[]> = { 'storage.v1': [], 'bigquery.v2': [] };
  const home = mkdtempSync(join(tmpdir(), 'rest-calls-'));
  const storage = await FakeCloudStorage.start();
  const warehouse = await FakeBigQuery.start((uri) =>
    Promise.resolve(storage.objects.get(uri.replace('gs://', ''))?.bytes.toString()),
  );
  storage.record = (call) => calls['storage.v1'].push(call);
  warehouse.record = (call) => calls['bigquery.v2'].push(call);
  let program: RunningProgram | undefined;
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    program = await RunningProgram.start({
      path: join(root, 'node_modules/.bin/functions-framework'),
      args: [`--target=${ENTRY_POINT}`, '--source', join(root, 'dist/function'), `--port=${port}`],
      env: {
        ...toEnvironment({
          workspace: 'acme-news',
          projectId: PROJECT,
          location: LOCATION,
          coreDataset: DATASET,
          landingBucket: 'landing',
          stagingBucket: 'staging',
          identityTypes: ['email'],
          sweepSeconds: 60,
        }),
        STORAGE_EMULATOR_HOST: storage.endpoint,
        BIGQUERY_EMULATOR_HOST: `${warehouse.endpoint}/bigquery/v2`,
        GOOGLE_APPLICATION_CREDENTIALS: '',
        METADATA_SERVER_DETECTION: 'none',
        HOME: home,
      },
      url: url + ENDPOINTS.health.path,
    });
    const { method, path } = ENDPOINTS.sweep;
    const sweep = () => fetch(url + path, { method });
    storage.pageSize = 2;
    for (const [name, content] of DELIVERIES) storage.put(`landing/${name}`, content);
    warehouse.fates.push({ runningAnswers: 1 }, { answerIsLost: true });
    expect((await sweep()).status).toBe(200);
    // BigQuery refuses the rows of one object, which is parked in the end.
    warehouse.refuses = (row) => row['audience_id'] === 'refused';
    const line = '"membership_action":"add","timestamp":1594167374,"mpId":1}';
    storage.put('landing/good.jsonl', `{"audience_id":"good",${line}`);
    storage.put('landing/refused object?.jsonl', `{"audience_id":"refused",${line}`);
    const parked = () => [...storage.objects.keys()].some((key) => key.includes('/parked/'));
    for (let sweeps = 0; sweeps < 5 && !parked(); sweeps += 1) await sweep();
    expect(parked()).toBe(true);
    return calls;
  } finally {
    await program?.stop();
    await Promise.all([storage.close(), warehouse.close()]);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Terraform puts the value of another resource here; its quotes are not JSON's. */
const REFERENCE = /\$\{element\(.*?\)\), 0\)\}/g;

const missing = missingDocuments();
(missing === undefined ? describe : describe.skip)(missing ?? 'Google and its documents', () => {
  let calls: Awaited<ReturnType<typeof recorded>>;
  beforeAll(async () => {
    calls = await recorded();
  });

  describe.each(['storage.v1', 'bigquery.v2'] as const)('%s', (api) => {
    const document = missing === undefined ? discoveryDocument(api) : undefined;
    const schema = () => new RestSchema(document ?? discoveryDocument(api));

    test('Every request of the built function is one that the document describes', () => {
      const { methods, faults } = judgeCalls(schema(), calls[api]);
      expect(faults).toEqual([]);
      expect(methods).toEqual(METHODS[api]);
    });

    test('The answers of the fake that the function is tested with are what the document describes', () => {
      expect(judgeCalls(schema(), calls[api]).answerFaults).toEqual([]);
    });

    test('A misspelt path, parameter or field of any of these requests is found', () => {
      const unseen: string[] = [];
      const seeded = new Set<string>();
      // Compiling a document takes a second; it is the same for every copy.
      const compiled = schema();
      for (const call of oneOfEachShape(calls[api])) {
        for (const [kind, wrong] of faultyCopies(call)) {
          seeded.add(kind);
          const { faults } = judgeCalls(compiled, [wrong]);
          if (faults.length === 0) unseen.push(`${kind}: ${wrong.method} ${wrong.url}`);
        }
      }
      expect(unseen).toEqual([]);
      expect([...seeded].sort()).toEqual(['field', 'method', 'parameter', 'path']);
    }, 120_000);
  });

  test('An unknown enum, and a field that only the service sets, are found in a load job', () => {
    const load = calls['bigquery.v2'].find(({ body }) => body.includes('"load"'));
    const job = JSON.parse(load?.body.toString() ?? '') as {
      configuration: { load: Record<string, unknown> };
    };
    const bigquery = new RestSchema(discoveryDocument('bigquery.v2'));
    expect(bigquery.faultsOfMessage('Job', job)).toEqual([]);
    expect(bigquery.faultsOfMessage('Job', { ...job, status: { state: 'DONE' } })).toEqual([
      'status.state: only the service sets it',
      'status: only the service sets it',
    ]);
    job.configuration.load['decimalTargetTypes'] = ['NUMERIC', 'DECIMAL'];
    expect(bigquery.faultsOfMessage('Job', job)).toEqual([
      expect.stringContaining('decimalTargetTypes.1: "DECIMAL" must be equal to one of'),
    ]);
  });

  test('The dashboard and the schemas of the tables are what the documents describe', () => {
    const stack = synthesized();
    const monitoring = new RestSchema(discoveryDocument('monitoring.v1'));
    const bigquery = new RestSchema(discoveryDocument('bigquery.v2'));
    const dashboards = all(stack, 'google_monitoring_dashboard').map(
      ({ dashboard_json: json }) =>
        JSON.parse(String(json).replaceAll(REFERENCE, 'reference')) as Record<string, unknown>,
    );
    const schemas = all(stack, 'google_bigquery_table').flatMap(({ schema }) =>
      typeof schema === 'string' ? [{ fields: JSON.parse(schema) as object[] }] : [],
    );
    expect([dashboards.length, schemas.length > 1]).toEqual([1, true]);
    for (const dashboard of dashboards) {
      expect(monitoring.faultsOfMessage('Dashboard', dashboard)).toEqual([]);
      const misspelt = { ...dashboard, dispalyName: 'x' };
      expect(monitoring.faultsOfMessage('Dashboard', misspelt)).toHaveLength(1);
    }
    for (const schema of schemas) {
      expect(bigquery.faultsOfMessage('TableSchema', schema)).toEqual([]);
      const [field] = schema.fields;
      const misspelt = { fields: [{ ...field, defaultValue: 'x' }] };
      expect(bigquery.faultsOfMessage('TableSchema', misspelt)).toHaveLength(1);
    }
  });
});

/** Calls that differ only in names and contents of objects have the same places for a fault. */
function oneOfEachShape(calls: readonly RestCall[]): RestCall[] {
  const shapes = calls.map((call) => {
    const { pathname, searchParams } = new URL(call.url, 'http://service');
    const path = pathname.split('/').slice(0, 5).join('/');
    return [[call.method, path, ...searchParams.keys()].join(' '), call] as const;
  });
  return [...new Map(shapes).values()];
}

/** Where a map holds names of the caller's own, which no document knows. */
const OWN_NAMES = new Set(['metadata', 'labels']);

/** A call with one fault each: every parameter and field misspelt, another path, another method. */
function faultyCopies(call: RestCall): (readonly [kind: string, wrong: RestCall])[] {
  const url = new URL(call.url, 'http://service');
  // Where an upload goes on is the service's own address.
  if (url.pathname === '/session') return [];
  const parameters = [...url.searchParams.keys()].map((name) => {
    const query = [...url.searchParams].map(([key, value]) => [
      key === name ? `${key}s` : key,
      value,
    ]);
    const text = new URLSearchParams(query as [string, string][]).toString();
    return ['parameter', { ...call, url: `${url.pathname}?${text}` }] as const;
  });
  const isJson = call.headers['content-type']?.startsWith('application/json') ?? false;
  const body = isJson && call.body.length > 0 ? (JSON.parse(call.body.toString()) as unknown) : {};
  const fields = misspelt(body).map(
    (wrong) => ['field', { ...call, body: Buffer.from(JSON.stringify(wrong)) }] as const,
  );
  const path = url.pathname.replace(/\/(?=(?:o|jobs|queries)(?:\/|$))/, '/x');
  return [
    ...parameters,
    ...fields,
    ['path', { ...call, url: path + url.search }],
    ['method', { ...call, method: 'OPTIONS', body: Buffer.alloc(0) }],
  ];
}

/** The value once for each name in it, with this name misspelt. */
function misspelt(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    return items.flatMap((item, index) =>
      misspelt(item).map((wrong) => items.map((other, at) => (at === index ? wrong : other))),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, content]) => {
    const others = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    const inner = OWN_NAMES.has(name) ? [] : misspelt(content);
    return [
      { ...others, [`${name}s`]: content },
      ...inner.map((wrong) => ({ ...others, [name]: wrong })),
    ];
  });
}
