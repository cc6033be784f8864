import { ALERT_IDS, alertDefinitions, type AlertId } from '../../lib/monitoring/alert-definitions';
import { alertStrategy } from '../../lib/monitoring/alert-policy';
import { HOURS_BETWEEN_NOTIFICATIONS } from '../../lib/monitoring/alerts';
import { resolveThresholds } from '../../lib/props/alert-thresholds';
import { notificationsOf, type Policy } from '../../test/support/alarms/evaluate';
import {
  SCENARIOS,
  simulatedWeek,
  TROUBLE_AT,
  type Scenario,
  type Schedules,
} from '../../test/support/alarms/week';
import { markdownTable } from './markdown-table';
import { watchedStack } from './watched';

/** Three schedules: the default one, the slowest sweep, and a MERGE a day. */
export const SCHEDULES: readonly Schedules[] = [
  { sweepEveryMinutes: 5, mergeEveryMinutes: 20 },
  { sweepEveryMinutes: 30, mergeEveryMinutes: 360 },
  { sweepEveryMinutes: 15, mergeEveryMinutes: 1440 },
];

/** Terraform puts the id of a scheduled query in the place of its reference. */
const MERGE_ID = 'merge';
const PURGE_ID = 'purge';

/** Every alert that fires in the simulated week, with the minutes at which it notifies. */
export function alarmsOf(
  scenario: Scenario,
  schedules: Schedules,
): Partial<Record<AlertId, readonly number[]>> {
  const { watched, configIds } = namedConfigs();
  const thresholds = resolveThresholds(
    {},
    {
      mergeIntervalMinutes: schedules.mergeEveryMinutes,
      sweepIntervalMinutes: schedules.sweepEveryMinutes,
    },
  );
  const definitions = alertDefinitions(watched, thresholds);
  const { functionName } = watched;
  const observed = simulatedWeek(scenario, schedules, {
    functionName,
    mergeId: MERGE_ID,
    purgeId: PURGE_ID,
  });
  return Object.fromEntries(
    ALERT_IDS.flatMap((id) => {
      const { conditions, severity } = definitions[id];
      const policy = JSON.parse(
        configIds(
          JSON.stringify({
            conditions,
            alertStrategy: alertStrategy(definitions[id], HOURS_BETWEEN_NOTIFICATIONS[severity]),
          }),
        ),
      ) as Policy;
      const times = notificationsOf(policy, observed);
      return times.length > 0 ? [[id, times]] : [];
    }),
  );
}

/** The resources of a workspace, and what puts the ids of its scheduled queries into a text. */
function namedConfigs() {
  const { watched } = watchedStack();
  const reference = /\$\{TfToken\[TOKEN\.\d+\]\}/g;
  let seen = 0;
  return {
    watched,
    // The conditions name the MERGE first, then the purge.
    configIds: (text: string) =>
      text.replaceAll(reference, () => [MERGE_ID, PURGE_ID][seen++ % 2] ?? ''),
  };
}

/** A week of each trouble at three schedules, as a table. */
export function alarmWeekTable(): string {
  return markdownTable(
    [
      'a week that is',
      ...SCHEDULES.map(
        ({ sweepEveryMinutes, mergeEveryMinutes }) =>
          `sweep every ${sweepEveryMinutes} min, MERGE every ${mergeEveryMinutes} min`,
      ),
    ],
    SCENARIOS.map((scenario) => [
      scenario,
      ...SCHEDULES.map((schedules) => cell(alarmsOf(scenario, schedules))),
    ]),
  );
}

function cell(alarms: ReturnType<typeof alarmsOf>): string {
  const texts = Object.entries(alarms).map(
    ([id, [first = 0, ...more]]) =>
      `[${id}](runbook.md#${id}) at ${clock(first)}${more.length > 0 ? `, ${more.length + 1} times` : ''}`,
  );
  return texts.length === 0 ? 'none' : texts.join('<br>');
}

/** @example clock(1500) // 'day 2, 01:00' */
function clock(minute: number): string {
  const day = Math.floor(minute / TROUBLE_AT) + 1;
  const hours = String(Math.floor((minute % TROUBLE_AT) / 60)).padStart(2, '0');
  return `day ${day}, ${hours}:${String(Math.floor(minute % 60)).padStart(2, '0')}`;
}
