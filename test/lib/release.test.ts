import { synthesized, type SynthesizedStack } from '../support/stacks/stacks';

let version = '0.1.0';
jest.mock('../../lib/workspace/version', () => ({
  get PACKAGE_VERSION() {
    return version;
  },
}));

/** What a release that changes nothing but its number gives. */
function release(number: string): SynthesizedStack {
  version = number;
  return synthesized({ readers: ['group:readers@example.com'] });
}

function changed(before: SynthesizedStack, after: SynthesizedStack): string[] {
  return Object.entries(after.resource).flatMap(([type, members]) =>
    Object.entries(members)
      .filter(([id, now]) => JSON.stringify(before.resource[type]?.[id]) !== JSON.stringify(now))
      .map(() => type),
  );
}

test('A release changes one resource of a workspace if nothing but its version is new', () => {
  expect(changed(release('0.1.0'), release('0.2.0'))).toEqual(['google_cloudfunctions2_function']);
  expect(changed(release('0.1.0'), release('0.1.0'))).toEqual([]);
});
