import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import type { MembershipChange } from '../../../runtime/change';
import { formatTimestamp } from '../../../runtime/fields/timestamp';
import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import { ingestFiles } from '../../../runtime/local/ingest-files';
import { members } from '../../support/data/log';
import { normalized } from '../../support/data/normalized';

/** A delivered record. The time in the name of its object is part of it: it settles ties of one instant. */
interface Delivered {
  readonly mpId: string;
  readonly audienceId: string;
  readonly isAdd: boolean;
  readonly changedAt: number;
  readonly writtenAt: string | undefined;
}

interface ObjectFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const TIMES = [undefined, '2025-11-20_10-00-00', '2025-11-21_10-00-00', '9999-12-31_23-59-59'];

const delivered: fc.Arbitrary<Delivered> = fc.record({
  mpId: fc.constantFrom('1', '-1327484737295091692'),
  audienceId: fc.constantFrom('10', '11'),
  isAdd: fc.boolean(),
  changedAt: fc.integer({ min: 0, max: 2 }).map((step) => 1_763_596_800_000_000 + step * 1000),
  writtenAt: fc.constantFrom(...TIMES),
});

const canonicalFields = ({ mpId, audienceId, isAdd, changedAt }: Delivered) => ({
  mpId,
  audience_id: audienceId,
  membership_action: isAdd ? 'add' : 'delete',
  timestamp: formatTimestamp(changedAt),
});

/**
 * How records may be written as one object. mParticle's objects are of one audience and have a time; the rows of its
 * shards each have one.
 */
const FORMS = ['json', 'csv', 'utf16', 'mparticle', 'shard'] as const;

function textOf(form: (typeof FORMS)[number], records: readonly Delivered[]): Buffer {
  if (form === 'mparticle') {
    const lines = records.map(({ mpId, isAdd, changedAt }) =>
      JSON.stringify({
        IsAddRequest: isAdd,
        IdentityValues: { mpid: mpId },
        MembershipChangedTimestamp: changedAt / 1000,
      }),
    );
    return Buffer.from(lines.join('\n'));
  }
  if (form === 'shard') return Buffer.from(records.map(shardRow).join('\n'));
  const fields = records.map(canonicalFields);
  if (form === 'json') return Buffer.from(fields.map((one) => JSON.stringify(one)).join('\r\n'));
  const header = ['mpId', 'audience_id', 'membership_action', 'timestamp'].join(';');
  const text = [header, ...fields.map((one) => Object.values(one).join(';'))].join('\n');
  return form === 'csv' ? Buffer.from(text) : Buffer.from(`\ufeff${text}`, 'utf16le');
}

function shardRow({ mpId, audienceId, isAdd, changedAt, writtenAt }: Delivered): string {
  return JSON.stringify({
    mpid: mpId,
    audienceid: audienceId,
    isadd: isAdd,
    timestamp: String(changedAt),
    change_time: writtenAt?.replace(/_(..)-(..)-(..)$/, ' $1:$2:$3 UTC'),
  });
}

/** Every object that these records make: one for each time, and for mParticle's form each audience. */
function objectsOf(
  records: readonly Delivered[],
  form: (typeof FORMS)[number],
  isZipped: boolean,
  part: number,
): ObjectFile[] {
  const groups = new Map<string, Delivered[]>();
  for (const record of records) {
    const key = `${record.writtenAt ?? ''} ${record.audienceId}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].map((group, index) => {
    const { audienceId = '', writtenAt } = group[0] ?? {};
    const own = writtenAt === undefined && form === 'mparticle' ? 'json' : form;
    const guid = `${String(part).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const bytes = textOf(own, group);
    return {
      name:
        own === 'mparticle'
          ? `Audience_${audienceId}_${writtenAt ?? ''}_${guid}.txt`
          : `${own}_${writtenAt ?? 'at-no-time'}_${guid}`,
      bytes: isZipped ? gzipSync(bytes) : bytes,
    };
  });
}

/** One set of records, delivered in two ways: each in parts of any form, some of them repeated. */
const partition = (records: readonly Delivered[]) =>
  fc
    .array(
      fc.record({
        chosen: fc.subarray([...records.keys()]),
        form: fc.constantFrom(...FORMS),
        isZipped: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    .chain((parts) => {
      const covered = new Set(parts.flatMap(({ chosen }) => chosen));
      const others = [...records.keys()].filter((index) => !covered.has(index));
      const all = [...parts, { chosen: others, form: 'csv' as const, isZipped: false }];
      const objects = all.flatMap(({ chosen, form, isZipped }, part) =>
        objectsOf(
          chosen.flatMap((index) => records[index] ?? []),
          form,
          isZipped,
          part,
        ),
      );
      return fc.shuffledSubarray(objects, { minLength: objects.length });
    });

const delivery = fc
  .array(delivered, { minLength: 1, maxLength: 12 })
  .chain((records) => fc.tuple(partition(records), partition(records)));

/** The total order of the changes of one key: time, then sequence, then delete. */
function isNewer(a: MembershipChange, b: MembershipChange): boolean {
  if (a.changedAt !== b.changedAt) return a.changedAt > b.changedAt;
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  return a.action === 'delete' && b.action === 'add';
}

async function membersOf(objects: readonly ObjectFile[]): Promise<string[]> {
  const newest = new Map<string, MembershipChange>();
  for (const { name, bytes } of objects) {
    const { changes, rejections } = await normalized(bytes, { name });
    expect(rejections).toEqual([]);
    for (const change of changes) {
      const key = `${change.audienceId}/${change.mpId}`;
      const known = newest.get(key);
      if (!known || isNewer(change, known)) newest.set(key, change);
    }
  }
  return [...newest].flatMap(([key, { action }]) => (action === 'add' ? [key] : [])).sort();
}

test('Members depend on the set of delivered records alone, not on how they are spread over objects', async () => {
  await fc.assert(
    fc.asyncProperty(delivery, async ([one, other]) => {
      expect(await membersOf(one)).toEqual(await membersOf(other));
    }),
    { numRuns: 500 },
  );
});

test('The embedded engine comes to the same members from any partition', async () => {
  await fc.assert(
    fc.asyncProperty(delivery, async ([one, other]) => {
      const expected = await membersOf(one);
      for (const objects of [one, other]) {
        expect(await membersOfEngine(objects)).toEqual(expected);
      }
    }),
    { numRuns: 8 },
  );
}, 120_000);

async function membersOfEngine(objects: readonly ObjectFile[]): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'partition-'));
  const engine = await DuckDbWarehouse.open(':memory:');
  try {
    for (const [index, { name, bytes }] of objects.entries()) {
      const file = join(directory, name);
      writeFileSync(file, bytes);
      const stagingDirectory = join(directory, `staging-${index}`);
      await ingestFiles(engine, [file], { stagingDirectory });
      if (index % 2 === 0) await engine.apply();
    }
    await engine.apply();
    return await members(engine);
  } finally {
    engine.close();
    rmSync(directory, { recursive: true });
  }
}
