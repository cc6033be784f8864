import { capacities, fleetSentence } from '../../../docs/tools/fleet-limits';

const of = (alerts: Parameters<typeof capacities>[0], what: string) =>
  capacities(alerts).find(({ limit }) => limit.what.startsWith(what));

test('A workspace counts as it is synthesized', () => {
  expect(of('per workspace', 'service accounts')).toMatchObject({ used: 3, workspaces: 33 });
  expect(of('per workspace', 'Cloud Scheduler jobs')).toMatchObject({ used: 2, workspaces: 500 });
});

test('Alerts for the fleet take the alert policies off the limits of a workspace', () => {
  expect(of('per workspace', 'alert policies')?.workspaces).toBeLessThan(200);
  expect(of('for the fleet', 'alert policies')).toMatchObject({ used: 0, workspaces: Infinity });
});

test('The tightest limit comes first, and the sentence names it and the tightest that stays', () => {
  for (const alerts of ['per workspace', 'for the fleet'] as const) {
    const numbers = capacities(alerts).map(({ workspaces }) => workspaces);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const firm = capacities(alerts).find(({ limit }) => !limit.canBeRaised);
    expect(fleetSentence(alerts)).toContain(`holds ${numbers[0] ?? ''} workspaces as it is`);
    expect(fleetSentence(alerts)).toContain(`it holds ${firm?.workspaces ?? ''}, because`);
  }
});
