/**
 * Regions inside the multi-regions of BigQuery and Cloud Storage: `EU` leaves out London and Zurich.
 * https://cloud.google.com/bigquery/docs/locations#multi-regions
 */
const MULTI_REGIONS = {
  EU: { regions: /^europe-(?!west[26]$)/, first: 'europe-west1' },
  US: { regions: /^us-/, first: 'us-central1' },
} as const;

/** The region for what has no multi-region: functions and schedules. */
export function defaultRegion(location: string): string {
  return multiRegion(location)?.first ?? location;
}

/** Whether a region lies inside a location: in that multi-region, or the same. */
export function liesIn(region: string, location: string): boolean {
  return multiRegion(location)?.regions.test(region) ?? region === location;
}

function multiRegion(location: string) {
  return location === 'EU' || location === 'US' ? MULTI_REGIONS[location] : undefined;
}
