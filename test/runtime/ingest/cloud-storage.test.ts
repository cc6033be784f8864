import { Storage } from '@google-cloud/storage';

import { CloudStorageBucket } from '../../../runtime/ingest/cloud-storage';

test('a listing is read page by page, and of each object no more than is needed', async () => {
  const described = { timeCreated: '2026-01-01T00:00:00.123Z', size: '7' };
  const pages = [
    {
      items: [{ ...described, name: 'a', generation: '1700000000000001' }],
      nextPageToken: 'more',
    },
    // Cloud Storage may answer with a page of nothing, and more after it.
    { nextPageToken: 'still more' },
    {
      items: [
        {
          ...described,
          name: 'b',
          generation: '1700000000000002',
          metadata: { 'audience-import': 'ingested' },
        },
      ],
    },
  ];
  const storage = new Storage({ projectId: 'project' });
  const asked: unknown[] = [];
  // The client's own way to Cloud Storage; what it makes of an answer is the client's.
  jest.spyOn(storage, 'request').mockImplementation((request, callback) => {
    asked.push(request.qs);
    callback(null, pages[asked.length - 1], undefined as never);
  });
  const objects = [];
  for await (const object of new CloudStorageBucket(storage, 'bucket').list()) objects.push(object);
  const createdAt = Date.UTC(2026, 0, 1) * 1000 + 123_000;
  expect(objects).toEqual([
    { name: 'a', generation: '1700000000000001', createdAt, size: 7, marked: false },
    { name: 'b', generation: '1700000000000002', createdAt, size: 7, marked: true },
  ]);
  const fields = 'items(name,generation,timeCreated,size,metadata,customTime),nextPageToken';
  expect(asked).toMatchObject([
    { fields },
    { fields, pageToken: 'more' },
    { fields, pageToken: 'still more' },
  ]);
});
