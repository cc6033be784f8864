import fc from 'fast-check';

import { DEFAULTS } from '../../lib/audience-import-props';
import { InvalidPropsError, validateProps } from '../../lib/validation';
import { PROPS } from '../support/stacks';

const names = [
  ...Object.keys(PROPS),
  ...Object.keys(DEFAULTS),
  'region',
  'readers',
  'kmsKeyName',
  'accessLogBucket',
  'labels',
  'noSuchProp',
];

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('${x}', "'; DROP", '"', '\\', '\n', '\u202e', '\u0000', '%{if}', '𝒶', '../', '-'),
  fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
);

test('whatever a prop is given is accepted, or reported in one printable text', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), hostile, (name, value) => {
      const props = { ...PROPS, [name]: value };
      try {
        validateProps('stack/acme', props);
      } catch (error) {
        if (!(error instanceof InvalidPropsError)) throw error;
        expect(error.message).toMatch(
          /^AudienceImport "stack\/acme" has \d+ invalid props?:\n {2}- /,
        );
        expect(error.message.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
        expect(error.message.length).toBeLessThan(2_000 * error.faults.length);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('faults of single props do not hide contradictions between others', () => {
  const faults = () => {
    validateProps('stack/acme', { ...PROPS, projectNumber: 'x', region: 'us-east1' });
  };
  expect(faults).toThrow(
    /has 2 invalid props:\n.*projectNumber.*\n.*region inside the location EU/,
  );
});

test('a contradiction is not reported of a prop that is at fault by itself', () => {
  const faults = () => {
    validateProps('stack/acme', { ...PROPS, location: 'mars', region: 'us-east1' });
  };
  expect(faults).toThrow(/has 1 invalid prop:/);
});
