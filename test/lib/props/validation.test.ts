import { inspect } from 'node:util';

import fc from 'fast-check';

import { allowedByProp } from '../../../docs/tools/allowed';
import { ERASURE_PROPS } from '../../../lib/props/erasure-props';
import { faultText } from '../../../lib/props/fault-text';
import { DEFAULTS } from '../../../lib/props/resolved-props';
import { Schedule } from '../../../lib/props/schedule';
import { InvalidPropsError, propsFaults, validateProps } from '../../../lib/props/validation';
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

test('Whatever a prop is given is accepted, or reported in one printable text', () => {
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

const faultsOf = (props: object) =>
  propsFaults({ ...PROPS, ...props }).map((fault) => faultText(fault));

test('Faults of single props do not hide contradictions between others', () => {
  expect(faultsOf({ projectNumber: 'x', region: 'us-east1' })).toEqual([
    expect.stringMatching(/^projectNumber: /),
    expect.stringMatching(/^region: .*inside the location EU$/),
  ]);
});

test('A prop that is at fault by itself contradicts nothing', () => {
  expect(faultsOf({ location: 'mars', region: 'us-east1' })).toEqual([
    expect.stringMatching(/^location: /),
  ]);
});

test('Erasure sums are computed from the props, and reported for every place at once', () => {
  const waiting = { alertThresholds: { oldestWaitingMinutes: 720 } };
  const shorter = {
    logRetentionHours: 48,
    rejectionRetentionHours: 48,
    tombstoneRetentionHours: 48,
  };
  expect(faultsOf({ ...waiting, ...shorter })).toEqual([]);
  expect(faultsOf(waiting)).toEqual([
    expect.stringMatching(/^erasure of log: got 176 h; allowed: at most 168 h/),
    expect.stringMatching(/^erasure of rejected-line: got 176 h; allowed: at most 168 h/),
    expect.stringMatching(/^erasure of tombstone: got 175 h; allowed: at most 168 h/),
  ]);
});

test('A refused erasure sum names the prop that was set, and each other one that takes part', () => {
  const [fault] = faultsOf({ alertThresholds: { oldestWaitingMinutes: 1440 } });
  expect(fault).toContain('alertThresholds.oldestWaitingMinutes 1440 (at most 295)');
  expect(fault).toContain('sweepEveryMinutes 5');
  expect(fault).toContain('logRetentionHours 66 (at most 46)');
});

/** Every prop and threshold whose documented values are a range of whole numbers. */
const RANGES = allowedByProp().flatMap(([path, [allowed = '']]) => {
  const [, min, max] = /^a whole number of \w+ from (\d+) to (\d+)/.exec(allowed) ?? [];
  return min === undefined ? [] : [[path, Number(min), Number(max)] as const];
});

test('There are documented ranges', () => {
  const paths = RANGES.map(([path]) => path);
  for (const { path } of Object.values(ERASURE_PROPS)) {
    if (/Retention|Waiting/.test(path)) expect(paths).toContain(path);
  }
  expect(paths.length).toBeGreaterThan(10);
});

test.each(RANGES)(
  '%s is accepted from %i to %i with all other props left out',
  (path, min, max) => {
    const [prop = '', threshold] = path.split('.');
    const given = (value: number) =>
      faultsOf(threshold === undefined ? { [prop]: value } : { [prop]: { [threshold]: value } });
    for (let value = min; value <= Math.min(max, min + 2_000); value += 1) {
      expect([value, given(value)]).toEqual([value, []]);
    }
    expect(given(max)).toEqual([]);
    expect(given(max + 1).join()).toContain(path);
    expect(given(min - 1)).toEqual([expect.stringContaining(`${path}: got ${min - 1}`)]);
  },
);

test('There is no erasure sum of props that are at fault by themselves', () => {
  const alertThresholds = { oldestWaitingMinutes: 1440 };
  expect(faultsOf({ logRetentionHours: 0, alertThresholds })).toEqual([
    expect.stringMatching(/^logRetentionHours: got 0/),
  ]);
});

test.each([undefined, null, 'acme', 7, []])('Props that are %j have one clear fault', (props) => {
  expect(() => {
    validateProps('stack/acme', props as never);
  }).toThrow(/^AudienceImport "stack\/acme" has 1 invalid prop:\n {2}- props: got /);
});

describe('the error', () => {
  const error = errorOf({ location: 'mars', readers: ['allUsers'] });

  test('It holds the faults as data', () => {
    expect(error.faults.map(({ code, prop, got }) => [code, prop, got])).toEqual([
      ['value_not_allowed', 'location', 'mars'],
      ['value_not_allowed', 'readers.0', 'allUsers'],
    ]);
  });

  test('Printing it shows each fault once', () => {
    const printed = inspect(error);
    expect(printed).toMatch(
      /^InvalidPropsError: AudienceImport "stack\/acme" has 2 invalid props:/,
    );
    for (const place of ['location: got', 'readers.0: got', 'value_not_allowed', 'allUsers"']) {
      expect([place, printed.split(place).length - 1]).toEqual([
        place,
        place === 'value_not_allowed' ? 0 : 1,
      ]);
    }
  });

  test('It is recognized from whichever copy of the package it comes', () => {
    const { InvalidPropsError: Other } = secondCopyOf(
      'validation',
    ) as typeof import('../../../lib/props/validation');
    const other = new Other('stack/acme', []);
    expect(other).not.toBeInstanceOf(InvalidPropsError);
    expect(InvalidPropsError.isInvalidPropsError(other)).toBe(true);
    expect(InvalidPropsError.isInvalidPropsError(new Error('other'))).toBe(false);
    expect(InvalidPropsError.isInvalidPropsError(undefined)).toBe(false);
  });
});

test('A schedule of a second copy of the package is accepted', () => {
  const { Schedule: Other } = secondCopyOf(
    'schedule',
  ) as typeof import('../../../lib/props/schedule');
  const mergeSchedule = Other.everyHours(6);
  expect(mergeSchedule).not.toBeInstanceOf(Schedule);
  expect(propsFaults({ ...PROPS, mergeSchedule })).toEqual([]);
});

function errorOf(props: object): InvalidPropsError {
  try {
    validateProps('stack/acme', { ...PROPS, ...props });
  } catch (error) {
    if (error instanceof InvalidPropsError) return error;
    throw error;
  }
  throw new Error('no faults');
}

/** A module of lib/props, as a second copy of the package would load it. */
function secondCopyOf(module: string): unknown {
  let copy: unknown;
  jest.isolateModules(() => {
    copy = jest.requireActual(`../../../lib/props/${module}`);
  });
  return copy;
}
