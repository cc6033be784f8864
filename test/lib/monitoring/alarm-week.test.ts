import { alarmsOf, SCHEDULES } from '../../../docs/tools/alarm-week';
import { notificationsOf, type Observed } from '../../support/alarms/evaluate';
import { SCENARIOS, TROUBLE_AT, type Scenario } from '../../support/alarms/week';

const FIRES: Readonly<Record<Scenario, readonly string[]>> = {
  healthy: [],
  backlog: ['objects-waiting'],
  'dead function': ['sweeps-failing', 'sweeps-stopped'],
  'dead schedule': ['sweeps-stopped'],
  'dead purge': ['purge-late'],
  'dead MERGE': ['merge-late'],
  'only adds': ['no-deletes'],
  'nothing delivered': ['nothing-received'],
  'broken objects': ['nothing-received', 'object-broken'],
};

describe.each(SCHEDULES)(
  'with a sweep every $sweepEveryMinutes and a MERGE every $mergeEveryMinutes minutes',
  (schedules) => {
    test.each(SCENARIOS)(
      'In a week of this kind, exactly the right alerts fire: %s',
      (scenario) => {
        const alarms = alarmsOf(scenario, schedules);
        expect(Object.keys(alarms).sort()).toEqual(FIRES[scenario]);
        for (const times of Object.values(alarms)) {
          // At most 20 notifications a day are delivered.
          for (const at of times) {
            expect(times.filter((time) => time >= at && time < at + 1440).length).toBeLessThan(21);
          }
        }
      },
    );
  },
);

test('Sweeps that have stopped are found within an hour, and a broken object at once', () => {
  for (const schedules of SCHEDULES) {
    const [stopped = Infinity] = alarmsOf('dead schedule', schedules)['sweeps-stopped'] ?? [];
    expect(stopped - TROUBLE_AT).toBeLessThanOrEqual(60);
    expect(alarmsOf('broken objects', schedules)['object-broken']).toHaveLength(1);
  }
});

describe('the evaluation of a condition', () => {
  const metric = 'run.googleapis.com/request_count';
  const points = (...times: number[]): Observed => ({
    lines: [],
    points: times.map((at) => ({ at, metric, labels: { response_code_class: '2xx' } })),
    until: 100,
  });
  const filter = `metric.type="${metric}" AND resource.type="cloud_run_revision"`;
  const absent = { conditions: [{ conditionAbsent: { filter, duration: '1800s' } }] };

  test('Nothing is absent before its first value', () => {
    expect(notificationsOf(absent, points())).toEqual([]);
    expect(notificationsOf(absent, points(10, 30, 65, 90))).toEqual([60]);
    expect(notificationsOf(absent, points(10))).toEqual([40]);
  });

  test('A threshold is exceeded by more points than it says, of the labels that the filter names', () => {
    const over = (status: string) => ({
      conditions: [
        {
          conditionThreshold: {
            filter: `${filter} AND metric.labels.response_code_class="${status}"`,
            thresholdValue: 2,
            aggregations: [{ alignmentPeriod: '3600s' }],
          },
        },
      ],
    });
    expect(notificationsOf(over('2xx'), points(1, 2))).toEqual([]);
    expect(notificationsOf(over('2xx'), points(1, 2, 3, 61))).toEqual([60]);
    expect(notificationsOf(over('5xx'), points(1, 2, 3))).toEqual([]);
  });

  test('A log line notifies at once, and again only after the rate limit', () => {
    const policy = {
      conditions: [
        {
          conditionMatchedLog: {
            filter: 'resource.type="cloud_run_revision" AND jsonPayload.event="sweep"',
          },
        },
      ],
      alertStrategy: { notificationRateLimit: { period: '3600s' } },
    };
    const lines = [5, 10, 70, 80].map((at) => ({
      at,
      resource: 'cloud_run_revision',
      severity: 'INFO',
      payload: { event: 'sweep' },
    }));
    expect(notificationsOf(policy, { lines, points: [], until: 100 })).toEqual([5, 70]);
  });
});
