import fc from 'fast-check';

import { literal, withinBytes } from '../../../lib/workspace/terraform-text';

test.each([
  ['plain $ and % text', 'plain $ and % text'],
  ['${a} %{b}', '$${a} %%{b}'],
])('%s is written so that Terraform reads it as it is', (text, written) => {
  expect(literal(text)).toBe(written);
});

test('a text is cut between characters, at the last one that fits', () => {
  expect(withinBytes('日本', 5)).toBe('日');
  expect(withinBytes('a😀b', 4)).toBe('a');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytes) => {
      const cut = withinBytes(text, bytes);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
      const [next = ''] = text.slice(cut.length);
      expect(cut === text || Buffer.byteLength(cut + next) > bytes).toBe(true);
    }),
  );
});
