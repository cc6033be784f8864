/** Where a number stands in a JSON object: its key, or two keys. */
export type JsonPath = readonly [string] | readonly [string, string];

/**
 * A number as a JSON text writes it.
 *
 * `JSON.parse` rounds integers beyond 2^53 and fractions, and mParticle IDs are 64-bit. The text still has the
 * digits. In text that `JSON.parse` accepted, an unescaped `"key"` followed by a colon can only be a key. What
 * follows is taken if the key stands there exactly once and it reads as the parsed number; everything else
 * (repeated, escaped or nested keys of the same name) goes the slow way, which quotes every number outside
 * strings and parses again.
 *
 * @param parsed what `JSON.parse` made of it.
 * @example readNumberText('{"mpId":9080350317581165003}', ['mpId'], 9080350317581165000) // '9080350317581165003'
 */
export function readNumberText(text: string, path: JsonPath, parsed: number): string {
  const matches = [...text.matchAll(keyPattern(path[path.length - 1] ?? ''))];
  const raw = matches[0]?.[1];
  if (matches.length === 1 && raw !== undefined && Number(raw) === parsed) return raw;
  return reparsedNumber(text, path) ?? String(parsed);
}

/**
 * The exact digits of an integer in a JSON text; `undefined` where a number is not written as an integer, and
 * too large to be exact.
 *
 * @param parsed what `JSON.parse` made of it.
 * @example readExactInteger('{"mpId":1e20}', ['mpId'], 1e20) // undefined
 */
export function readExactInteger(text: string, path: JsonPath, parsed: number): string | undefined {
  if (Number.isSafeInteger(parsed)) return String(parsed);
  const raw = readNumberText(text, path, parsed);
  return /^-?\d+$/.test(raw) ? raw : undefined;
}

function reparsedNumber(text: string, path: JsonPath): string | undefined {
  let value: unknown = JSON.parse(
    text.replace(STRINGS_AND_NUMBERS, (token) => (token.startsWith('"') ? token : `"${token}"`)),
  );
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? value : undefined;
}

const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const patterns = new Map<string, RegExp>();

function keyPattern(key: string): RegExp {
  let pattern = patterns.get(key);
  if (!pattern) {
    pattern = new RegExp(`"${key}"\\s*:\\s*(-?[0-9.eE+-]+)?`, 'g');
    patterns.set(key, pattern);
  }
  return pattern;
}
