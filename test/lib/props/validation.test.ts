import fc from 'fast-check';

import { DEFAULTS } from '../../../lib/props/resolved-props';
import { InvalidPropsError, validateProps } from '../../../lib/props/validation';
import { PROPS } from '../../support/stacks/stacks';

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

describe('the erasure budget', () => {
  const faults = (props: object) => {
    try {
      validateProps('stack/acme', { ...PROPS, ...props });
    } catch (error) {
      return (error as InvalidPropsError).faults;
    }
    return [];
  };

  test('refuses settings that keep a deletion for more than seven days, with the sum line by line', () => {
    expect(faults({ logRetentionHours: 72 })).toEqual([
      'erasure of log: got 171 h; allowed: at most 168 h after a delete was delivered\n' +
        '          2 h  until ingested\n' +
        '         72 h  logRetentionHours\n' +
        '          1 h  rest of the partition\n' +
        '         24 h  until the next purge\n' +
        '         24 h  a missed purge\n' +
        '         48 h  time travel\n' +
        '        171 h  in all',
    ]);
  });

  test.each([
    { landingRetentionDays: 6 },
    { stagedRetentionDays: 6 },
    { parkedRetentionDays: 6 },
    { tombstoneRetentionHours: 72 },
    { rejectionRetentionHours: 70 },
    { alertThresholds: { oldestWaitingMinutes: 720 } },
  ])('refuses %j alone', (props) => {
    expect(faults(props).join('\n')).toMatch(/^erasure of .*at most 168 h/);
  });

  test('is added up from what is given, and told for every place at once', () => {
    expect(faults({ landingRetentionDays: 5, logRetentionHours: 69 })).toEqual([]);
    expect(faults({ landingRetentionDays: 6, logRetentionHours: 70 })).toHaveLength(2);
  });

  test('is not told of props that are at fault by themselves', () => {
    expect(faults({ logRetentionHours: 0, landingRetentionDays: 6 })).toEqual([
      expect.stringMatching(/^logRetentionHours: got 0/),
    ]);
  });
});
