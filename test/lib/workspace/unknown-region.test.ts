import { defaultRegion, KNOWN_LOCATIONS, liesIn } from '../../../lib/workspace/location';
import { synthesized } from '../../support/stacks/stacks';

const warningsOf = (location: string) =>
  synthesized({ location }).construct.node.metadata.map(({ data }) => String(data));

test('A region that does not exist adds one warning, with the one that was probably meant', () => {
  expect(warningsOf('asia-east9')).toEqual([
    'asia-east9 is not among the locations that BigQuery had in November 2026; did you mean asia-east1?',
  ]);
});

test('A region that Google may have added since is no error', () => {
  expect(warningsOf('antarctica-south1')).toEqual([
    expect.stringMatching(/^antarctica-south1 is not among the locations/),
  ]);
});

test('Known locations add no warning, and each has a region of its own', () => {
  expect(warningsOf('EU')).toEqual([]);
  expect(warningsOf('europe-west12')).toEqual([]);
  expect(new Set(KNOWN_LOCATIONS).size).toBe(KNOWN_LOCATIONS.length);
  for (const location of KNOWN_LOCATIONS) {
    expect(KNOWN_LOCATIONS).toContain(defaultRegion(location));
    expect(liesIn(defaultRegion(location), location)).toBe(true);
  }
});
