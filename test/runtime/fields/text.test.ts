import fc from 'fast-check';

import { parseKey, parseText } from '../../../runtime/fields/text';

test.each([
  ['  Lapsed ', 'Lapsed'],
  ['\ufeffÎle', 'Île'],
  ['👩‍👩‍👧', '👩‍👩‍👧'],
  ['x'.repeat(1024), 'x'.repeat(1024)],
])('Text %j is read as %j', (value, text) => {
  expect(parseText(value)).toBe(text);
});

test.each(['', '  ', 'a\0b', 'a\ud800', 'x'.repeat(1025)])('Text %j is unusable', (value) => {
  expect(parseText(value)).toBeUndefined();
});

test.each([
  [' 10', '10'],
  ['10\u00a0', '10'],
  ['a b', 'a b'],
  ['e\u0301', '\u00e9'],
  ['日本', '日本'],
])('Key %j is read as %j', (value, key) => {
  expect(parseKey(value)).toBe(key);
});

test.each([
  '1\u200b0',
  '10\u200d',
  '\uff11\uff10',
  'a\u00a0b',
  'a\u00adb',
  'a\u202eb',
  'a\tb',
  'ﬁne',
  'm²',
])('Key %j is ambiguous, since it looks like another', (value) => {
  expect(parseKey(value)).toEqual({ unusable: 'ambiguous' });
});

test('A key is the same when it is read again, and no two spellings that Unicode calls equal differ', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), (value) => {
      const key = parseKey(value);
      if (typeof key !== 'string') return;
      expect(parseKey(key)).toBe(key);
      expect(parseKey(key.normalize('NFD'))).toBe(key);
      expect(parseKey(` ${key}\t`)).toBe(key);
    }),
  );
});
