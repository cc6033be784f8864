import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

/** The name of every generated object; the format and the audience are read from it. */
export const OBJECT_NAME =
  'Sports-Enthusiasts_10021_2025-11-20_08-15-00_5b0f8a52-6f2d-4a53-9f0e-2f3d8f1f6c11.txt';

/**
 * Writes an object as mParticle delivers it: signed 64-bit ids, a customer id on 30 % of the lines, an e-mail
 * on 50 %, 10 % deletes, and one line in a thousand that is rejected. The same seed gives the same object.
 */
export async function generateObject(file: string, rows: number, seed = 1): Promise<void> {
  const random = generator(seed);
  const output = createWriteStream(file);
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${line(row, random)}\n`;
    if (text.length < 1 << 20) continue;
    if (!output.write(text)) await once(output, 'drain');
    text = '';
  }
  output.end(text);
  await finished(output);
}

/** Writes a directory of small objects, one per audience and batch, as mParticle delivers them to a busy workspace. */
export async function generateObjects(directory: string, objects: number): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (let object = 0; object < objects; object += 1) {
    const guid = `00000000-0000-4000-8000-${String(object).padStart(12, '0')}`;
    const name = `Audience-${object % 50}_${object % 50}_2025-11-20_08-15-00_${guid}.txt`;
    await generateObject(join(directory, name), ROWS_OF_SMALL_OBJECT, object + 1);
  }
}

const ROWS_OF_SMALL_OBJECT = 20;

function line(row: number, random: () => number): string {
  if (row % 1000 === 999) return '{"IsAddRequest":true,"IdentityValues":{"mpid":"","email":"x"';
  const id = BigInt.asIntN(64, (BigInt(random()) << 32n) | BigInt(random()));
  const customer = random() % 10 < 3 ? `"customer_id":"C-${row}",` : '';
  const email = random() % 2 === 0 ? `"email":"user${row}@example${row % 97}.com",` : '';
  const time = 1_763_600_000_000 + row * 7;
  return `{"IsAddRequest":${random() % 10 > 0},"IdentityValues":{${customer}${email}"mpid":"${id}"},"MembershipChangedTimestamp":${time}}`;
}

/** Xorshift: 32 random bits a call. */
function generator(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
