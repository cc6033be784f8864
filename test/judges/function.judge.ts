import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatTimestamp } from '../../runtime/fields/timestamp';
import { findFiles } from '../../runtime/local/find-files';
import { CloudStorageBucket, MARK_KEY } from '../../runtime/google/cloud-storage';
import type { LandingObject } from '../../runtime/ingest/stores';
import type { Cloud } from './harness/cloud';
import { deliver, type Delivered } from './harness/deliveries';
import { EmulatedWarehouse } from './harness/emulated-warehouse';
import { judges } from './harness/judges';
import { RunningFunction } from './harness/running-function';

const SAMPLES = join(__dirname, '../../examples/data');
const NEWSLETTER = 'newsletter_2025-11-21_06-00-00.jsonl';

judges('the function, on both emulators', (judge, cloud) => {
  let deployed: RunningFunction;
  let emulator: EmulatedWarehouse;
  let newsletter: Delivered | undefined;

  beforeAll(async () => {
    emulator = new EmulatedWarehouse(cloud());
    deployed = await RunningFunction.start(cloud());
  });

  const landing = () => cloud().storage.bucket(cloud().configuration.landingBucket);
  const staging = () => cloud().storage.bucket(cloud().configuration.stagingBucket);

  /** `generation line`, and the reason of a rejection, of every row that comes from an object. */
  async function rowsFrom(object: string): Promise<string[]> {
    const rows = await emulator.rows(`
SELECT source_generation, source_line, '' AS reason
FROM ${emulator.dialect.table('membership_changes')}
WHERE source_object = '${object}'
UNION ALL
SELECT source_generation, source_line, reason
FROM ${emulator.dialect.table('rejected_changes')}
WHERE source_object = '${object}'`);
    return rows
      .map((row) => [row['source_generation'], row['source_line'], row['reason']].join(' ').trim())
      .sort();
  }

  /** Every delivered object has the mark, and batches have left nothing but staged rows. */
  async function expectFinished(): Promise<void> {
    const [delivered] = await landing().getFiles();
    expect(delivered).not.toEqual([]);
    for (const { name, metadata } of delivered) {
      expect([name, metadata.metadata?.[MARK_KEY]]).toEqual([name, 'ingested']);
      const minutes = (Date.now() - Date.parse(String(metadata.customTime))) / 60_000;
      expect(minutes).toBeLessThan(10);
    }
    const [kept] = await staging().getFiles();
    const others = kept.map(({ name }) => name).filter((name) => !name.startsWith('staged/'));
    expect(others).toEqual(['traffic.json']);
  }

  judge('before anything is delivered: finds nothing, and is well', async () => {
    expect(await deployed.tick()).toMatchObject({
      status: 200,
      entry: { severity: 'INFO', event: 'sweep', workspace: 'acme-news', objects: 0, batches: 0 },
    });
    expect(await deployed.health()).toMatchObject({
      status: 200,
      entry: { event: 'health', status: 'ok', minutesSinceApply: 0, hoursSincePurge: 0 },
    });
  });

  judge('brings in every line of the sample deliveries once, and marks the objects', async () => {
    const files = (await findFiles([SAMPLES])).files;
    const deliveries = new Map<string, Delivered>();
    for (const file of files) {
      deliveries.set(basename(file), await deliver(cloud(), basename(file), readFileSync(file)));
    }
    const { status, entry } = await deployed.tick();
    expect(status).toBe(200);
    expect(entry).toMatchObject({
      severity: 'WARNING',
      objects: files.length,
      accepted: 30,
      rejected: 6,
      waitingObjects: 0,
      stopped: 'idle',
    });
    expect(deployed.log.at(-1)).toEqual(entry);
    let rows = 0;
    for (const [name, { generation }] of deliveries) {
      const places = await rowsFrom(name);
      expect(new Set(places).size).toBe(places.length);
      for (const place of places) expect(place).toMatch(new RegExp(`^${generation} `));
      rows += places.length;
    }
    expect(rows).toBe(36);
    newsletter = deliveries.get(NEWSLETTER);
    await expectFinished();
    const [traffic] = await staging().file('traffic.json').download();
    expect(Object.keys(JSON.parse(traffic.toString()) as object).sort()).toEqual([
      'addAt',
      'deleteAt',
      'objectAt',
      'since',
    ]);
  });

  judge('keeps of a line what it says, where it stands and when it was delivered', async () => {
    await emulator.finishLoads(Date.now() * 1000);
    const [row] = await emulator.rows(`
SELECT * EXCEPT (ingested_at)
FROM ${emulator.dialect.table('membership_changes')}
WHERE source_object = '${NEWSLETTER}' AND source_line = 1`);
    const value = createHash('sha256').update('jo.martin@example.com').digest('hex');
    expect(row).toEqual({
      mp_id: '-1327484737295091692',
      audience_id: 'newsletter',
      is_member: true,
      changed_at: '2025-11-21T05:58:00.250000Z',
      // The time in the name, in nanoseconds.
      sequence: '1763704800000000000',
      audience_name: 'Newsletter readers',
      identities: [{ type: 'email_sha256', value }],
      source_object: NEWSLETTER,
      source_generation: newsletter?.generation,
      source_line: '1',
      delivered_at: formatTimestamp((newsletter?.createdAt ?? 0) * 1000),
    });
  });

  judge('finds nothing at the next tick, and changes nothing', async () => {
    const { storage, bigquery } = cloud().services;
    const before = { storage: storage.seen.length, bigquery: bigquery.seen.length };
    expect(await deployed.tick()).toMatchObject({
      status: 200,
      entry: { objects: 0, lines: 0, waitingObjects: 0, stopped: 'idle' },
    });
    const asked = storage.seen.slice(before.storage);
    expect(asked.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(bigquery.seen.slice(before.bigquery)).toEqual([]);
  });

  judge('brings an object that was overwritten in anew', async () => {
    const { generation: first } = await deliver(cloud(), 'again.jsonl', line(1));
    await deployed.tick();
    const { generation: second } = await deliver(cloud(), 'again.jsonl', line(2) + line(3));
    expect(await deployed.tick()).toMatchObject({ entry: { objects: 1, accepted: 2 } });
    expect(await rowsFrom('again.jsonl')).toEqual([`${first} 1`, `${second} 1`, `${second} 2`]);
    await expectFinished();
  });

  judge('records what is gone before it is read, and brings in what replaced it', async () => {
    const first = new Map<string, string>();
    for (const name of ['deleted', 'replaced', 'deleted-late', 'replaced-late', 'stays']) {
      first.set(name, (await deliver(cloud(), name, line(1))).generation);
    }
    const second = new Map<string, string>();
    const happened = new Set<string>();
    const happen = async (name: string) => {
      if (happened.has(name)) return;
      happened.add(name);
      if (name.startsWith('deleted')) await landing().file(name).delete();
      if (name.startsWith('replaced')) {
        second.set(name, (await deliver(cloud(), name, line(2))).generation);
      }
    };
    const restless = await RunningFunction.start(cloud(), {
      landing: new RestlessLanding(
        cloud(),
        async () => {
          await happen('deleted');
          await happen('replaced');
        },
        happen,
      ),
    });
    const { entry } = await restless.tick();
    expect(entry).toMatchObject({ objects: 3, accepted: 3, vanished: 4, parked: 0 });
    for (const [name, generation] of first) {
      expect([name, ...(await rowsFrom(name))]).toEqual(
        name === 'stays'
          ? [name, `${generation} 1`]
          : [
              name,
              `${generation} 1 object_vanished`,
              ...(second.has(name) ? [`${second.get(name) ?? ''} 1`] : []),
            ],
      );
    }
    await expectFinished();
  });

  judge('ticked twice at once, brings every line in once', async () => {
    const other = await RunningFunction.start(cloud());
    const before = cloud().services.bigquery.seen.length;
    for (let round = 0; round < 5; round += 1) {
      const generations = new Map<string, string>();
      for (let n = 0; n < 3; n += 1) {
        const name = `round-${round}-${n}.jsonl`;
        const { generation } = await deliver(cloud(), name, `${line(n + 1)}no line\n`);
        generations.set(name, generation);
      }
      const answers = await Promise.all([deployed.tick(), other.tick()]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const objects = answers.map(({ entry }) => Number(entry.objects));
      expect(objects.reduce((sum, count) => sum + count)).toBe(generations.size);
      for (const [name, generation] of generations) {
        expect(await rowsFrom(name)).toEqual([`${generation} 1`, `${generation} 2 not_json`]);
      }
      await expectFinished();
    }
    const jobs = cloud()
      .services.bigquery.seen.slice(before)
      .filter((request) => /^POST \S+\/jobs\?\S+ 409$/.test(request));
    expect(jobs).not.toEqual([]);
  });

  judge('tells how long ago the scheduled queries did their work, and what waits', async () => {
    const now = Date.now() * 1000;
    await emulator.finishLoads(now - 1);
    await emulator.apply(now);
    expect((await deployed.health()).entry).toMatchObject({
      status: 'ok',
      minutesSinceApply: 0,
      hoursSincePurge: 0,
      waitingObjects: 0,
      oldestWaitingSeconds: 0,
    });
    await emulator.purge(now);
    await deliver(cloud(), 'waits.jsonl', line(1));
    await deliver(cloud(), 'waits-too.jsonl', line(1));
    const { status, entry } = await deployed.health();
    expect([status, entry]).toEqual([200, deployed.log.at(-1)]);
    expect(entry).toMatchObject({ hoursSincePurge: 0, waitingObjects: 2 });
    expect(entry.oldestWaitingSeconds).toBeLessThan(60);
  });
});

/** A landing bucket in which something happens between a listing and the reading of an object. */
class RestlessLanding extends CloudStorageBucket {
  constructor(
    { storage, configuration }: Cloud,
    private readonly afterListing: () => Promise<void>,
    private readonly beforeReading: (name: string) => Promise<void>,
  ) {
    super(storage, configuration.landingBucket);
  }

  override async *list() {
    yield* super.list();
    await this.afterListing();
  }

  override async *read(object: LandingObject) {
    await this.beforeReading(object.name);
    yield* super.read(object);
  }
}

function line(user: number): string {
  const change = {
    mpId: user,
    audience_id: 'a',
    membership_action: 'add',
    timestamp: 1_600_000_000,
  };
  return `${JSON.stringify(change)}\n`;
}
