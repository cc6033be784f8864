import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

import { DuckDBInstance } from '@duckdb/node-api';
import * as z from 'zod';

import { canonicalLine, DuckDbEngine, normalize } from '../../runtime';
import { mergeState } from '../../runtime/warehouse/apply';
import { duckDbDialect } from '../../runtime/warehouse/dialect';
import { OBJECT_NAME } from './generate';
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
    const engine = await DuckDbEngine.open(database);
    const started = performance.now();
    const { appliedRows } = await engine.apply();
    report(performance.now() - started);
    return appliedRows;
  },
};

/** Instead of the time of the whole process: what is measured runs on a prepared database. */
function report(millis: number): void {
  process.stdout.write(`measured ${millis}\n`);
}
