/*
 * Limits of a sweep, and where they come from: https://cloud.google.com/bigquery/quotas (load jobs) and
 * https://cloud.google.com/storage/quotas.
 */

/** Objects in one batch. A manifest of so many is about a megabyte; it is written a few times a batch. */
export const MAX_BATCH_OBJECTS = 5_000;

/** Bytes (as stored) of the objects in one batch, so that a batch fits into one sweep. */
export const MAX_BATCH_BYTES = 4 * 2 ** 30;

/**
 * Batches in one sweep. A batch is one load job per table; with a sweep every 5 minutes this is 1,152 loads a
 * day at the most, which leaves room for failed ones below BigQuery's 1,500 per table and day.
 */
export const MAX_BATCHES_PER_SWEEP = 4;

/** Attempts at one load job in one sweep, each after the one before is known to have failed. */
export const MAX_LOAD_ATTEMPTS_PER_SWEEP = 3;

/** How often a sweep may vanish while it stages a group before the group is split, or its object parked. */
export const MAX_LOST_SWEEPS = 3;

/**
 * Objects that cannot be read are set aside. More than so many before the first one that can are an outage of
 * the store.
 */
export const MAX_UNREADABLE_OBJECTS = 10;

/**
 * Seconds after its end at which a sweep gives up the object that it reads. The deployed function has 300 seconds from
 * the end of a sweep to its timeout; what is left is for recording it.
 */
export const OVERTIME_SECONDS = 180;

/**
 * Seconds that one object may keep a sweep busy. Staging reads a few hundred thousand lines a second, so that this is far
 * beyond what an object of the largest size takes.
 */
export const MAX_OBJECT_SECONDS = 1200;

/** Seconds between two pieces of an object that count as busy. A store that stalls longer says nothing about the object. */
export const MAX_PIECE_SECONDS = 10;

/** Objects marked in one step: what a sweep that runs out of time does again at the most. */
export const MARKED_AT_ONCE = 500;

/** First pause between two looks at a load job, and the longest one, in milliseconds. */
export const LOAD_POLL_MILLIS = { first: 500, longest: 10_000 } as const;
