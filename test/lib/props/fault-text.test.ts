import { Token } from 'cdktf';

import { faultText, type PropsFault } from '../../../lib/props/fault-text';

const shown = (got: unknown) =>
  /: got (.*); allowed: x$/.exec(
    faultText({ code: 'value_not_allowed', prop: 'p', got, allowed: 'x' }),
  )?.[1];

test.each<[unknown, string]>([
  [undefined, 'nothing'],
  [null, 'null'],
  ['a"b', '"a\\"b"'],
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [10n, 'a bigint'],
  [() => 1, 'a function'],
  [{ a: [1] }, '{"a":[1]}'],
  [Token.asString({ resolve: () => 'x' }), 'a token'],
  [Token.asNumber({ resolve: () => 1 }), 'a token'],
  ['line\nbreak', '"line\\nbreak"'],
  ['\u202e\u0007', '"\\u202e\\u0007"'],
])('A given %p is shown as %s', (got, text) => {
  expect(shown(got)).toBe(text);
});

test('A value that holds itself is shown by its type', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(shown(circle)).toBe('a object');
});

test('A long value is cut', () => {
  expect(shown('x'.repeat(1_000))).toBe(`"${'x'.repeat(79)}…`);
});

test.each<[PropsFault, string]>([
  [
    { code: 'value_not_allowed', prop: 'readers.0', got: 'allUsers', allowed: 'an IAM member' },
    'readers.0: got "allUsers"; allowed: an IAM member',
  ],
  [
    { code: 'value_not_allowed', prop: 'location', got: 'eu', allowed: 'EU', hint: 'why not?' },
    'location: got "eu"; allowed: EU; why not?',
  ],
  [
    {
      code: 'unknown_prop',
      prop: 'extr',
      got: 1,
      allowed: 'extra, other',
      hint: 'did you mean extra?',
    },
    'extr: no such prop; did you mean extra?',
  ],
  [
    { code: 'unknown_prop', prop: 'extra', got: 1, allowed: 'workspace, projectId' },
    'extra: no such prop; allowed: workspace, projectId',
  ],
  [
    {
      code: 'kept_too_long',
      prop: 'erasure of log',
      got: 171,
      allowed: 'at most 168 h after a delete was delivered',
      lines: [
        {
          name: 'until ingested',
          hours: 25,
          reason: '',
          settings: ['oldestWaitingMinutes', 'sweepIntervalMinutes'],
        },
        { name: 'logRetentionHours', hours: 98, reason: '', settings: ['logRetentionHours'] },
        { name: 'time travel', hours: 48, reason: '', settings: ['timeTravelHours'] },
      ],
      settings: [
        { name: 'oldestWaitingMinutes', got: 1440, atMost: 295 },
        { name: 'sweepIntervalMinutes', got: 5 },
        { name: 'logRetentionHours', got: 98, atMost: 46 },
      ],
    },
    [
      'erasure of log: got 171 h; allowed: at most 168 h after a delete was delivered',
      '         25 h  until ingested: alertThresholds.oldestWaitingMinutes 1440 (at most 295), sweepEveryMinutes 5 (lowering it is not enough)',
      '         98 h  logRetentionHours 98 (at most 46)',
      '         48 h  time travel',
      '        171 h  in all',
    ].join('\n'),
  ],
])('A fault is one sentence, and a sum has a line for each step', (fault, text) => {
  expect(faultText(fault)).toBe(text);
});
