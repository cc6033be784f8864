import { applyScript, purgeScript } from '../../../runtime/warehouse/scheduled-scripts';
import { bigQueryDialect, type DatasetNames } from '../../../runtime/warehouse/dialect';
import { createBigQueryTable } from '../../../runtime/warehouse/schema';
import { TABLE_NAMES, TABLES, VIEW_NAMES } from '../../../runtime/warehouse/tables';
import { VIEWS } from '../../../runtime/warehouse/views';
import { write, type CommandIo } from '../output/command-io';

export const SQL_TEXTS = ['apply', 'purge', 'views', 'schema'] as const;
export type SqlText = (typeof SQL_TEXTS)[number];

/** Placeholders for the names of a workspace. */
const EXAMPLE_NAMES: DatasetNames = {
  projectId: 'my-project',
  coreDataset: 'audience_import_core',
  publishedDataset: 'audience_import_published',
};

/** Prints the SQL that a plan would show, with placeholders for the names. */
export async function writeSql(text: SqlText, io: CommandIo): Promise<void> {
  await write(io.stdout, sqlText(text, EXAMPLE_NAMES));
}

export function sqlText(text: SqlText, names: DatasetNames): string {
  const sql = bigQueryDialect(names);
  switch (text) {
    case 'apply':
      return applyScript(names);
    case 'purge':
      return purgeScript(names);
    case 'views':
      return VIEW_NAMES.map(
        (name) => `CREATE VIEW ${sql.view(name)} AS ${VIEWS[name].select(sql)};\n`,
      ).join('\n');
    case 'schema':
      return TABLE_NAMES.map(
        (name) => `${createBigQueryTable(sql.table(name), TABLES[name])};\n`,
      ).join('\n');
  }
}
