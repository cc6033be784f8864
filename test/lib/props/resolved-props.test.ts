import { DEFAULTS, resolveProps } from '../../../lib/props/resolved-props';
import { Schedule } from '../../../lib/props/schedule';
import { PROPS } from '../../support/stacks/stacks';

test('Props that are left out have their defaults, and the region follows from the location', () => {
  expect(resolveProps(PROPS)).toMatchObject({
    ...PROPS,
    ...DEFAULTS,
    region: 'europe-west1',
    readers: [],
    alertChannels: [],
    labels: {},
  });
});

test('A prop or threshold that is given as undefined counts as left out', () => {
  const names = Object.keys(resolveProps(PROPS)).filter((name) => !(name in PROPS));
  const given = {
    ...PROPS,
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    alertThresholds: { oldestWaitingMinutes: undefined, mergeLateMinutes: undefined },
  };
  expect(resolveProps(given as never)).toEqual(resolveProps(PROPS));
});

test('Thresholds that are left out follow from the intervals', () => {
  const { alertThresholds } = resolveProps({
    ...PROPS,
    mergeSchedule: Schedule.everyHours(2),
    sweepEveryMinutes: 2,
    alertThresholds: { rejectedShare: 0.5 },
  });
  expect(alertThresholds).toMatchObject({
    mergeLateMinutes: 360,
    sweepsStoppedMinutes: 35,
    rejectedShare: 0.5,
    rejectedLines: 10,
  });
});

test('The erasure budget and the purge get the lifetimes that were given', () => {
  const given = {
    landingRetentionDays: 1,
    stagedRetentionDays: 4,
    parkedRetentionDays: 5,
    tombstoneRetentionHours: 48,
    logRetentionHours: 49,
    rejectionRetentionHours: 50,
  };
  const { erasure, retention } = resolveProps({
    ...PROPS,
    ...given,
    mergeSchedule: Schedule.daily(),
    sweepEveryMinutes: 10,
    alertThresholds: { oldestWaitingMinutes: 30 },
  });
  expect(erasure).toMatchObject({
    ...given,
    mergeIntervalMinutes: 1440,
    sweepIntervalMinutes: 10,
    oldestWaitingMinutes: 30,
  });
  expect(retention).toEqual({ tombstoneHours: 48, logHours: 49, rejectionHours: 50 });
});
