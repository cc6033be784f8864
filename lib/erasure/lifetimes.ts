/*
 * Lifetimes that no prop changes, in hours. The constructs set them, and the erasure budget adds them up.
 */

/** Of deleted objects in both buckets. Google's default would keep personal data 7 days beyond its deletion. */
export const SOFT_DELETE_HOURS = 0;

/**
 * How long BigQuery can read back what was deleted. 48 hours is the least that it allows:
 * https://cloud.google.com/bigquery/docs/time-travel
 */
export const TIME_TRAVEL_HOURS = 48;

/** Between two runs of the purge, which runs daily. */
export const PURGE_INTERVAL_HOURS = 24;
