import { readExactInteger, readNumberText } from '../../../runtime/fields/exact-json';

describe('a JSON integer beyond 2^53', () => {
  const exact = (text: string, path: [string] | [string, string] = ['mpId']) => {
    let value: unknown = JSON.parse(text);
    for (const key of path) value = (value as Record<string, unknown>)[key];
    return readExactInteger(text, path, value as number);
  };

  test.each([
    ['{"mpId":-1327484737295091692}', '-1327484737295091692'],
    ['{"mpId" : 9080350317581165003 }', '9080350317581165003'],
    [
      '{"note":"\\"mpId\\": 1111111111111111111,","mpId":9080350317581165003}',
      '9080350317581165003',
    ],
    ['{"nested":{"mpId":1111111111111111111},"mpId":9080350317581165003}', '9080350317581165003'],
    ['{"mpId":1111111111111111111,"\\u006dpId":2222222222222222222}', '2222222222222222222'],
    ['{"mpId":1111111111111111111,"mpId":2222222222222222222}', '2222222222222222222'],
  ])('%s keeps its digits', (text, digits) => {
    expect(exact(text)).toBe(digits);
  });

  test('keeps its digits in a nested object', () => {
    expect(
      exact('{"IdentityValues":{"mpid":-1327484737295091692}}', ['IdentityValues', 'mpid']),
    ).toBe('-1327484737295091692');
  });

  test.each(['{"mpId":1e20}', '{"mpId":9007199254740993.0}', '{"mpId":90071992547409931e1}'])(
    '%s has no exact digits',
    (text) => {
      expect(exact(text)).toBeUndefined();
    },
  );
});

test('A fraction keeps the digits that the text has', () => {
  const text = '{"note":"\\"timestamp\\":1","timestamp":1763596800.123456999999}';
  const { timestamp } = JSON.parse(text) as { timestamp: number };
  expect(readNumberText(text, ['timestamp'], timestamp)).toBe('1763596800.123456999999');
});

test('A number under a key that is repeated is the last one, as JSON.parse has it', () => {
  const text = '{"timestamp":1763596800.1,"timestamp":1763596800.123456999999}';
  const { timestamp } = JSON.parse(text) as { timestamp: number };
  expect(readNumberText(text, ['timestamp'], timestamp)).toBe('1763596800.123456999999');
});
