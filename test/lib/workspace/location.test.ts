import { defaultRegion, keyLocation, liesIn } from '../../../lib/workspace/location';

test.each([
  ['EU', 'europe-west1'],
  ['US', 'us-central1'],
  ['asia-northeast1', 'asia-northeast1'],
])('in %s, functions run in %s', (location, region) => {
  expect(defaultRegion(location)).toBe(region);
  expect(liesIn(region, location)).toBe(true);
});

test.each([
  ['europe-west4', 'EU', true],
  ['europe-southwest1', 'EU', true],
  ['europe-west12', 'EU', true],
  ['europe-west2', 'EU', false],
  ['europe-west6', 'EU', false],
  ['us-east1', 'EU', false],
  ['us-west2', 'US', true],
  ['northamerica-northeast1', 'US', false],
  ['europe-west1', 'europe-west1', true],
  ['europe-west1', 'europe-west4', false],
])('%s in %s: %p', (region, location, expected) => {
  expect(liesIn(region, location)).toBe(expected);
});

test.each([
  ['EU', 'europe'],
  ['US', 'us'],
  ['europe-west1', 'europe-west1'],
])('the keys for %s are in %s', (location, expected) => {
  expect(keyLocation(location)).toBe(expected);
});
