import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import { normalizeFile } from '../../../../lib/cli/commands/normalize';
import { record } from '../../../support/data/normalized';

interface Printed {
  readonly rejected: number;
  readonly stdout: string;
  readonly stderr: string;
}

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'normalize-test-'));
});
afterEach(() => {
  rmSync(place, { recursive: true });
});

async function printed(bytes: Buffer, from: 'file' | 'standard input'): Promise<Printed> {
  const out = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        out[name] += chunk.toString();
        done();
      },
    });
  const io = { stdin: Readable.from([bytes]), stdout: sink('stdout'), stderr: sink('stderr') };
  const file = join(place, 'delivered');
  writeFileSync(file, bytes);
  const argument = from === 'file' ? file : '-';
  const rejected = await normalizeFile(argument, 'object', io);
  return { rejected, ...out };
}

const many = `${Array.from({ length: 5000 }, (_, line) => record({ mpId: line + 1 })).join('\n')}\n`;
const lines = (text: string) => text.split('\n').length - 1;

describe.each(['file', 'standard input'] as const)('From %s', (from) => {
  test('Nothing of a gzip that turns out broken is printed but that', async () => {
    const stream = gzipSync(many);
    const cut = stream.subarray(0, stream.length - 1);
    const corrupt = Buffer.from(stream);
    corrupt.writeUInt32LE(1, stream.length - 8);
    for (const broken of [cut, corrupt]) {
      const { rejected, stdout, stderr } = await printed(broken, from);
      expect({ rejected, stdout }).toEqual({ rejected: 1, stdout: '' });
      expect(stderr).toMatch(/^\{"object":"object","line":\d+,.*"reason":"gzip_broken".*\}\n$/);
    }
  });

  test('A gzip prints what the same plain bytes print, and one rejection for what follows it', async () => {
    const plain = await printed(Buffer.from(many), from);
    expect(await printed(gzipSync(many), from)).toEqual(plain);
    const followed = await printed(Buffer.concat([gzipSync(many), Buffer.from('EOF')]), from);
    expect(followed).toMatchObject({ rejected: 1, stdout: plain.stdout });
    expect(followed.stderr).toContain('gzip_trailing_bytes');
    expect(lines(plain.stdout)).toBe(5000);
  });

  test('The last rejection says for how many it stands, and all of them are counted', async () => {
    const { rejected, stderr } = await printed(Buffer.from('{"mpId":0}\n'.repeat(20_000)), from);
    expect(rejected).toBe(20_000);
    expect(lines(stderr)).toBe(10_001);
    expect(stderr).toContain('"reason":"too_many_rejections","field":null,"records":10000}\n');
  });
});

test('The copy of standard input is removed', async () => {
  const { TMPDIR = '' } = process.env;
  process.env['TMPDIR'] = place;
  try {
    await printed(gzipSync(many), 'standard input');
    expect(readdirSync(place)).toEqual(['delivered']);
  } finally {
    process.env['TMPDIR'] = TMPDIR;
    if (TMPDIR === '') delete process.env['TMPDIR'];
  }
});
