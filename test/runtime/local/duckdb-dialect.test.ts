import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DUCKDB_PRELUDE } from '../../../runtime/local/duckdb-dialect';

test('The documentation says how many macros the prelude has', () => {
  const page = readFileSync(join(__dirname, '../../../docs/warehouse.md'), 'utf8');
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    `a prelude of ${words[DUCKDB_PRELUDE.length] ?? ''} macros`,
  );
});
