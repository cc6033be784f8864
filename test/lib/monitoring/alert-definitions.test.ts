import { Schedule } from '../../../lib/props/schedule';
import {
  ALERT_IDS,
  alertDefinitions,
  type AlertId,
} from '../../../lib/monitoring/alert-definitions';
import { resolveThresholds, type AlertThresholds } from '../../../lib/props/alert-thresholds';
import { VIEW_LOOKBACK_HOURS } from '../../../runtime/warehouse/retention';
import { filterFaults, matchesLine } from '../../support/stacks/monitoring-filter';
import { watchedStack } from '../../../docs/tools/watched';

const INTERVALS = { mergeIntervalMinutes: 20, sweepIntervalMinutes: 5 };

const { watched } = watchedStack();
const definitions = (thresholds: Partial<AlertThresholds> = {}, intervals = INTERVALS) =>
  alertDefinitions(watched, resolveThresholds(thresholds, intervals));
const DEFAULT = definitions();

/** The filters of an alert's conditions. */
function filters({ conditions }: (typeof DEFAULT)[AlertId]): string[] {
  return conditions.map(
    ({ conditionMatchedLog, conditionThreshold, conditionAbsent }) =>
      (conditionMatchedLog ?? conditionThreshold ?? conditionAbsent)?.filter ?? '',
  );
}

test.each(ALERT_IDS)('The alert %s can be created before anything has run', (id) => {
  expect(filters(DEFAULT[id]).flatMap(filterFaults)).toEqual([]);
});

test.each([
  'metric.type="logging.googleapis.com/user/x" AND resource.type="cloud_run_revision"',
  'metric.type="run.googleapis.com/request_count" AND resource.type="gcs_bucket"',
  'metric.type="run.googleapis.com/request_count"',
  'resource.type="cloud_run_revision" AND jsonPayload.event="sweep" AND jsonPayload.typo>1',
  'resource.type="cloud_run_revision" AND jsonPayload.event="sweep" AND jsonPayload.hoursSincePurge>1',
  'resource.type="cloud_run_revision" AND jsonPayload.event="nothing" AND jsonPayload.rejected>1',
])('The check above finds the fault of the filter %s', (filter) => {
  expect(filterFaults(filter)).not.toEqual([]);
});

const quiet = {
  event: 'sweep',
  objects: 0,
  brokenObjects: 0,
  rejected: 0,
  rejectedShare: 0,
  oldestWaitingSeconds: 0,
  secondsSinceObject: 60,
  secondsSinceAdd: 60,
  secondsSinceDelete: 60,
};
const healthy = {
  event: 'health',
  minutesSinceApply: 10,
  hoursSincePurge: 10,
  rowsWithoutIngestedAt: 0,
};

test.each<[AlertId, Partial<AlertThresholds>, object, object]>([
  ['objects-waiting', {}, { oldestWaitingSeconds: 3600 }, { oldestWaitingSeconds: 3601 }],
  [
    'objects-waiting',
    { oldestWaitingMinutes: 30 },
    { oldestWaitingSeconds: 1800 },
    { oldestWaitingSeconds: 1801 },
  ],
  [
    'lines-rejected',
    {},
    { rejected: 1000, rejectedShare: 0.01 },
    { rejected: 10, rejectedShare: 0.011 },
  ],
  ['lines-rejected', {}, { rejected: 9, rejectedShare: 1 }, { rejected: 1000, rejectedShare: 1 }],
  [
    'lines-rejected',
    { rejectedShare: 0.07, rejectedLines: 2 },
    { rejected: 2, rejectedShare: 0.07 },
    { rejected: 2, rejectedShare: 0.08 },
  ],
  ['no-deletes', {}, { secondsSinceDelete: 259_200 }, { secondsSinceDelete: 259_201 }],
  [
    'no-deletes',
    {},
    { secondsSinceDelete: 900_000, secondsSinceAdd: 86_400 },
    { secondsSinceDelete: 900_000, secondsSinceAdd: 86_399 },
  ],
  [
    'no-deletes',
    { noDeletesDays: 7 },
    { secondsSinceDelete: 604_800 },
    { secondsSinceDelete: 604_801 },
  ],
  ['nothing-received', {}, { secondsSinceObject: 86_400 }, { secondsSinceObject: 86_401 }],
  [
    'nothing-received',
    { nothingReceivedHours: 72 },
    { secondsSinceObject: 259_200 },
    { secondsSinceObject: 259_201 },
  ],
  ['object-parked', {}, {}, { event: 'object_parked' }],
  ['object-broken', {}, {}, { brokenObjects: 1 }],
])(
  'The alert %s with the thresholds %j does not fire on %j, and fires on %j',
  (id, thresholds, below, above) => {
    const [filter = ''] = filters(definitions(thresholds)[id]);
    expect(matchesLine(filter, quiet)).toBe(false);
    expect(matchesLine(filter, { ...quiet, ...below })).toBe(false);
    expect(matchesLine(filter, { ...quiet, ...above })).toBe(true);
  },
);

test('The alert purge-late fires neither before the first purge nor at 26 hours', () => {
  const [filter = ''] = filters(DEFAULT['purge-late']);
  expect(matchesLine(filter, { ...healthy, hoursSincePurge: null })).toBe(false);
  expect(matchesLine(filter, { ...healthy, hoursSincePurge: 26 })).toBe(false);
  expect(matchesLine(filter, { ...healthy, hoursSincePurge: 27 })).toBe(true);
});

test('The alert rows-without-ingested-at fires with the first such row', () => {
  const [filter = ''] = filters(DEFAULT['rows-without-ingested-at']);
  expect(matchesLine(filter, healthy)).toBe(false);
  expect(matchesLine(filter, { ...healthy, rowsWithoutIngestedAt: 1 })).toBe(true);
});

describe('a late MERGE', () => {
  const schedules: [string, Schedule, number][] = [
    ['5 minutes', Schedule.everyMinutes(5), 60],
    ['20 minutes', Schedule.everyMinutes(20), 60],
    ['30 minutes', Schedule.everyMinutes(30), 90],
    ['6 hours', Schedule.everyHours(6), 1080],
    ['8 hours', Schedule.everyHours(8), 1440],
    ['12 hours', Schedule.everyHours(12), 1560],
    ['day', Schedule.daily(), 1560],
  ];

  test.each(schedules)(
    'A MERGE that is late is found in time if it should run every %s',
    (_, { intervalMinutes }, minutes) => {
      // One run that is missed or waits is no alarm, and there is time before the views lose changes.
      expect(minutes).toBeGreaterThan(intervalMinutes);
      expect(minutes).toBeLessThan(VIEW_LOOKBACK_HOURS * 60);
      const [filter = ''] = filters(
        definitions({}, { ...INTERVALS, mergeIntervalMinutes: intervalMinutes })['merge-late'],
      );
      const line = (minutesSinceApply: number) => ({ event: 'health', minutesSinceApply });
      expect(matchesLine(filter, line(minutes))).toBe(false);
      expect(matchesLine(filter, line(minutes + 1))).toBe(true);
    },
  );
});

test.each<[AlertId, Partial<AlertThresholds>, string]>([
  ['objects-waiting', { oldestWaitingMinutes: 45 }, '45 min'],
  ['merge-late', { mergeLateMinutes: 120 }, '2 h'],
  ['purge-late', { purgeLateHours: 30 }, '30 h'],
  ['sweeps-stopped', { sweepsStoppedMinutes: 50 }, '50 min'],
  ['sweeps-failing', { failedCallsPerHour: 7 }, 'more than 7 calls'],
  ['lines-rejected', { rejectedShare: 0.07 }, '7 %'],
  ['lines-rejected', { rejectedLines: 99 }, 'at least 99'],
  ['no-deletes', { noDeletesDays: 5 }, '5 days'],
  ['nothing-received', { nothingReceivedHours: 48 }, '2 days'],
])('The text of the alert %s states its threshold %j', (id, thresholds, text) => {
  const definition = definitions(thresholds)[id];
  expect(definition.when).toContain(text);
  expect(definition.conditions).not.toEqual(DEFAULT[id].conditions);
});
