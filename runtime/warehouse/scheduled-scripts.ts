import {
  countDelta,
  createDelta,
  createMembers,
  createSeenIdentities,
  forgetIdentities,
  mergeAudiences,
  mergeIdentities,
  mergeState,
  recordRun,
  seedLock,
  selectWindowStart,
  takeLock,
} from './merge';
import { bigQueryDialect, type DatasetNames, type Dialect } from './dialect';
import {
  deleteOldChanges,
  deleteOldRejections,
  deleteOldRuns,
  deleteTombstones,
  raiseFloors,
} from './purge';
import {
  DEFAULT_RETENTION,
  PURGE_WINDOW_HOURS,
  RUN_HISTORY_DAYS,
  type Retention,
} from './retention';

/**
 * The scheduled query of one workspace: one GoogleSQL script.
 *
 * A run that meets another one is cancelled by the lock row, rolls back and fails visibly. Nothing is lost by
 * that: the watermark has not moved, so that the next run reads the same window.
 */
export function applyScript(names: DatasetNames): string {
  const sql = bigQueryDialect(names);
  return `${declareRun(sql)}
${applyBody(sql)}
`;
}

/** The daily purge of one workspace: a run that reads further back, then what has outlived its time goes. */
export function purgeScript(names: DatasetNames, retention: Retention = DEFAULT_RETENTION): string {
  const sql = bigQueryDialect(names);
  return `${declareRun(sql)}
DECLARE v_tombstones_before TIMESTAMP
  DEFAULT TIMESTAMP_SUB(v_to, INTERVAL ${retention.tombstoneHours} HOUR);
DECLARE v_log_before TIMESTAMP
  DEFAULT TIMESTAMP_TRUNC(TIMESTAMP_SUB(v_to, INTERVAL ${retention.logHours} HOUR), HOUR);
DECLARE v_rejects_before TIMESTAMP
  DEFAULT TIMESTAMP_TRUNC(TIMESTAMP_SUB(v_to, INTERVAL ${retention.rejectionHours} HOUR), HOUR);
DECLARE v_runs_before TIMESTAMP
  DEFAULT TIMESTAMP_SUB(v_to, INTERVAL ${RUN_HISTORY_DAYS} DAY);

-- Loads that committed later than the usual overlap are read here.
SET v_from = LEAST(v_from, TIMESTAMP_SUB(v_to, INTERVAL ${PURGE_WINDOW_HOURS} HOUR));
${applyBody(sql)}

BEGIN
  BEGIN TRANSACTION;
${indented(statement(takeLock(sql)))}
${indented(statement(raiseFloors(sql)))}
${indented(statement(deleteTombstones(sql)))}
  SET v_purged_rows = @@row_count;
${indented(statement(recordRun(sql, 'purge')))}
  COMMIT TRANSACTION;
EXCEPTION WHEN ERROR THEN
  ROLLBACK TRANSACTION;
  RAISE;
END;

-- Everything below v_to is applied by now.
${statement(deleteOldChanges(sql))}
${statement(deleteOldRejections(sql))}
${statement(deleteOldRuns(sql))}
`;
}

function declareRun(sql: Dialect): string {
  return `DECLARE v_run_id STRING DEFAULT @@script.job_id;
DECLARE v_to TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
DECLARE v_from TIMESTAMP DEFAULT (${indented(selectWindowStart(sql))}
);
DECLARE v_delta_rows INT64 DEFAULT 0;
DECLARE v_applied_rows INT64 DEFAULT 0;
DECLARE v_purged_rows INT64 DEFAULT 0;`;
}

function applyBody(sql: Dialect): string {
  return `${statement(createDelta(sql))}
SET v_delta_rows = (${indented(countDelta())}
);
${statement(seedLock(sql))}

BEGIN
  BEGIN TRANSACTION;
${indented(statement(takeLock(sql)))}
  -- A MERGE is billed for the whole target: nothing to merge, nothing to pay.
  IF v_delta_rows > 0 THEN
${indented(indented(statement(mergeState(sql))))}
    SET v_applied_rows = @@row_count;
${indented(indented(statement(mergeAudiences(sql))))}
${indented(indented(statement(createSeenIdentities(sql))))}
${indented(indented(statement(createMembers(sql))))}
${indented(indented(statement(mergeIdentities(sql))))}
${indented(indented(statement(forgetIdentities(sql))))}
  END IF;
${indented(statement(recordRun(sql, 'apply')))}
  COMMIT TRANSACTION;
EXCEPTION WHEN ERROR THEN
  ROLLBACK TRANSACTION;
  RAISE;
END;`;
}

function statement(sql: string): string {
  return `${sql};`;
}

function indented(sql: string): string {
  return sql.replaceAll(/\n(?=[^\n])/g, '\n  ');
}
