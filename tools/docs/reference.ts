import { TypeKind } from '@fivetrandevelopers/zetasql';

import { InvalidPropsError } from '../../lib';
import { validateProps } from '../../lib/validation';
import {
  ENDING_REASONS,
  REJECTION_REASONS,
  TABLE_NAMES,
  TABLES,
  VIEW_NAMES,
  VIEWS,
  type Column,
  type RejectionReason,
  type Table,
} from '../../runtime';
import { GoogleSqlAnalyzer, standaloneDialect } from '../../test/support/google-sql-analyzer';
import { synthesizedTexts } from '../examples';
import { allowedByProp } from './allowed';
import { Declarations, type Declared } from './declarations';
import { code, table } from './markdown';

/** The reference: all that the package declares, from where it is declared. */
export async function reference(): Promise<string> {
  const declarations = new Declarations();
  return `# Reference

Generated from the sources by \`npm run docs\`.

${[
  props(declarations),
  errors(),
  outputs(),
  fields(declarations),
  schedule(declarations),
  functions(declarations),
  tables(),
  await views(),
  reasons(),
].join('\n\n')}
`;
}

function props(declarations: Declarations): string {
  const rows = declarations
    .interfaceMembers('AudienceImportProps')
    .map(({ name, type, optional, text, fallback = '' }) => [
      code(name),
      code(type.replace(/^readonly /, '')),
      optional ? defaultText(fallback) : 'required',
      text,
    ]);
  return `## Props

${declarations.textOf('AudienceImportProps')}

${table(['prop', 'type', 'default', ''], rows)}`;
}

/** \`- words\` say what happens instead; anything else is a value. */
function defaultText(fallback: string): string {
  return fallback.startsWith('- ') ? fallback.slice(2) : code(fallback);
}

function errors(): string {
  const rows = allowedByProp().map(([prop, allowed]) => [code(prop), allowed.join('<br>')]);
  return `## Errors

The constructor throws \`InvalidPropsError\`: one message with every fault, and the same faults as the list
\`faults\`. A fault names the place, what was given and what is allowed:

\`\`\`
${exampleError()}
\`\`\`

Where a value may be a token, tokens are not checked. Props that are sound alone may still contradict each other;
such a fault has the same form.

${table(['prop', 'allowed'], rows)}`;
}

function exampleError(): string {
  const wrong = {
    ...{ workspace: '', projectId: 'ads-imports', projectNumber: '123456789012', location: 'mars' },
    ...{ readers: ['allUsers'], landingRetentionDays: 0 },
  };
  try {
    validateProps('acme/audiences', wrong);
  } catch (error) {
    if (error instanceof InvalidPropsError) return error.message;
  }
  throw new Error('the example of faulty props has no faults');
}

function outputs(): string {
  const texts = synthesizedTexts('single-workspace');
  const stack = JSON.parse(texts.get('acme') ?? '') as {
    '//': { outputs: { acme: { audiences: Record<string, string> } } };
    output: Record<string, { description: string }>;
  };
  const rows = Object.entries(stack['//'].outputs.acme.audiences).map(([id, logicalId]) => [
    code(id),
    stack.output[logicalId]?.description ?? '',
  ]);
  return `## Outputs

Their names in a stack begin with the path of the construct.

${table(['output', ''], rows)}`;
}

/** Every resource is a field of a part of the construct, for what the props do not offer. */
function fields(declarations: Declarations): string {
  const rows = declarations
    .classFields('AudienceImport')
    .flatMap((part) => (part.className ? partFields(declarations, part) : [part]))
    .map(({ name, type, text }) => [code(name), code(type), text]);
  return `## Fields

${declarations.textOf('AudienceImport')}

${table(['field', 'type', ''], rows)}`;
}

function partFields(declarations: Declarations, part: Declared): Declared[] {
  return declarations
    .classFields(part.className ?? '')
    .map((field) => ({ ...field, name: `${part.name}.${field.name}` }));
}

function schedule(declarations: Declarations): string {
  return `## Schedule

${declarations.textOf('Schedule')}

${callables(declarations.classMethods('Schedule'))}`;
}

function functions(declarations: Declarations): string {
  const rows = declarations
    .interfaceMembers('Inventory')
    .map(({ name, text }) => [code(`Inventory.${name}`), text]);
  return `## Inventory

${callables(['inventoryOf', 'renderInventory'].map((name) => declarations.function(name)))}

${table(['field', ''], rows)}`;
}

function callables(declared: readonly Declared[]): string {
  const rows = declared.map(({ name, type, text }) => [code(`${name}${type}`), text]);
  return table(['signature', ''], rows);
}

function tables(): string {
  const sections = TABLE_NAMES.map((name) => {
    const { description, columns, hourlyPartitionColumn, clusteringColumns }: Table = TABLES[name];
    const layout = [
      hourlyPartitionColumn ? `Partitioned by the hour of \`${hourlyPartitionColumn}\`.` : '',
      clusteringColumns ? `Clustered by ${clusteringColumns.map(code).join(', ')}.` : '',
    ].filter((part) => part !== '');
    return `### ${name}

${[description, ...layout].join(' ')}

${table(
  ['column', 'type', 'mode', ''],
  columns.flatMap((column) => columnRows(column)),
)}`;
  });
  return `## Tables

In the core dataset, which is private.

${sections.join('\n\n')}`;
}

function columnRows(column: Column, parent = ''): string[][] {
  const name = `${parent}${column.name}`;
  return [
    [code(name), column.type, column.mode, column.description],
    ...(column.fields ?? []).flatMap((field) => columnRows(field, `${name}.`)),
  ];
}

async function views(): Promise<string> {
  const analyzer = await GoogleSqlAnalyzer.start();
  try {
    const sections: string[] = [];
    for (const name of VIEW_NAMES) {
      const columns = await analyzer.outputColumns(VIEWS[name].select(standaloneDialect));
      const rows = columns.map((column) => [code(column.name), code(typeName(column.type))]);
      sections.push(
        `### ${name}\n\n${VIEWS[name].description}\n\n${table(['column', 'type'], rows)}`,
      );
    }
    return `## Views

In the published dataset, for readers. Types are those of Google's SQL front end.

${sections.join('\n\n')}`;
  } finally {
    GoogleSqlAnalyzer.stop();
  }
}

type SqlType = Awaited<ReturnType<GoogleSqlAnalyzer['outputColumns']>>[number]['type'];

function typeName(type: SqlType): string {
  const element = type.arrayType?.elementType;
  if (element) return `ARRAY<${typeName(element)}>`;
  const [name = ''] = Object.entries(TypeKind).find(([, kind]) => kind === type.typeKind) ?? [];
  return name.replace('TYPE_', '');
}

function reasons(): string {
  const codes = Object.entries(REJECTION_REASONS) as [RejectionReason, string][];
  const rows = codes.map(([reason, meaning]) => [
    code(reason),
    meaning,
    ENDING_REASONS.has(reason) ? 'the rest of the object' : 'the line',
  ]);
  return `## Reason codes

Of \`rejected_changes.reason\`. The list is closed.

${table(['code', 'meaning', 'what was rejected'], rows)}`;
}
