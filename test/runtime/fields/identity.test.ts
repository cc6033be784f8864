import { createHash } from 'node:crypto';

import { parseIdentity } from '../../../runtime/fields/identity';

describe('an additional identity', () => {
  const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

  test.each([
    ['jo@example.com', sha256('jo@example.com')],
    ['  Jo@Example.COM ', sha256('jo@example.com')],
    ['J.o@example.com', sha256('j.o@example.com')],
    ['zoe\u0308@example.com', sha256('zo\u00eb@example.com')],
    [sha256('jo@example.com').toUpperCase(), sha256('jo@example.com')],
  ])('e-mail %j is stored as a hash', (value, hash) => {
    expect(parseIdentity('email', value)).toEqual({ type: 'email_sha256', value: hash });
  });

  test.each<unknown>([
    'n/a',
    '@',
    'jo@',
    '@example.com',
    '   ',
    {},
    true,
    '\ud800@example.com',
    'jo\0@example.com',
    'x'.repeat(2000),
  ])('e-mail %j is unusable', (value) => {
    expect(parseIdentity('email', value)).toBeUndefined();
  });

  test('another type is kept as it is, trimmed', () => {
    expect(parseIdentity('customer_id', ' C-1 ')).toEqual({
      type: 'customer_id',
      value: 'C-1',
    });
    expect(parseIdentity('customer_id', 17)).toEqual({ type: 'customer_id', value: '17' });
  });

  test.each(['C-\u200b1', '\uff23-1', 'C\u00ad1', 'C\u00a01'])(
    'A customer id that looks like another is unusable: %j',
    (value) => {
      expect(parseIdentity('customer_id', value)).toBeUndefined();
    },
  );

  test('The two ways of writing a letter with an accent are one customer id', () => {
    expect(parseIdentity('customer_id', 'e\u0301')).toEqual(parseIdentity('customer_id', '\u00e9'));
  });
});
