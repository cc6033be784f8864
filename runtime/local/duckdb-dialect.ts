/**
 * The GoogleSQL functions that the shared statements use and the embedded engine lacks, or has otherwise. They
 * are stored in the database file, so that a reader who opens it finds the views working.
 */
export const DUCKDB_PRELUDE: readonly string[] = [
  'CREATE OR REPLACE MACRO CURRENT_TIMESTAMP() AS now()',
  'CREATE OR REPLACE MACRO TIMESTAMP_SUB(t, i) AS t - i',
  'CREATE OR REPLACE MACRO TIMESTAMP_MICROS(us) AS make_timestamptz(us)',
  'CREATE OR REPLACE MACRO UNIX_MICROS(t) AS epoch_us(t)',
  'CREATE OR REPLACE MACRO DIV(a, b) AS a // b',
  // The engine's own counts NULL where there is no row; GoogleSQL's counts 0.
  'CREATE OR REPLACE MACRO COUNTIF(x) AS COUNT(CASE WHEN x THEN 1 END)',
];
