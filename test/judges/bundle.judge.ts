import type { Cloud } from './harness/cloud';
import { deliver } from './harness/deliveries';
import { DeployedBundle } from './harness/deployed-bundle';
import { EmulatedWarehouse } from './harness/emulated-warehouse';
import { judges } from './harness/judges';

/** A delivered object of some size is read in many pieces. */
const LINES = 20_000;

/** When a process is ended: once a request like this has been carried out, before its answer is heard. */
const MOMENTS = [
  ['its manifest is there', 'storage', /^POST .*name=manifest\.json.* 200$/],
  ['its rows are staged', 'storage', /^PUT .*staged.*changes.* 200$/],
  ['its first load is done', 'bigquery', /^POST .*\/jobs\?\S* 200$/],
  ['its objects begin to be marked', 'storage', /^PATCH .* 200$/],
  ['its manifest is removed', 'storage', /^DELETE .*manifest\.json.* 200$/],
] as const satisfies readonly (readonly [string, keyof Cloud['services'], RegExp])[];

judges('the built bundle, under the functions framework', (judge, cloud) => {
  judge('writes one entry for each request, and nothing else', async () => {
    const bundle = await DeployedBundle.start(cloud());
    await deliver(cloud(), 'large.jsonl', linesOf('large', LINES));
    const { status, entry } = await bundle.tick();
    expect([status, entry.accepted, entry.rejected]).toEqual([200, LINES, 0]);
    expect(await changesOf('large')).toEqual({ changes: String(LINES), users: String(LINES) });
    expect(await bundle.health()).toMatchObject({ status: 200, entry: { waitingObjects: 0 } });
    const written = bundle.output.split('\n').filter((line) => line.startsWith('{'));
    const events = written.map((line) => (JSON.parse(line) as { event?: string }).event ?? line);
    expect(events.filter((event) => event !== 'health')).toEqual(['sweep']);
    await bundle.kill();
  });

  for (const [index, [moment, service, request]] of MOMENTS.entries()) {
    judge(`ended when ${moment}, is followed by one that brings every line in once`, async () => {
      const audience = `audience-${index}`;
      for (let n = 0; n < 3; n += 1) {
        await deliver(cloud(), `${audience}-${n}.jsonl`, linesOf(audience, 1000, n * 1000));
      }
      const ended = await DeployedBundle.start(cloud());
      const hold = cloud().services[service].holdAt(request);
      const unanswered = expect(ended.tick()).rejects.toThrow('fetch failed');
      await hold.reached;
      await ended.kill();
      await unanswered;
      hold.release();
      const next = await DeployedBundle.start(cloud());
      expect(await next.tick()).toMatchObject({ status: 200, entry: { stopped: 'idle' } });
      await next.kill();
      expect(await changesOf(audience)).toEqual({ changes: '3000', users: '3000' });
    });
  }

  async function changesOf(audience: string) {
    const emulator = new EmulatedWarehouse(cloud());
    const [counted] = await emulator.rows(`
SELECT COUNT(*) AS changes, COUNT(DISTINCT mp_id) AS users
FROM ${emulator.dialect.table('membership_changes')}
WHERE audience_id = '${audience}'`);
    return counted;
  }
});

/** Changes of as many users, one each. */
function linesOf(audience: string, users: number, firstUser = 0): string {
  const change = { audience_id: audience, membership_action: 'add', timestamp: 1_600_000_000 };
  return Array.from({ length: users }, (_, n) =>
    JSON.stringify({ mpId: firstUser + n + 1, ...change }),
  ).join('\n');
}
