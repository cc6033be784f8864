import { deliver } from './deliveries';
import { DeployedBundle } from './deployed-bundle';
import { EmulatedWarehouse } from './emulated-warehouse';
import { judges } from './judges';

/** A delivered object of some size is read in many pieces. */
const LINES = 20_000;

judges('the built bundle, under the functions framework', (judge, cloud) => {
  let bundle: DeployedBundle;
  beforeAll(async () => {
    bundle = await DeployedBundle.start(cloud());
  });
  afterAll(() => bundle.stop());

  judge(
    'brings in what was delivered, and writes nothing but an entry for each request',
    async () => {
      const change = { audience_id: 'a', membership_action: 'add', timestamp: 1_600_000_000 };
      const lines = Array.from({ length: LINES }, (_, n) =>
        JSON.stringify({ mpId: n + 1, ...change }),
      );
      await deliver(cloud(), 'large.jsonl', lines.join('\n'));
      const { status, entry } = await bundle.tick();
      expect([status, entry['accepted'], entry['rejected']]).toEqual([200, LINES, 0]);
      const emulator = new EmulatedWarehouse(cloud());
      const [counted] = await emulator.rows(`
SELECT COUNT(*) AS changes, COUNT(DISTINCT mp_id) AS users
FROM ${emulator.dialect.table('membership_changes')}`);
      expect(counted).toEqual({ changes: String(LINES), users: String(LINES) });
      expect(await bundle.health()).toMatchObject({ status: 200, entry: { waitingObjects: 0 } });
      const written = bundle.output.split('\n').filter((line) => line.startsWith('{'));
      const events = written.map((line) => (JSON.parse(line) as { event?: string }).event ?? line);
      expect(events.filter((event) => event !== 'health')).toEqual(['sweep']);
    },
  );
});
