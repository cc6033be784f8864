import type { MessageSchema } from './discovery';

type Schemas = Readonly<Record<string, MessageSchema>>;

/**
 * What is wrong with a `fields` parameter, which names the fields that are wanted of an answer.
 * Source: https://cloud.google.com/storage/docs/json_api#partial-response
 *
 * @example fieldsFaults('items(name,sise),nextPageToken', { $ref: 'Objects' }, schemas)
 * // ['fields: there is no items/sise']
 */
export function fieldsFaults(mask: string, message: MessageSchema, schemas: Schemas): string[] {
  const words = mask.match(/[^,()/]+|[,()/]/g) ?? [];
  const faults: string[] = [];
  const isNext = (word: string) => words[0] === word && words.shift() !== undefined;

  const readList = (schema: MessageSchema | undefined, place: string): void => {
    do {
      readField(schema, place);
    } while (isNext(','));
  };
  const readField = (schema: MessageSchema | undefined, place: string): void => {
    const name = words.shift() ?? '';
    const path = `${place}${name}`;
    const field = name === '*' ? schema : fieldOf(schema, name, schemas);
    // Below a field that there is not, nothing more is said.
    if (schema && !field) faults.push(`fields: there is no ${path}`);
    if (isNext('/')) readField(field, `${path}/`);
    if (isNext('(')) {
      readList(field, `${path}/`);
      if (!isNext(')')) faults.push(`fields: ${path}( is not closed`);
    }
  };

  readList(message, '');
  return words.length === 0 ? faults : [...faults, `fields: "${words.join('')}" is too much`];
}

function fieldOf(
  schema: MessageSchema | undefined,
  name: string,
  schemas: Schemas,
): MessageSchema | undefined {
  const message = resolved(schema, schemas);
  return message?.properties?.[name] ?? message?.additionalProperties;
}

/** The message itself: of a list, that of its items. */
function resolved(schema: MessageSchema | undefined, schemas: Schemas): MessageSchema | undefined {
  if (schema?.$ref !== undefined) return resolved(schemas[schema.$ref], schemas);
  return schema?.items ? resolved(schema.items, schemas) : schema;
}
