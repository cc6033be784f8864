import fc from 'fast-check';

import { PURGE_INTERVAL_HOURS } from '../../../lib/erasure/lifetimes';
import { purgeExpression, Schedule } from '../../../lib/props/schedule';

const schedules = [
  ...[5, 10, 15, 20, 30].map((n) => Schedule.everyMinutes(n)),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => Schedule.everyHours(n)),
  Schedule.daily(),
];

test.each([
  [Schedule.everyMinutes(20), 'every 20 minutes from 00:13 to 23:59'],
  [Schedule.everyHours(6), 'every 6 hours from 00:13 to 23:59'],
  [Schedule.daily(), 'every day 03:13'],
])('is written in the grammar of the transfer service', (schedule, text) => {
  expect(schedule.expression('acme-news')).toBe(text);
});

test('never runs on the hour, and the purge never with the MERGE', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...schedules), (workspace, schedule) => {
      const start = Number(/0[03]:(\d\d)/.exec(schedule.expression(workspace))?.[1]);
      const purge = Number(
        /04:(\d\d)$/.exec(purgeExpression(workspace, schedule.intervalMinutes))?.[1],
      );
      const step = Math.min(schedule.intervalMinutes, 60);
      const minutes = Array.from({ length: 60 / step }, (_, run) => (start + run * step) % 60);
      expect(minutes).not.toContain(0);
      expect(purge).toBeGreaterThan(0);
      expect(purge).toBeLessThan(60);
      expect(minutes).not.toContain(purge);
    }),
  );
});

test('the purge runs once in its interval', () => {
  expect(purgeExpression('acme-news', 24 * 60)).toMatch(/^every day /);
  expect(PURGE_INTERVAL_HOURS).toBe(24);
});

test('spreads workspaces over the hour', () => {
  const expressions = Array.from({ length: 200 }, (_, n) => Schedule.daily().expression(`w${n}`));
  expect(new Set(expressions).size).toBeGreaterThan(10);
});

test.each([
  [() => Schedule.everyMinutes(1), 'got 1 minutes; allowed: 5, 10, 15, 20, 30'],
  [() => Schedule.everyMinutes(7), 'got 7 minutes'],
  [() => Schedule.everyHours(5), 'got 5 hours; allowed: 1, 2, 3, 4, 6, 8, 12'],
])('refuses what the service cannot do evenly', (make, message) => {
  expect(make).toThrow(message);
});
