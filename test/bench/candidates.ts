import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

import { DuckDBInstance } from '@duckdb/node-api';
import * as z from 'zod';
import { canonicalLine } from '../../runtime/normalize/canonical-line';
import { DuckDbWarehouse } from '../../runtime/local/duckdb';
import { ingestFiles } from '../../runtime/local/ingest-files';
import { normalize } from '../../runtime/normalize/normalize';
import type { Loader } from '../../runtime/ingest/loader';
import { LocalLanding, type ObjectLedger } from '../../runtime/local/landing-files';
import type { ObjectGeneration } from '../../runtime/ingest/stores';
import { LocalStaging } from '../../runtime/local/staging-directory';
import { DEFAULT_SWEEP_LIMITS, sweep } from '../../runtime/ingest/sweep';
import { mergeState } from '../../runtime/warehouse/merge';
import { duckDbDialect } from '../../runtime/local/duckdb-dialect';
import { FakeCloudStorage } from '../support/clouds/fake-cloud-storage';
import { generateObjects, OBJECT_NAME } from './generate';
import type { Candidate } from './run-candidate';

/**
 * What is measured, one at a time, each in a process of its own. Every candidate reads the whole input and
 * keeps a checksum of what it made of it, so that nothing can be left out.
 */
export const CANDIDATES: Readonly<Record<string, Candidate>> = {
  /** The least any program must do: read, split, parse. */
  async base(input) {
    let rows = 0;
    let rest = '';
    for await (const chunk of createReadStream(input, {
      encoding: 'utf8',
      highWaterMark: 1 << 20,
    })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        try {
          rows += JSON.parse(line) === null ? 0 : 1;
        } catch {
          rows += 1;
        }
      }
    }
    return rows;
  },

  /** A usual first version: readline, a zod schema with transforms, one string a row. */
  async naive(input) {
    const record = z.object({
      IsAddRequest: z.boolean(),
      IdentityValues: z.object({
        mpid: z.string().transform((id) => BigInt(id).toString()),
        customer_id: z.string().optional(),
        email: z
          .string()
          .transform((email) =>
            createHash('sha256').update(email.trim().toLowerCase()).digest('hex'),
          )
          .optional(),
      }),
      MembershipChangedTimestamp: z.number().transform((ms) => new Date(ms).toISOString()),
    });
    let bytes = 0;
    for await (const line of createInterface({ input: createReadStream(input) })) {
      try {
        const row = record.parse(JSON.parse(line));
        bytes += `${JSON.stringify({
          mpId: row.IdentityValues.mpid,
          audience_id: '10021',
          audience_name: 'Sports-Enthusiasts',
          membership_action: row.IsAddRequest ? 'add' : 'delete',
          timestamp: row.MembershipChangedTimestamp,
        })}\n`.length;
      } catch {
        bytes += 1;
      }
    }
    return bytes;
  },

  async normalize(input) {
    const object = { name: OBJECT_NAME, generation: '1', deliveredAt: Date.now() * 1000 };
    let bytes = 0;
    for await (const batch of normalize(
      createReadStream(input, { highWaterMark: 1 << 20 }),
      object,
    )) {
      for (const change of batch.changes) bytes += canonicalLine(change).length;
      bytes += batch.rejections.length;
    }
    return bytes;
  },

  /** Everything that the function does itself: the loads are BigQuery's work. */
  async sweep(input) {
    return inTemporaryDirectory(async (directory) => {
      const landing = new LocalLanding(filesAt(input), memoryLedger(), {
        now: () => Date.now() * 1000,
      });
      const report = await sweep(
        {
          landing,
          staging: new LocalStaging(directory),
          loader: countingTarget,
          now: () => Date.now() * 1000,
          sleep: () => Promise.resolve(),
        },
        {
          normalize: {},
          limits: { ...DEFAULT_SWEEP_LIMITS, batches: Infinity },
          until: Infinity,
        },
      );
      return report.lines;
    });
  },

  /** Over Cloud Storage's own protocol on loopback, as many objects as asked for. @returns the requests made. */
  async 'sweep over HTTP'(objects) {
    const fake = await FakeCloudStorage.start();
    const directory = mkdtempSync(join(tmpdir(), 'bench-objects-'));
    await generateObjects(directory, Number(objects));
    for (const file of filesAt(directory))
      fake.put(`landing/${basename(file)}`, readFileSync(file));
    rmSync(directory, { recursive: true });
    const started = performance.now();
    await sweep(
      {
        landing: fake.bucket('landing'),
        staging: fake.bucket('staging'),
        loader: rowsIn(fake),
        now: () => Date.now() * 1000,
        sleep: () => Promise.resolve(),
      },
      {
        normalize: {},
        limits: DEFAULT_SWEEP_LIMITS,
        until: Infinity,
      },
    );
    report(performance.now() - started);
    await fake.close();
    return fake.requests.length;
  },

  /** The same, and the loads into the embedded engine: what `apply` does before its MERGE. */
  async 'sweep and load'(input) {
    return inTemporaryDirectory(async (directory) => {
      const engine = await DuckDbWarehouse.open(join(directory, 'bench.duckdb'));
      const stagingDirectory = join(directory, 'staging');
      const { lines } = await ingestFiles(engine, filesAt(input), { stagingDirectory });
      engine.close();
      return lines;
    });
  },

  /** Loading the bundle, as a cold start does; the environment is that of a deployed function. */
  // eslint-disable-next-line @typescript-eslint/require-await -- candidates are asynchronous.
  async 'require the function'(bundle) {
    const started = performance.now();
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is what is measured.
    require(bundle);
    report(performance.now() - started);
    return 1;
  },

  /** The MERGE statement alone, its delta prepared. */
  async 'bare MERGE'(database) {
    const instance = await DuckDBInstance.create(database);
    const connection = await instance.connect();
    await connection.run('CREATE OR REPLACE TEMP TABLE delta AS SELECT * FROM local.bench_delta');
    const started = performance.now();
    const { rowsChanged } = await connection.run(mergeState(duckDbDialect));
    report(performance.now() - started);
    return rowsChanged;
  },

  async apply(database) {
    const engine = await DuckDbWarehouse.open(database);
    const started = performance.now();
    const { appliedRows } = await engine.apply();
    report(performance.now() - started);
    return appliedRows;
  },
};

function filesAt(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).map((name) => join(path, name));
}

function memoryLedger(): ObjectLedger {
  const marked = new Set<string>();
  const keyOf = ({ name, generation }: ObjectGeneration) => `${generation}/${name}`;
  return {
    arrivals: (objects, now) => Promise.resolve(objects.map(() => now)),
    areMarked: (objects) => Promise.resolve(objects.map((object) => marked.has(keyOf(object)))),
    mark: (objects) => {
      for (const object of objects) marked.add(keyOf(object));
      return Promise.resolve();
    },
  };
}

/** A warehouse that counts the rows it is given. */
const countingTarget: Loader = {
  async start({ source }) {
    let rows = 0;
    for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) rows += 1;
    }
    return { state: 'loaded', rows };
  },
  stateOf(job) {
    return this.start(job);
  },
};

/** A warehouse that counts the rows in staged objects of the fake. */
function rowsIn(fake: FakeCloudStorage): Loader {
  const start: Loader['start'] = ({ source }) => {
    const staged = fake.objects.get(source.replace('gs://', ''));
    const rows = staged?.bytes.toString().split('\n').length ?? 1;
    return Promise.resolve({ state: 'loaded', rows: rows - 1 });
  };
  return { start, stateOf: start };
}

async function inTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-sweep-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Instead of the time of the whole process: what is measured runs on a prepared database. */
function report(millis: number): void {
  process.stdout.write(`measured ${millis}\n`);
}
