import type { DuckDbWarehouse } from '../../../runtime/local/duckdb';

/** A row of the log, as a test writes it; times in microseconds. */
export interface LogRow {
  readonly user: string;
  readonly audience: string;
  readonly add: boolean;
  readonly changedAt: number;
  readonly sequence?: number;
  readonly ingestedAt: number;
  readonly name?: string;
  readonly identities?: readonly { readonly type: string; readonly value: string }[];
}

export async function appendToLog(engine: DuckDbWarehouse, rows: readonly LogRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 1000) {
    const values = rows.slice(start, start + 1000).map(
      ({ user, audience, add, changedAt, sequence = 0, ingestedAt, name, identities = [] }) =>
        `('${user}', '${audience}', ${add}, make_timestamptz(${changedAt}), ${sequence},
          ${name === undefined ? 'NULL' : `'${name}'`},
          [${identities.map(({ type, value }) => `{type: '${type}', value: '${value}'}`).join(', ')}],
          'object', '1', 1, make_timestamptz(${ingestedAt}), make_timestamptz(${ingestedAt}))`,
    );
    await rowsOf(engine, `INSERT INTO core.membership_changes VALUES ${values.join(', ')}`);
  }
}

export async function rowsOf(
  engine: DuckDbWarehouse,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await engine.query(sql);
  const all: Record<string, unknown>[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** `audience/user` of every current member, as the published view has it. */
export async function members(engine: DuckDbWarehouse): Promise<string[]> {
  const rows = await rowsOf(engine, 'SELECT audience_id, mp_id FROM published.memberships');
  return rows.map((row) => `${String(row['audience_id'])}/${String(row['mp_id'])}`).sort();
}
