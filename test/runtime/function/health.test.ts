import {
  healthOf,
  MAX_HOURS_SINCE_PURGE,
  MAX_MINUTES_SINCE_APPLY,
  MAX_WAITING_SECONDS,
} from '../../../runtime/function/health';

const NOW = Date.UTC(2026, 0, 1) * 1000;
const seconds = (count: number) => NOW - count * 1e6;
const NOTHING_WAITS = { oldest: [], objects: 0, marked: 0 };
const IN_TIME = { applyAt: seconds(60), purgeAt: seconds(3_600) };

test('tells the age of everything', () => {
  const waiting = { ...NOTHING_WAITS, objects: 3, oldestAt: seconds(12) };
  expect(healthOf(waiting, { applyAt: seconds(150), purgeAt: seconds(7_300) }, NOW)).toEqual({
    status: 'ok',
    minutesSinceApply: 2,
    hoursSincePurge: 2,
    oldestWaitingSeconds: 12,
    waitingObjects: 3,
  });
});

test('before the first run nothing is late, unless an object waits for too long', () => {
  const young = healthOf(NOTHING_WAITS, {}, NOW);
  expect(young).toEqual({
    status: 'ok',
    minutesSinceApply: null,
    hoursSincePurge: null,
    oldestWaitingSeconds: 0,
    waitingObjects: 0,
  });
  const oldestAt = seconds(MAX_WAITING_SECONDS + 1);
  expect(healthOf({ ...NOTHING_WAITS, objects: 1, oldestAt }, {}, NOW).status).toBe('late');
});

test.each([
  ['an object that waits', MAX_WAITING_SECONDS, 1, 'oldestAt'],
  ['the MERGE', MAX_MINUTES_SINCE_APPLY * 60, 60, 'applyAt'],
  ['the purge', MAX_HOURS_SINCE_PURGE * 3_600, 3_600, 'purgeAt'],
] as const)('%s may be %i seconds old, and no older', (_, allowed, step, field) => {
  const statusAt = (age: number) => {
    const at = { [field]: seconds(age) };
    const waiting = field === 'oldestAt' ? { ...NOTHING_WAITS, objects: 1, ...at } : NOTHING_WAITS;
    return healthOf(waiting, { ...IN_TIME, ...at }, NOW).status;
  };
  expect(statusAt(allowed)).toBe('ok');
  expect(statusAt(allowed + step)).toBe('late');
});

test('a clock that runs behind makes nothing negative', () => {
  const ahead = seconds(-5);
  expect(
    healthOf({ ...NOTHING_WAITS, objects: 1, oldestAt: ahead }, { applyAt: ahead }, NOW),
  ).toMatchObject({ oldestWaitingSeconds: 0, minutesSinceApply: 0 });
});
