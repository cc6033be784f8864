import {
  healthOf,
  MAX_HOURS_SINCE_PURGE,
  MAX_MINUTES_SINCE_APPLY,
  MAX_WAITING_SECONDS,
} from '../../../runtime/function/health';

const NOW = Date.UTC(2026, 0, 1) * 1000;
const seconds = (count: number) => NOW - count * 1e6;
const NOTHING_WAITS = { oldest: [], objects: 0, marked: 0 };
const NEVER_RAN = { rowsWithoutIngestedAt: 0 };
const IN_TIME = { ...NEVER_RAN, applyAt: seconds(60), purgeAt: seconds(3_600) };

test('Health says the age of everything', () => {
  const waiting = { ...NOTHING_WAITS, objects: 3, oldestAt: seconds(12) };
  expect(
    healthOf(waiting, { ...NEVER_RAN, applyAt: seconds(150), purgeAt: seconds(7_300) }, 0, NOW),
  ).toEqual({
    status: 'ok',
    minutesSinceApply: 2,
    hoursSincePurge: 2,
    oldestWaitingSeconds: 12,
    waitingObjects: 3,
    rowsWithoutIngestedAt: 0,
  });
});

test('Before the first sweep nothing is late, unless an object waits for too long', () => {
  const young = healthOf(NOTHING_WAITS, NEVER_RAN, undefined, NOW);
  expect(young).toEqual({
    status: 'ok',
    minutesSinceApply: null,
    hoursSincePurge: null,
    oldestWaitingSeconds: 0,
    waitingObjects: 0,
    rowsWithoutIngestedAt: 0,
  });
  const oldestAt = seconds(MAX_WAITING_SECONDS + 1);
  const late = healthOf({ ...NOTHING_WAITS, objects: 1, oldestAt }, NEVER_RAN, undefined, NOW);
  expect(late.status).toBe('late');
});

test('A MERGE that never succeeded counts from the first sweep', () => {
  const health = (minutes: number) =>
    healthOf(NOTHING_WAITS, { ...NEVER_RAN, purgeAt: IN_TIME.purgeAt }, seconds(minutes * 60), NOW);
  expect(health(90)).toMatchObject({ status: 'ok', minutesSinceApply: 90 });
  expect(health(MAX_MINUTES_SINCE_APPLY + 1).status).toBe('late');
});

test('A purge that never succeeded counts from the first sweep', () => {
  const health = (hours: number) =>
    healthOf(
      NOTHING_WAITS,
      { ...NEVER_RAN, applyAt: IN_TIME.applyAt },
      seconds(hours * 3_600),
      NOW,
    );
  expect(health(5)).toMatchObject({ status: 'ok', hoursSincePurge: 5 });
  expect(health(MAX_HOURS_SINCE_PURGE + 1).status).toBe('late');
});

test('A row without a time of loading makes the workspace late, because no run sees it', () => {
  const health = healthOf(NOTHING_WAITS, { ...IN_TIME, rowsWithoutIngestedAt: 1 }, 0, NOW);
  expect(health).toMatchObject({ status: 'late', rowsWithoutIngestedAt: 1 });
});

test.each([
  ['An object that waits', MAX_WAITING_SECONDS, 1, 'oldestAt'],
  ['The MERGE', MAX_MINUTES_SINCE_APPLY * 60, 60, 'applyAt'],
  ['The purge', MAX_HOURS_SINCE_PURGE * 3_600, 3_600, 'purgeAt'],
] as const)('%s may be %i seconds old, and no older', (_, allowed, step, field) => {
  const statusAt = (age: number) => {
    const at = { [field]: seconds(age) };
    const waiting = field === 'oldestAt' ? { ...NOTHING_WAITS, objects: 1, ...at } : NOTHING_WAITS;
    return healthOf(waiting, { ...IN_TIME, ...at }, 0, NOW).status;
  };
  expect(statusAt(allowed)).toBe('ok');
  expect(statusAt(allowed + step)).toBe('late');
});

test('A clock that runs behind makes nothing negative', () => {
  const ahead = seconds(-5);
  expect(
    healthOf(
      { ...NOTHING_WAITS, objects: 1, oldestAt: ahead },
      { ...NEVER_RAN, applyAt: ahead },
      ahead,
      NOW,
    ),
  ).toMatchObject({ oldestWaitingSeconds: 0, minutesSinceApply: 0 });
});
