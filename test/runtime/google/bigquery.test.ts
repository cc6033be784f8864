import { WarehouseError, type LoadJob } from '../../../runtime/ingest/loader';
import { stagedChanges } from '../../../runtime/warehouse/rows';
import {
  DATASET,
  FakeBigQuery,
  LABELS,
  LOCATION,
  PROJECT,
  Refusal,
} from '../../support/clouds/fake-bigquery';
import { GoogleSqlAnalyzer } from '../../../docs/tools/google-sql-analyzer';

const E_MAIL = 'jane.doe@example.com';

function row(line: number): string {
  const identities = [{ type: 'email_sha256', value: E_MAIL }];
  const source = { object: 'o', generation: '1', line };
  const change = { mpId: '7', audienceId: 'a', changedAt: 0, sequence: 2n ** 60n };
  return stagedChanges([{ ...change, action: 'add', identities, source }], 0);
}

const JOB: LoadJob = { id: 'load_0', table: 'membership_changes', source: 'gs://stage/rows' };

let fake: FakeBigQuery;
beforeEach(async () => {
  fake = await FakeBigQuery.start(() => Promise.resolve(row(1) + row(2)));
});
afterEach(() => fake.close());

/** What the call is rejected with. */
async function errorOf(call: Promise<unknown>): Promise<WarehouseError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof WarehouseError) return error;
  throw new Error('no error of the warehouse', { cause: error });
}

describe('a load', () => {
  test('asks for exactly this job', async () => {
    expect(await fake.engine().start(JOB)).toEqual({ state: 'loaded', rows: 2 });
    expect(fake.tables.membership_changes).toHaveLength(2);
    expect(fake.requests).toEqual([`POST ${PROJECT}/jobs`, `GET ${PROJECT}/jobs/load_0`]);
    const string = { type: 'STRING', mode: 'REQUIRED' };
    const integer = { type: 'INTEGER', mode: 'REQUIRED' };
    const timestamp = { type: 'TIMESTAMP', mode: 'REQUIRED' };
    expect(fake.jobs.get('load_0')?.request).toEqual({
      jobReference: { projectId: PROJECT, jobId: 'load_0', location: LOCATION },
      configuration: {
        labels: LABELS,
        load: {
          sourceUris: ['gs://stage/rows'],
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          destinationTable: {
            projectId: PROJECT,
            datasetId: DATASET,
            tableId: 'membership_changes',
          },
          schema: {
            fields: [
              { name: 'mp_id', ...string },
              { name: 'audience_id', ...string },
              { name: 'is_member', type: 'BOOLEAN', mode: 'REQUIRED' },
              { name: 'changed_at', ...timestamp },
              { name: 'sequence', ...integer },
              { name: 'audience_name', type: 'STRING', mode: 'NULLABLE' },
              {
                name: 'identities',
                type: 'RECORD',
                mode: 'REPEATED',
                fields: [
                  { name: 'type', ...string },
                  { name: 'value', ...string },
                ],
              },
              { name: 'source_object', ...string },
              { name: 'source_generation', ...string },
              { name: 'source_line', ...integer },
              { name: 'delivered_at', ...timestamp },
            ],
          },
          createDisposition: 'CREATE_NEVER',
          writeDisposition: 'WRITE_APPEND',
          maxBadRecords: 0,
          autodetect: false,
        },
      },
    });
  });

  test('waits to be asked for while it is pending and running', async () => {
    fake.fates.push({ runningAnswers: 2 });
    const engine = fake.engine();
    expect(await engine.start(JOB)).toEqual({ state: 'running' });
    expect(await engine.stateOf(JOB)).toEqual({ state: 'running' });
    expect(await engine.stateOf(JOB)).toEqual({ state: 'loaded', rows: 2 });
  });

  // Reasons that BigQuery documents for jobs: https://cloud.google.com/bigquery/docs/error-messages.
  test.each([
    ['invalid', 'rows'],
    ['accessDenied', 'other'],
    ['backendError', 'other'],
    ['internalError', 'other'],
    ['jobBackendError', 'other'],
    ['jobInternalError', 'other'],
    ['jobRateLimitExceeded', 'other'],
    ['notFound', 'missing'],
    ['quotaExceeded', 'other'],
    ['rateLimitExceeded', 'other'],
    ['resourcesExceeded', 'other'],
    ['resourceInUse', 'other'],
    ['stopped', 'other'],
    ['tableUnavailable', 'other'],
    ['timeout', 'other'],
  ])('that fails for %s is told so, and what is to blame: %s', async (reason, blame) => {
    fake.fates.push({ reason });
    expect(await fake.engine().start(JOB)).toEqual({ state: 'failed', blame, reason });
    expect(fake.tables.membership_changes).toEqual([]);
  });

  test('that ends as soon as it is made is like any other', async () => {
    fake.fates.push({ reason: 'invalid', endsAtOnce: true }, { endsAtOnce: true });
    const engine = fake.engine();
    expect(await engine.start(JOB)).toEqual({ state: 'failed', blame: 'rows', reason: 'invalid' });
    expect(await engine.start({ ...JOB, id: 'load_1' })).toEqual({ state: 'loaded', rows: 2 });
  });

  test('is carried out once, though the answer to its making is lost', async () => {
    fake.fates.push({ answerIsLost: true });
    expect(await fake.engine().start(JOB)).toEqual({ state: 'loaded', rows: 2 });
    expect(fake.tables.membership_changes).toHaveLength(2);
    const inserts = fake.requests.filter((request) => request.startsWith('POST'));
    expect(inserts).toHaveLength(2);
  });

  test('is carried out once, though two start it', async () => {
    const states = await Promise.all([fake.engine().start(JOB), fake.engine().start(JOB)]);
    expect(states).toEqual([
      { state: 'loaded', rows: 2 },
      { state: 'loaded', rows: 2 },
    ]);
    expect(await fake.engine().start(JOB)).toEqual({ state: 'loaded', rows: 2 });
    expect(fake.tables.membership_changes).toHaveLength(2);
  });

  test('is looked for where it runs', async () => {
    await fake.engine().start(JOB);
    const error = await errorOf(fake.engine({ location: 'US' }).stateOf(JOB));
    expect(error.message).toBe('load job load_0: BigQuery answers 404 (notFound)');
  });
});

describe('an error', () => {
  test('holds the status and the reason, and nothing of what BigQuery says about rows', async () => {
    for (const [status, reason] of [
      [400, 'invalid'],
      [403, 'accessDenied'],
      [404, 'notFound'],
    ] as const) {
      const calls = [
        () => fake.engine().start(JOB),
        () => fake.engine().stateOf(JOB),
        () => fake.engine().readState(),
      ];
      for (const call of calls) {
        fake.failures.push(new Refusal(status, reason, `Could not parse ${row(1)}`));
        const { message } = await errorOf(call());
        expect(message).toMatch(
          new RegExp(
            `^(load job load_0|state of core): BigQuery answers ${status} \\(${reason}\\)$`,
          ),
        );
      }
    }
  });

  test('of a failed job holds its reason only', async () => {
    fake.refuses = () => true;
    const state = await fake.engine().start(JOB);
    expect(JSON.stringify(fake.jobs.get('load_0')?.error)).toContain(E_MAIL);
    expect(state).toEqual({ state: 'failed', blame: 'rows', reason: 'invalid' });
  });

  test('names the cause when BigQuery is not reached', async () => {
    const engine = fake.engine({ autoRetry: false });
    await fake.close();
    const { message } = await errorOf(engine.readState());
    expect(message).toBe('state of core: BigQuery answers ECONNREFUSED');
    fake = await FakeBigQuery.start(() => Promise.resolve(''));
  });
});

describe('the last runs', () => {
  test('are the newest of each kind', async () => {
    const committedAt = Date.UTC(2026, 0, 1) * 1000;
    fake.runs = [
      { kind: 'apply', committedAt },
      { kind: 'apply', committedAt: committedAt + 1 },
      { kind: 'purge', committedAt: committedAt - 1 },
    ];
    expect(await fake.engine().readState()).toEqual({
      applyAt: committedAt + 1,
      purgeAt: committedAt - 1,
      rowsWithoutIngestedAt: 0,
    });
  });

  test('are absent before there was one', async () => {
    expect(await fake.engine().readState()).toEqual({ rowsWithoutIngestedAt: 0 });
    fake.runs = [{ kind: 'apply', committedAt: 5 }];
    expect(await fake.engine().readState()).toEqual({ applyAt: 5, rowsWithoutIngestedAt: 0 });
  });

  test('are asked for in one request, in GoogleSQL', async () => {
    await fake.engine().readState();
    expect(fake.requests).toEqual([`POST ${PROJECT}/queries`]);
    const analyzer = await GoogleSqlAnalyzer.start();
    try {
      const columns = await analyzer.outputColumns(fake.query);
      expect(columns.map(({ name }) => name)).toEqual([
        'apply_at',
        'purge_at',
        'rows_without_ingested_at',
      ]);
    } finally {
      GoogleSqlAnalyzer.stop();
    }
  });

  test('Rows without a time of loading are counted in both tables', async () => {
    fake.rowsWithoutIngestedAt = 2;
    expect(await fake.engine().readState()).toEqual({ rowsWithoutIngestedAt: 2 });
    for (const table of ['membership_changes', 'rejected_changes']) {
      expect(fake.query).toContain(
        `FROM \`${PROJECT}.${DATASET}.${table}\` WHERE ingested_at IS NULL`,
      );
    }
  });

  test('cannot be told without their table', async () => {
    fake.runs = undefined;
    const { message } = await errorOf(fake.engine().readState());
    expect(message).toBe('state of core: BigQuery answers 404 (notFound)');
  });
});
