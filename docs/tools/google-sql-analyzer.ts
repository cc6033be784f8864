import {
  LanguageOptions,
  runServer,
  terminateServer,
  TypeKind,
  ZetaSQLClient,
  type AnalyzeRequest,
} from '@fivetrandevelopers/zetasql';
import { TABLE_NAMES, TABLES, VIEW_NAMES, type Column } from '../../runtime/warehouse/tables';
import { VIEWS } from '../../runtime/warehouse/views';
import type { Dialect } from '../../runtime/warehouse/dialect';
import { bigQueryDialect, type RunParameter } from '../../runtime/warehouse/dialect';
import { freePort } from './free-port';

export const NAMES = {
  projectId: 'my-project',
  coreDataset: 'core',
  publishedDataset: 'published',
};

type Catalog = NonNullable<AnalyzeRequest['simpleCatalog']>;
type CatalogTable = NonNullable<Catalog['table']>[number];
type CatalogType = NonNullable<NonNullable<CatalogTable['column']>[number]['type']>;

/** BigQuery's text with query parameters in the place of script variables, so that it stands alone. */
export const standaloneDialect: Dialect = {
  ...bigQueryDialect(NAMES),
  parameter: (name) => `@${name}`,
};

const PARAMETERS: Record<RunParameter, CatalogType> = {
  v_run_id: { typeKind: TypeKind.TYPE_STRING },
  v_from: { typeKind: TypeKind.TYPE_TIMESTAMP },
  v_to: { typeKind: TypeKind.TYPE_TIMESTAMP },
  v_delta_rows: { typeKind: TypeKind.TYPE_INT64 },
  v_applied_rows: { typeKind: TypeKind.TYPE_INT64 },
  v_purged_rows: { typeKind: TypeKind.TYPE_INT64 },
  v_tombstones_before: { typeKind: TypeKind.TYPE_TIMESTAMP },
  v_log_before: { typeKind: TypeKind.TYPE_TIMESTAMP },
  v_rejects_before: { typeKind: TypeKind.TYPE_TIMESTAMP },
  v_runs_before: { typeKind: TypeKind.TYPE_TIMESTAMP },
};

/** Google's own SQL front end, with a catalogue made from the table schemas. */
export class GoogleSqlAnalyzer {
  private readonly tables: CatalogTable[] = [];

  private constructor(
    private readonly client: ZetaSQLClient,
    private readonly language: LanguageOptions,
  ) {}

  static async start(): Promise<GoogleSqlAnalyzer> {
    const port = await freePort();
    void runServer(port);
    ZetaSQLClient.init(port);
    await ZetaSQLClient.getInstance().testConnection();
    const language = await new LanguageOptions().enableMaximumLanguageFeatures();
    language.options.supportedStatementKinds = [];
    const analyzer = new GoogleSqlAnalyzer(ZetaSQLClient.getInstance(), language);
    await analyzer.fillCatalog();
    return analyzer;
  }

  static stop(): void {
    terminateServer();
  }

  private async fillCatalog(): Promise<void> {
    for (const name of TABLE_NAMES) {
      this.addTable(unquoted(standaloneDialect.table(name)), TABLES[name].columns);
    }
    const state = TABLES.membership_state.columns;
    this.addTable('delta', [
      ...state,
      { name: 'shown_at', type: 'TIMESTAMP', mode: 'NULLABLE', description: 'See createDelta.' },
    ]);
    this.addTable('seen_identities', TABLES.identities.columns);
    this.addTable('members', [state[0]]);
    for (const name of VIEW_NAMES) {
      const column = await this.outputColumns(VIEWS[name].select(standaloneDialect));
      this.tables.push({ name: unquoted(standaloneDialect.view(name)), column });
    }
  }

  private addTable(name: string, columns: readonly Column[]): void {
    this.tables.push({
      name,
      column: columns.map((column) => ({ name: column.name, type: catalogType(column) })),
    });
  }

  /** Resolves one statement. Rejects with the front end's own error and its position. */
  async analyze(sqlStatement: string) {
    return this.client.analyze({
      sqlStatement,
      target: 'sqlStatement',
      simpleCatalog: {
        name: 'catalog',
        table: this.tables,
        builtinFunctionOptions: { languageOptions: this.language.serialize() },
      },
      options: {
        languageOptions: this.language.serialize(),
        errorMessageMode: 'ERROR_MESSAGE_ONE_LINE',
        queryParameters: Object.entries(PARAMETERS).map(([name, type]) => ({ name, type })),
      },
    });
  }

  /** Names and types of the columns of a SELECT. */
  async outputColumns(select: string): Promise<{ name: string; type: CatalogType }[]> {
    const response = await this.analyze(select);
    const columns = response?.resolvedStatement?.resolvedQueryStmtNode?.outputColumnList ?? [];
    return columns.map(({ name, column }) => ({ name, type: column?.type as CatalogType }));
  }

  /** Parses a whole script. Rejects with the front end's own error and its position. */
  async parseScript(sqlStatement: string): Promise<void> {
    await this.client.promisify(
      {
        sqlStatement,
        target: 'sqlStatement' as const,
        allowScript: true,
        options: this.language.serialize(),
      },
      (request, callback) => ZetaSQLClient.API.parse(request, callback),
    );
  }
}

function catalogType(column: Column): CatalogType {
  const scalar: CatalogType =
    column.type === 'RECORD'
      ? {
          typeKind: TypeKind.TYPE_STRUCT,
          structType: {
            field: (column.fields ?? []).map((field) => ({
              fieldName: field.name,
              fieldType: catalogType(field),
            })),
          },
        }
      : { typeKind: SCALAR_KINDS[column.type] };
  return column.mode === 'REPEATED'
    ? { typeKind: TypeKind.TYPE_ARRAY, arrayType: { elementType: scalar } }
    : scalar;
}

const SCALAR_KINDS = {
  STRING: TypeKind.TYPE_STRING,
  INTEGER: TypeKind.TYPE_INT64,
  BOOLEAN: TypeKind.TYPE_BOOL,
  TIMESTAMP: TypeKind.TYPE_TIMESTAMP,
} as const;

function unquoted(reference: string): string {
  return reference.replaceAll('`', '');
}
