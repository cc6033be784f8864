import fc from 'fast-check';

import { healthCron, sweepCron } from '../../../lib/ingest/sweep-schedule';

const intervals = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

test('is written as unix-cron', () => {
  expect(sweepCron('acme-news', 5)).toBe('4-59/5 * * * *');
  expect(healthCron('acme-news', 5)).toBe('6 * * * *');
  expect(sweepCron('acme-news', 1)).toBe('* * * * *');
});

test('sweeps are evenly spaced, across the hour too, and avoid the full hour', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...intervals.slice(1)), (workspace, every) => {
      const minutes = minutesOf(sweepCron(workspace, every));
      expect(minutes).toHaveLength(60 / every);
      expect(minutes).not.toContain(0);
      expect((minutes[0] ?? 0) + 60 - (minutes.at(-1) ?? 0)).toBe(every);
    }),
  );
});

test('health is asked off the hour, and not when a sweep starts', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...intervals), (workspace, every) => {
      const minute = Number(healthCron(workspace, every).split(' ')[0]);
      expect(minute).toBeGreaterThan(0);
      expect(minute).toBeLessThan(60);
      if (every > 1) expect(minutesOf(sweepCron(workspace, every))).not.toContain(minute);
    }),
  );
});

test('spreads workspaces', () => {
  const crons = Array.from({ length: 100 }, (_, n) => sweepCron(`w${n}`, 30));
  expect(new Set(crons).size).toBeGreaterThan(20);
});

/** The minutes that `FIRST-59/STEP` stands for. */
function minutesOf(cron: string): number[] {
  const [, first, step] = (/^(\d+)-59\/(\d+) \* \* \* \*$/.exec(cron) ?? []).map(Number);
  const minutes: number[] = [];
  for (let minute = first ?? NaN; minute <= 59; minute += step ?? NaN) minutes.push(minute);
  return minutes;
}
