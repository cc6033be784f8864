/**
 * The deployed entry: the handler with the clients of Cloud Storage and BigQuery, as the environment says. The
 * platform loads `ingest` from the bundle of this file.
 */
import { EventEmitter } from 'node:events';

import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';

import { BigQueryWarehouse } from '../google/bigquery';
import { ConfigurationError, readConfiguration, type Configuration } from './environment';
import { createHandler, type Handler } from './handler';
import { writeLog } from './log';
import { CloudStorageBucket, STORAGE_RETRIES } from '../google/cloud-storage';

/**
 * A download has 12 listeners on one stream of the client, and Node.js warns of more than 10: two lines in the log
 * for each object. Source: https://github.com/googleapis/google-cloud-node/issues/9185
 */
EventEmitter.defaultMaxListeners = 20;

export const ingest: Handler = handlerOf(configuration());

function configuration(): Configuration {
  try {
    return readConfiguration(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    writeLog({ severity: 'ERROR', event: 'wrong_configuration', message: error.message });
    process.exit(1);
  }
}

function handlerOf(settings: Configuration): Handler {
  const { projectId, location, landingBucket, stagingBucket, tables } = settings;
  const storage = new Storage({ projectId, retryOptions: STORAGE_RETRIES });
  const labels = { component: 'audience-import' };
  return createHandler(settings, {
    landing: new CloudStorageBucket(storage, landingBucket),
    staging: new CloudStorageBucket(storage, stagingBucket),
    warehouse: new BigQueryWarehouse(new BigQuery({ projectId }), tables, location, labels),
    log: writeLog,
    now: () => Date.now() * 1000,
    sleep: (millis) => new Promise((done) => setTimeout(done, millis)),
  });
}
