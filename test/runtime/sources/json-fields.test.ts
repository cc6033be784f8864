import {
  isJsonObject,
  mayBeJsonLines,
  parseJsonObject,
  readAction,
  readTimestamp,
} from '../../../runtime/sources/json-fields';

test.each([
  ['{"a":1}', { fields: { a: 1 } }],
  ['[]', { reason: 'not_object' }],
  ['null', { reason: 'not_object' }],
  ['{', { reason: 'not_json' }],
  ['{"a":"\0"}', { reason: 'not_text' }],
])('The line %j is read as %j', (line, expected) => {
  expect(parseJsonObject(line)).toEqual(expected);
});

test.each([
  ['\ufeff\ufeff {"a":1}', true],
  ['"{"', false],
  ['{"a":1', false],
])('Whether %j is a JSON object: %s', (line, expected) => {
  expect(isJsonObject(line)).toBe(expected);
});

test.each([
  [' add ', 'add'],
  ['', { reason: 'action_missing', field: 'f' }],
  ['ADD', { reason: 'action_unknown', field: 'f' }],
  [true, { reason: 'action_unknown', field: 'f' }],
])('The action %j is read as %j', (value, expected) => {
  expect(readAction(value, 'f')).toEqual(expected);
});

test('A number that JSON.parse has rounded is read from the text', () => {
  const text = '{"t":1763596800123456789}';
  expect(readTimestamp(1763596800123456800, text, 't', Infinity)).toBe(1763596800123456);
});

test.each<[readonly string[], boolean]>([
  [['{"a":1}', '\0\0\0\0'], true],
  [['{"a":1', 'b'], true],
  [[`{"a":"${'x'.repeat(20)}\0"`], true],
  [['a,b', '1,2'], false],
  [['\0\u0001{\ufffd\ufffd', '\u0002\ufffd}'], false],
  [[], false],
])('Whether %j may be JSON lines: %s', (lines, expected) => {
  expect(mayBeJsonLines(lines)).toBe(expected);
});
