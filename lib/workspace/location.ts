/**
 * Regions inside the multi-regions of BigQuery and Cloud Storage: `EU` leaves out London and Zurich.
 * https://cloud.google.com/bigquery/docs/locations#multi-regions
 */
const MULTI_REGIONS = {
  EU: { regions: /^europe-(?!west[26]$)/, first: 'europe-west1', keys: 'europe' },
  US: { regions: /^us-/, first: 'us-central1', keys: 'us' },
} as const;

/**
 * The regions of BigQuery, as of November 2026. Google adds some every year: a region that is not here is no
 * fault, but it may be a typing error.
 * https://cloud.google.com/bigquery/docs/locations#regions
 */
export const KNOWN_REGIONS: readonly string[] = [
  'africa-south1',
  ...['asia-east1', 'asia-east2', 'asia-northeast1', 'asia-northeast2', 'asia-northeast3'],
  ...['asia-south1', 'asia-south2', 'asia-southeast1', 'asia-southeast2'],
  ...['australia-southeast1', 'australia-southeast2'],
  ...['europe-central2', 'europe-north1', 'europe-north2', 'europe-southwest1', 'europe-west1'],
  ...['europe-west2', 'europe-west3', 'europe-west4', 'europe-west6', 'europe-west8'],
  ...['europe-west9', 'europe-west10', 'europe-west12'],
  ...['me-central1', 'me-central2', 'me-west1'],
  ...['northamerica-northeast1', 'northamerica-northeast2', 'northamerica-south1'],
  ...['southamerica-east1', 'southamerica-west1'],
  ...['us-central1', 'us-east1', 'us-east4', 'us-east5', 'us-south1'],
  ...['us-west1', 'us-west2', 'us-west3', 'us-west4'],
];

/** Every location that BigQuery was known to have, the multi-regions first. */
export const KNOWN_LOCATIONS: readonly string[] = [...Object.keys(MULTI_REGIONS), ...KNOWN_REGIONS];

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
