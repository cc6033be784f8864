import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import type { LoadJob } from '../../../runtime/ingest/loader';

/** Carries out one load in a process of its own, and prints the error: `FILE JOB`. */
async function main([file = '', job = '']: readonly string[]): Promise<void> {
  const warehouse = await DuckDbWarehouse.open(file);
  await warehouse.start(JSON.parse(job) as LoadJob).catch((error: unknown) => {
    const { name, message } = error as Error;
    process.stdout.write(JSON.stringify({ name, message }));
  });
}

void main(process.argv.slice(2));
