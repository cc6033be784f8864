import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import stringWidth from 'string-width';

import { csvLines, csvRow, formatTable, type Row } from '../../../../lib/cli/output/row-format';

async function csvOf(columns: readonly string[], rows: readonly Row[]): Promise<string> {
  return text(
    Readable.from(rows.map((row) => csvRow(columns, row))).compose(csvLines(columns)) as Readable,
  );
}

describe('CSV', () => {
  test.each(['=HYPERLINK("http://x","y")', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])(
    'A text that a spreadsheet would run, such as %j, gets an apostrophe before it',
    async (name) => {
      expect(parse(await csvOf(['name'], [{ name }]))).toEqual([['name'], [`'${name}`]]);
    },
  );

  test('Ids, numbers, times, truth values and nothing are written as they are', async () => {
    const row = {
      mp_id: '-1327484737295091692',
      members: -3,
      at: '2025-11-21T08:01:44.000000Z',
      is_member: false,
      is_late: true,
      name: null,
      identities: [{ type: 'customer_id', value: '7' }],
    };
    expect(await csvOf(Object.keys(row), [row])).toBe(
      'mp_id,members,at,is_member,is_late,name,identities\n' +
        '-1327484737295091692,-3,2025-11-21T08:01:44.000000Z,false,true,,' +
        '"[{""type"":""customer_id"",""value"":""7""}]"\n',
    );
  });

  test('A view without rows has its header', async () => {
    expect(await csvOf(['a', 'b'], [])).toBe('a,b\n');
  });

  test('Whoever reads the CSV finds every text again, and none that begins a formula', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.string({ unit: 'grapheme' }), b: fc.string() })),
        async (rows) => {
          const [, ...read] = parse(await csvOf(['a', 'b'], rows));
          expect(read.map((fields) => fields.map((field) => field.replace(/^'/, '')))).toEqual(
            rows.map(({ a, b }) => [a, b].map((field) => field.replace(/^'/, ''))),
          );
          for (const field of read.flat()) expect(field).toMatch(/^(?![=+@\t\r]|-(?!\d+$))/);
        },
      ),
    );
  });
});

describe('A table', () => {
  const cellOf = (value: string) => formatTable(['name'], [{ name: value }]).split('\n')[2] ?? '';

  test('A cell that is too wide keeps its start and its end', () => {
    expect(cellOf('x'.repeat(48))).toBe('x'.repeat(48));
    expect(cellOf(`${'a'.repeat(40)}${'b'.repeat(40)}`)).toBe(
      `${'a'.repeat(35)}…${'b'.repeat(12)}`,
    );
  });

  test('An emoji, a flag or a letter with an accent at the cut stays whole or is left out', () => {
    for (const character of ['👩‍👩‍👧‍👦', '🇩🇪', '😀', 'e\u0301', '漢']) {
      for (let before = 30; before < 36; before += 1) {
        const cell = cellOf(`${'a'.repeat(before)}${character.repeat(40)}`);
        const rest = cell.replaceAll(character, '').replace(/^a+/, '');
        expect(rest).toBe('…');
        expect(stringWidth(cell)).toBeLessThanOrEqual(48);
      }
    }
  });

  test('No cell of any text is wider than the limit, and none has half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 20, maxLength: 200 }), (name) => {
        const cell = cellOf(name);
        expect(stringWidth(cell)).toBeLessThanOrEqual(48);
        expect(cell.isWellFormed()).toBe(true);
      }),
    );
  });

  test('A control character in a name does not reach the terminal', () => {
    expect(cellOf('a\u001b[2Jb\u202ec')).toBe('a\\u001b[2Jb\\u202ec');
  });
});
