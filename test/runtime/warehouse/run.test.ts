import fc from 'fast-check';

import {
  bigQueryDialect,
  RUN_PARAMETERS,
  type Dialect,
  type RunParameter,
} from '../../../runtime/warehouse/dialect';
import { DEFAULT_RETENTION, type Retention } from '../../../runtime/warehouse/retention';
import {
  executeRun,
  MERGE_RUN,
  purgeLimits,
  purgeRun,
  type Run,
  type RunValues,
  type StatementStep,
  type Step,
} from '../../../runtime/warehouse/run';
import { applyScript, purgeScript, readLimits } from '../../../runtime/warehouse/scheduled-scripts';

const NAMES = { projectId: 'my-project', coreDataset: 'core', publishedDataset: 'published' };
const HOUR = 3_600_000_000;
const TO = Date.parse('2026-03-01T10:20:30Z') * 1000;

const runs: [string, Run, string][] = [
  ['MERGE', MERGE_RUN, applyScript(NAMES)],
  ['purge', purgeRun(DEFAULT_RETENTION), purgeScript(NAMES)],
];

/** What a run hands to an engine: each statement, with the values it is given, and the transactions. */
async function executed(run: Run, deltaRows = 3) {
  const calls: string[] = [];
  const given: { statement: string; values: RunValues }[] = [];
  const take = (statement: string, values: RunValues) => {
    calls.push(statement);
    given.push({ statement, values: { ...values } });
  };
  const values = await executeRun(
    run,
    { runId: 'run-1', to: TO },
    {
      dialect: bigQueryDialect(NAMES),
      select: (query, type) => {
        calls.push(query);
        return Promise.resolve(type === 'TIMESTAMP' ? TO - 2 * HOUR : deltaRows);
      },
      change: (statement, needed) => {
        take(statement, needed);
        return Promise.resolve();
      },
      changeAndCount: (statement, needed) => {
        take(statement, needed);
        return Promise.resolve(7);
      },
      transact: async (work) => {
        calls.push('BEGIN TRANSACTION');
        const result = await work();
        calls.push('COMMIT TRANSACTION');
        return result;
      },
    },
  );
  return { calls, given, values };
}

describe.each(runs)('The %s', (_, run, script) => {
  test('executes the statements of its script in their order, and leaves none out', async () => {
    const { calls } = await executed(run);
    let rest = onOneLine(script);
    let between = '';
    for (const statement of calls.map(onOneLine)) {
      const start = rest.indexOf(statement);
      expect(start < 0 ? statement : 'found').toBe('found');
      between += rest.slice(0, start);
      rest = rest.slice(start + statement.length);
    }
    expect(between + rest).not.toMatch(/\b(CREATE|SELECT|INSERT|UPDATE|MERGE|DELETE|COMMIT)\b/);
  });

  test('names for each statement the parameters that its text refers to, and no others', () => {
    for (const { text, needs } of statementsOf(run.steps)) {
      expect([...needs].sort()).toEqual(parametersIn(text).sort());
    }
  });

  test('gives each statement a value of the right type for each of its parameters', async () => {
    const { given } = await executed(run);
    for (const [name, value] of given.flatMap(({ values }) => Object.entries(values))) {
      const type = RUN_PARAMETERS[name as RunParameter];
      expect([name, typeof value]).toEqual([name, type === 'STRING' ? 'string' : 'number']);
    }
  });

  test('merges nothing and still records itself when there is no change in its window', async () => {
    const { calls, values } = await executed(run, 0);
    const text = calls.join('\n');
    expect(text).not.toMatch(/MERGE INTO `my-project\.core\.(membership_state|identities)`/);
    expect(text).toMatch(/INSERT INTO `my-project\.core\.merge_runs`/);
    expect(values.v_applied_rows).toBe(0);
  });
});

describe('The purge', () => {
  test('reads at least 30 hours back, and deletes by times counted from its own begin', async () => {
    const { values } = await executed(purgeRun(DEFAULT_RETENTION));
    const wholeHour = Date.parse('2026-03-01T10:00:00Z') * 1000;
    expect(values).toEqual({
      v_run_id: 'run-1',
      v_to: TO,
      v_from: TO - 30 * HOUR,
      v_delta_rows: 3,
      v_applied_rows: 7,
      v_purged_rows: 7,
      v_tombstones_before: TO - 66 * HOUR,
      v_log_before: wholeHour - 66 * HOUR,
      v_rejects_before: wholeHour - 66 * HOUR,
      v_runs_before: TO - 90 * 24 * HOUR,
    });
  });

  test('keeps what can be read back out of its script, whatever the retention is', () => {
    const hours = fc.integer({ min: 1, max: 999 });
    const retention: fc.Arbitrary<Retention> = fc.record({
      tombstoneHours: hours,
      logHours: hours,
      rejectionHours: hours,
    });
    fc.assert(
      fc.property(retention, (kept) => {
        expect(readLimits(purgeScript(NAMES, kept))).toEqual(purgeLimits(kept));
      }),
    );
    expect(readLimits(applyScript(NAMES))).toEqual([]);
  });
});

function statementsOf(steps: readonly Step[]): StatementStep[] {
  return steps.flatMap((step) => {
    if (step.kind === 'statement') return [step];
    return 'steps' in step ? statementsOf(step.steps) : [];
  });
}

function parametersIn(text: (sql: Dialect) => string): RunParameter[] {
  const asked = new Set<RunParameter>();
  text({
    ...bigQueryDialect(NAMES),
    parameter: (name) => {
      asked.add(name);
      return name;
    },
  });
  return [...asked];
}

function onOneLine(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').trim();
}
