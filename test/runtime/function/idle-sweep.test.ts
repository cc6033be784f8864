import { FakeCloudStorage } from '../../support/clouds/fake-cloud-storage';
import { FunctionWorld } from '../../support/clouds/function-world';
import { IDLE_SWEEP } from '../../../docs/tools/quiet-month';

test('a sweep that finds nothing asks for what the cost of a quiet month counts', async () => {
  const storage = await FakeCloudStorage.start();
  const world = await new FunctionWorld().start({
    landing: storage.bucket('landing'),
    staging: storage.bucket('staging'),
  });
  // The first one begins the record of the traffic.
  await world.answer('POST', '/');
  storage.requests.length = 0;
  expect(await world.answer('POST', '/')).toMatchObject({ http: 200, stopped: 'idle' });
  const listings = storage.requests.filter((request) => request.startsWith('list '));
  const reads = storage.requests.filter((request) => /^(?:describe|read) /.test(request));
  expect({ listings: listings.length, reads: reads.length }).toEqual(IDLE_SWEEP);
  expect(storage.requests).toHaveLength(IDLE_SWEEP.listings + IDLE_SWEEP.reads);
  await world.close();
  await storage.close();
});
