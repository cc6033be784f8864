import { TypeKind } from '@fivetrandevelopers/zetasql';

import { InvalidPropsError, type AudienceImportProps } from '../../lib';
import { markdownTable } from './markdown-table';
import { CONTRADICTIONS } from '../../lib/props/contradictions';
import { FLEET_ALERTS_PROPS } from '../../lib/props/allowed-values';
import { validateProps } from '../../lib/props/validation';
import { REJECTION_REASONS } from '../../runtime/change';
import {
  TABLE_NAMES,
  TABLES,
  VIEW_NAMES,
  type Column,
  type Table,
} from '../../runtime/warehouse/tables';
import { VIEWS } from '../../runtime/warehouse/views';
import { GoogleSqlAnalyzer, standaloneDialect } from './google-sql-analyzer';
import { PROPS } from './example-props';
import { synthesizedTexts } from './examples';
import { allowedByProp } from './allowed';
import { Declarations, type Declared } from './declarations';
import { code } from './markdown';

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
  return `## Props

${declarations.textOf('AudienceImportProps')}

${membersTable('prop', declarations.interfaceMembers('AudienceImportProps'))}

### AlertThresholds

${declarations.textOf('AlertThresholds')}

${membersTable('threshold', declarations.interfaceMembers('AlertThresholds'))}

### FleetAlerts

${declarations.textOf('FleetAlerts')}

Its props are ${FLEET_ALERTS_PROPS.map(code).join(', ')}: the same as above, for all workspaces. Give the schedules of the
slowest one.`;
}

function membersTable(title: string, members: readonly Declared[]): string {
  const rows = members.map(({ name, type, fallback, text }) => [
    code(name),
    code(type.replace(/^readonly /, '')),
    fallback === undefined ? 'required' : defaultText(fallback),
    text,
  ]);
  return markdownTable([title, 'type', 'default', ''], rows);
}

/** \`- words\` say what happens instead; anything else is a value. */
function defaultText(fallback: string): string {
  return fallback.startsWith('- ') ? fallback.slice(2) : code(fallback);
}

/** Faults of single props. */
const FAULTY: AudienceImportProps = {
  ...PROPS,
  location: 'mars',
  readers: ['allUsers'],
  landingRetentionDays: 0,
};

/** Every contradiction that there is, and too long a retention. */
const CONTRADICTORY: AudienceImportProps = {
  ...PROPS,
  region: 'us-central1',
  buildServiceAccount: 'function-builder@other-project.iam.gserviceaccount.com',
  mergeServiceAccount: 'merge-runner@other-project.iam.gserviceaccount.com',
  ingestServiceAccount: 'imports@ads-imports.iam.gserviceaccount.com',
  invokerServiceAccount: 'imports@ads-imports.iam.gserviceaccount.com',
  readers: ['group:ads@example.com'],
  owners: ['group:ads@example.com'],
  kmsKeyName: 'projects/keys/locations/us/keyRings/ring/cryptoKeys/key',
  accessLogBucket: 'audience-acme-news-landing-7e64b4c6',
  tombstoneRetentionHours: 96,
};

function errors(): string {
  const rows = allowedByProp().map(([prop, allowed]) => [code(prop), allowed.join('<br>')]);
  const contradictory = messageOf(CONTRADICTORY);
  const missing = CONTRADICTIONS.filter(({ prop }) => !contradictory.includes(`- ${prop}:`));
  if (missing.length > 0) {
    throw new Error(`no example of a contradiction of ${missing.map(({ prop }) => prop).join()}`);
  }
  return `## Errors

The constructor throws \`InvalidPropsError\`. Its message has every fault, and its field \`faults\` has them as
data: \`code\`, \`prop\`, \`got\` and \`allowed\`. A fault names the prop, what was given and what is allowed:

\`\`\`
${messageOf(FAULTY)}
\`\`\`

Where a value may be a token, tokens are not checked.

${markdownTable(['prop', 'allowed'], rows)}

Props that are sound alone may contradict each other, or keep a deletion too long:

\`\`\`
${contradictory}
\`\`\``;
}

function messageOf(props: AudienceImportProps): string {
  try {
    validateProps('acme/audiences', props);
  } catch (error) {
    if (error instanceof InvalidPropsError) return error.message;
    throw error;
  }
  throw new Error('an example of faulty props has no faults');
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

${markdownTable(['output', ''], rows)}`;
}

/** Every resource is a field of a part of the construct, for what the props do not offer. */
function fields(declarations: Declarations): string {
  const rows = declarations
    .classFields('AudienceImport')
    .flatMap((part) => (part.className ? partFields(declarations, part) : [part]))
    .map(({ name, type, text }) => [code(name), code(type), text]);
  return `## Fields

${declarations.textOf('AudienceImport')}

${markdownTable(['field', 'type', ''], rows)}`;
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

${markdownTable(['field', ''], rows)}`;
}

function callables(declared: readonly Declared[]): string {
  const rows = declared.map(({ name, type, text }) => [code(`${name}${type}`), text]);
  return markdownTable(['signature', ''], rows);
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

${markdownTable(
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
      const rows = columns.map((column) => [
        code(column.name),
        code(typeName(column.type)),
        VIEWS[name].columns[column.name] ?? '',
      ]);
      sections.push(
        `### ${name}\n\n${VIEWS[name].description}\n\n${markdownTable(['column', 'type', ''], rows)}`,
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

const REJECTED = {
  record: 'the record',
  object: 'the object',
  unread: 'the object, unread',
} as const;

function reasons(): string {
  const rows = Object.entries(REJECTION_REASONS).map(([reason, { text, ends }]) => [
    code(reason),
    text,
    REJECTED[ends],
  ]);
  return `## Reason codes

Of \`rejected_changes.reason\`. The list is closed.

${markdownTable(['code', 'meaning', 'what was rejected'], rows)}`;
}
