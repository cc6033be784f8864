/** The file that the platform loads: the handler over the clients of Cloud Storage and BigQuery. */
import { EventEmitter } from 'node:events';

import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';

import { BigQueryWarehouse, coreTables } from '../google/bigquery';
import { CloudStorageBucket, STORAGE_RETRIES } from '../google/cloud-storage';
import type { ENTRY_POINT } from './deployment';
import { EnvironmentError, fromEnvironment, type FunctionSettings } from './environment';
import { createHandler, type Handler } from './handler';
import { writeLog } from './log';

/**
 * The client adds 12 listeners to the stream of a download. Node.js warns above 10, with two lines in the log for
 * each object. Source: https://github.com/googleapis/google-cloud-node/issues/9185
 */
EventEmitter.defaultMaxListeners = 20;

/** The type makes the compiler compare the name of this export with the one that the platform is given. */
export const { ingest }: Record<typeof ENTRY_POINT, Handler> = {
  ingest: handlerOf(settingsOrExit()),
};

function settingsOrExit(): FunctionSettings {
  try {
    return fromEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    writeLog({ severity: 'ERROR', event: 'wrong_configuration', message: error.message });
    process.exit(1);
  }
}

function handlerOf(settings: FunctionSettings): Handler {
  const { projectId, location, coreDataset, landingBucket, landingFolder, stagingBucket } =
    settings;
  const storage = new Storage({ projectId, retryOptions: STORAGE_RETRIES });
  const tables = coreTables(projectId, coreDataset);
  const labels = { component: 'audience-import' };
  return createHandler(settings, {
    landing: new CloudStorageBucket(storage, landingBucket, landingFolder),
    staging: new CloudStorageBucket(storage, stagingBucket),
    warehouse: new BigQueryWarehouse(new BigQuery({ projectId }), tables, location, labels),
    log: writeLog,
    now: () => Date.now() * 1000,
    sleep: (millis) => new Promise((done) => setTimeout(done, millis)),
  });
}
