/**
 * Regions inside the multi-regions of BigQuery and Cloud Storage: `EU` leaves out London and Zurich.
 * https://cloud.google.com/bigquery/docs/locations#multi-regions
 */
const MULTI_REGIONS = {
  EU: { regions: /^europe-(?!west[26]$)/, first: 'europe-west1', keys: 'europe' },
  US: { regions: /^us-/, first: 'us-central1', keys: 'us' },
} as const;

/** The default region of what has no multi-region: functions and schedules. */
export function defaultRegion(location: string): string {
  return multiRegion(location)?.first ?? location;
}

/** Whether a region is the location, or inside the multi-region that it is. */
export function liesIn(region: string, location: string): boolean {
  return multiRegion(location)?.regions.test(region) ?? region === location;
}

/**
 * The Cloud KMS location of keys for a location.
 * https://cloud.google.com/bigquery/docs/customer-managed-encryption#create_key
 */
export function keyLocation(location: string): string {
  return multiRegion(location)?.keys ?? location;
}

function multiRegion(location: string) {
  return location === 'EU' || location === 'US' ? MULTI_REGIONS[location] : undefined;
}
