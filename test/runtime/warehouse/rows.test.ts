import fc from 'fast-check';

import { formatTimestamp } from '../../../runtime/fields/timestamp';
import { stagedChanges } from '../../../runtime/warehouse/rows';

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const hostile = fc.oneof(text, fc.constantFrom('"', '\\', '\u2028', '\n', '{"a":1}', '</script>'));
const micros = fc.integer({ min: 0, max: 8_999_999_999_999_999 });

const change = fc.record({
  mpId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  audienceId: hostile,
  action: fc.constantFrom('add' as const, 'delete' as const),
  changedAt: micros,
  sequence: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  identities: fc.array(fc.record({ type: text, value: hostile }), { maxLength: 5 }),
  source: fc.record({ object: hostile, generation: text, line: fc.integer({ min: 1 }) }),
});

test('A row is what JSON.stringify would write, whatever text it holds', () => {
  const named = fc.oneof(
    change,
    fc.tuple(change, hostile).map(([c, audienceName]) => ({ ...c, audienceName })),
  );
  fc.assert(
    fc.property(fc.array(named, { maxLength: 5 }), micros, (changes, deliveredAt) => {
      const expected = changes.map((c) =>
        JSON.stringify({
          mp_id: c.mpId,
          audience_id: c.audienceId,
          is_member: c.action === 'add',
          changed_at: formatTimestamp(c.changedAt),
          sequence: String(c.sequence),
          audience_name: 'audienceName' in c ? c.audienceName : null,
          identities: c.identities,
          source_object: c.source.object,
          source_generation: c.source.generation,
          source_line: c.source.line,
          delivered_at: formatTimestamp(deliveredAt),
        }),
      );
      expect(stagedChanges(changes, deliveredAt)).toBe(expected.map((row) => `${row}\n`).join(''));
    }),
  );
});
