/** Where a number stands in a JSON object: its key, or two keys. */
export type JsonPath = readonly [string] | readonly [string, string];

/**
 * The exact digits of an integer in a JSON text.
 *
 * JSON numbers beyond 2^53 lose digits in `JSON.parse`, and mParticle IDs are 64-bit. The text still has them.
 *
 * In text that `JSON.parse` accepted, an unescaped `"key"` followed by a colon can only be a key. Its raw
 * digits are taken if it stands there exactly once and they read as the parsed number; everything else
 * (repeated, escaped or nested keys of the same name) goes the slow way, which quotes every long integer
 * outside strings and parses again.
 *
 * @param parsed what `JSON.parse` made of it.
 * @returns the exact decimal digits, or `undefined` where the number is not written as an integer.
 * @example readExactInteger('{"mpId":9080350317581165003}', ['mpId'], 9080350317581165000) // '9080350317581165003'
 */
export function readExactInteger(text: string, path: JsonPath, parsed: number): string | undefined {
  if (Number.isSafeInteger(parsed)) return String(parsed);
  const key = path[path.length - 1] ?? '';
  const matches = [...text.matchAll(keyPattern(key))];
  const [only] = matches;
  const raw = only?.[1];
  if (matches.length === 1 && raw !== undefined && Number(raw) === parsed) {
    return isInteger(raw) ? raw : undefined;
  }
  return reparsedInteger(text, path);
}

function reparsedInteger(text: string, path: readonly string[]): string | undefined {
  let value: unknown = JSON.parse(text.replace(STRINGS_AND_NUMBERS, quoteLongIntegers));
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' && isInteger(value) ? value : undefined;
}

const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Integers of 16 digits and more may be unsafe; shorter ones never are. */
function quoteLongIntegers(token: string): string {
  return token.length >= 16 && isInteger(token) ? `"${token}"` : token;
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

const patterns = new Map<string, RegExp>();

function keyPattern(key: string): RegExp {
  let pattern = patterns.get(key);
  if (!pattern) {
    pattern = new RegExp(`"${key}"\\s*:\\s*(-?[0-9.eE+-]+)?`, 'g');
    patterns.set(key, pattern);
  }
  return pattern;
}
