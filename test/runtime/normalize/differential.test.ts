import fc from 'fast-check';

import { normalized } from '../../support/data/normalized';

/**
 * A slow reader of canonical records that never makes a number of an mpId: it walks the JSON text token by
 * token and keeps the text of every number.
 */
function slowRead(text: string): string {
  let at = 0;
  const skip = () => {
    while (/[ \t\r]/.test(text[at] ?? '')) at += 1;
  };
  const fail = (): never => {
    throw new Error('not JSON');
  };
  const value = (): unknown => {
    skip();
    const rest = text.slice(at);
    // eslint-disable-next-line no-control-regex -- JSON forbids control characters in strings.
    const string = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/.exec(rest)?.[0];
    if (string !== undefined) {
      at += string.length;
      return JSON.parse(string);
    }
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(rest)?.[0];
    if (number !== undefined) {
      at += number.length;
      return { number };
    }
    const word = /^(?:true|false|null)/.exec(rest)?.[0];
    if (word !== undefined) {
      at += word.length;
      return JSON.parse(word);
    }
    if (rest.startsWith('[')) return list();
    if (rest.startsWith('{')) return map();
    return fail();
  };
  const list = (): unknown[] => {
    const items: unknown[] = [];
    at += 1;
    skip();
    if (text[at] === ']') at += 1;
    else
      for (;;) {
        items.push(value());
        skip();
        at += 1;
        if (text[at - 1] === ']') break;
        if (text[at - 1] !== ',') fail();
      }
    return items;
  };
  const map = (): Map<string, unknown> => {
    const fields = new Map<string, unknown>();
    at += 1;
    skip();
    if (text[at] === '}') {
      at += 1;
      return fields;
    }
    for (;;) {
      skip();
      const key = text[at] === '"' ? value() : fail();
      skip();
      if (text[at] !== ':') fail();
      at += 1;
      fields.set(key as string, value());
      skip();
      at += 1;
      if (text[at - 1] === '}') return fields;
      if (text[at - 1] !== ',') fail();
    }
  };
  let parsed: unknown;
  try {
    parsed = value();
    skip();
    if (at !== text.length) fail();
  } catch {
    return 'not_json';
  }
  if (!(parsed instanceof Map)) return 'not_object';
  return slowMpId(parsed.get('mpId'));
}

function slowMpId(value: unknown): string {
  if (value === undefined || value === null) return 'mpid_missing';
  let digits: unknown = value;
  if (typeof value === 'object' && 'number' in value) {
    const { number } = value as { number: string };
    const asNumber = Number(number);
    if (/^-?\d+$/.test(number)) digits = number;
    else if (Number.isSafeInteger(asNumber)) digits = String(asNumber);
    else return 'mpid_not_exact';
  }
  if (typeof digits !== 'string') return 'mpid_invalid';
  const trimmed = digits.replaceAll(/^\s+|\s+$/g, '');
  if (trimmed === '') return 'mpid_missing';
  if (!/^-?\d+$/.test(trimmed)) return 'mpid_invalid';
  const id = BigInt(trimmed);
  if (id === 0n) return 'mpid_zero';
  if (/^-?0/.test(trimmed)) return 'mpid_leading_zeros';
  return BigInt.asIntN(64, id) === id ? id.toString() : 'mpid_out_of_range';
}

const digits = fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String);
const idText = fc.oneof(
  digits,
  digits.map((d) => JSON.stringify(d)),
  digits.map((d) => `${d}.0`),
  digits.map((d) => `${d}e1`),
  fc.constantFrom(
    '-0',
    '0',
    '012',
    '+1',
    '" 12"',
    '"12\\u00a0"',
    '"012"',
    '"-0"',
    '"12\\u200b"',
    '"１２"',
    '"  "',
    '""',
    'null',
    'true',
    '[]',
    '{}',
    '1e2',
    '1.5',
  ),
);
const key = fc.constantFrom('"mpId"', '"\\u006dpId"', '"mpid"', '"x"', '"mpId "', '"\\"mpId"');
const noise = fc.oneof(
  idText,
  fc.constant('"\\"mpId\\": 1234567890123456789,"'),
  fc.tuple(key, idText).map(([k, v]) => `{${k}:${v}}`),
);
const space = fc.constantFrom('', ' ', '  ', '\t');
const member = fc.tuple(key, space, space, noise).map(([k, a, b, v]) => `${k}${a}:${b}${v}`);
const line = fc.oneof(
  fc.array(member, { minLength: 1, maxLength: 4 }).map((members) => `{${members.join(',')}}`),
  fc.tuple(space, idText).map(([s, v]) => `{"mpId":${s}${v}}`),
);

test('The fast reader agrees with the slow one on adversarial lines', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
      // The first line tells JSON from CSV; the rest of the record makes an mpId the only thing to fail on.
      const rest = ',"audience_id":"a","membership_action":"add","timestamp":1735689600}';
      const records = lines.map((text) => text.replace(/\}$/, rest));
      const result = await normalized(records.join('\n'));
      const outcomes = new Map<number, string>();
      for (const change of result.changes) outcomes.set(change.source.line, change.mpId);
      for (const rejection of result.rejections)
        outcomes.set(rejection.source.line, rejection.reason);
      expect(records.map((_, index) => outcomes.get(index + 1))).toEqual(records.map(slowRead));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) },
  );
});
