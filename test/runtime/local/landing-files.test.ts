import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDbWarehouse } from '../../../runtime/local/duckdb';
import type { UnreadPath } from '../../../runtime/local/find-files';
import { ingestFiles } from '../../../runtime/local/ingest-files';
import { LocalLanding } from '../../../runtime/local/landing-files';
import type { LandingObject } from '../../../runtime/ingest/stores';
import { record } from '../../support/data/normalized';
import { rowsOf } from '../../support/data/log';

let place: string;
let warehouse: DuckDbWarehouse;
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'landing-files-'));
  warehouse = await DuckDbWarehouse.open(':memory:');
});
afterEach(() => {
  warehouse.close();
  rmSync(place, { recursive: true, force: true });
});

const NOON = Date.UTC(2026, 0, 1, 12) * 1000;
const HOUR = 3_600_000_000;

function file(name: string, content = `${record({ mpId: 1 })}\n`): string {
  const path = join(place, name);
  writeFileSync(path, content);
  return path;
}

async function listed(files: readonly string[], now: number) {
  const unread: UnreadPath[] = [];
  const landing = new LocalLanding(files, warehouse, {
    now: () => now,
    onUnread: (path) => unread.push(path),
  });
  const objects: (LandingObject & { marked: boolean })[] = [];
  for await (const object of landing.list()) objects.push(object);
  for await (const object of landing.list()) expect(objects).toContainEqual(object);
  return { landing, objects, unread };
}

/** A file that is there and cannot be read: as root, no permission keeps one from reading. */
function unreadable(name: string): string {
  const path = join(place, name);
  if (process.getuid?.() === 0) symlinkSync('/proc/self/mem', path);
  else chmodSync(file(name), 0o000);
  return path;
}
const canMakeUnreadable = process.getuid?.() !== 0 || existsSync('/proc/self/mem');

describe('Arrival', () => {
  test('An object arrives when it is first seen, whenever its file was written', async () => {
    const path = file('a.jsonl');
    utimesSync(path, new Date('2001-01-01'), new Date('2001-01-01'));
    const [object] = (await listed([path], NOON)).objects;
    expect(object?.createdAt).toBe(NOON);
  });

  test('It keeps its arrival when its file is touched, moved or copied, and gets another one with its content', async () => {
    const path = file('a.jsonl');
    await listed([path], NOON);
    utimesSync(path, new Date('2030-01-01'), new Date('2030-01-01'));
    mkdirSync(join(place, 'copy'));
    cpSync(path, join(place, 'copy/a.jsonl'));
    const again = await listed([path, join(place, 'copy/a.jsonl')], NOON + HOUR);
    expect(again.objects.map(({ createdAt }) => createdAt)).toEqual([NOON]);
    file('a.jsonl', 'other content');
    const changed = await listed([path], NOON + 2 * HOUR);
    expect(changed.objects.map(({ createdAt }) => createdAt)).toEqual([NOON + 2 * HOUR]);
  });

  test('A change is judged by the arrival: an old file does not make it a change of the future', async () => {
    const path = file('a.jsonl', `${record({ mpId: 1, timestamp: '2026-01-01T11:00:00Z' })}\n`);
    utimesSync(path, new Date('2025-12-01'), new Date('2025-12-01'));
    await ingestFiles(warehouse, [path], {
      stagingDirectory: join(place, 'staging'),
      now: () => NOON,
    });
    expect(
      await rowsOf(warehouse, 'SELECT epoch_us(delivered_at) AS at FROM core.membership_changes'),
    ).toEqual([{ at: NOON }]);
  });
});

test('A second copy of an object is not listed: it is neither new nor ingested before', async () => {
  mkdirSync(join(place, 'copy'));
  const files = [file('a.jsonl'), file('copy/a.jsonl'), file('b.jsonl')];
  const { objects } = await listed(files, NOON);
  expect(objects.map(({ name, marked }) => [name, marked])).toEqual([
    ['a.jsonl', false],
    ['b.jsonl', false],
  ]);
});

(canMakeUnreadable ? describe : describe.skip)('A file that cannot be read', () => {
  test('It is named once, and the others are listed', async () => {
    const files = [file('a.jsonl'), unreadable('b.jsonl'), file('c.jsonl')];
    const { objects, unread } = await listed(files, NOON);
    expect(objects.map(({ name }) => name)).toEqual(['a.jsonl', 'c.jsonl']);
    expect(unread).toEqual([
      { path: files[1], reason: expect.stringMatching(/read it$/) as unknown },
    ]);
  });

  test('The others are ingested', async () => {
    const unread: UnreadPath[] = [];
    const report = await ingestFiles(warehouse, [unreadable('a.jsonl'), file('b.jsonl')], {
      stagingDirectory: join(place, 'staging'),
      onUnread: (path) => unread.push(path),
    });
    expect(report).toMatchObject({ objects: 1, adds: 1 });
    expect(unread).toHaveLength(1);
  });
});
