import { Ajv, type ErrorObject, type Format, type ValidateFunction } from 'ajv';

import type { MessageSchema } from './discovery';

/** Fields that only the service sets are faults of what is sent to it, and belong into what it answers. */
export type Direction = 'request' | 'answer';

const BITS_32 = 2 ** 32;
const wholeNumber = (least: number, most: number): Format => ({
  type: 'number',
  validate: (value: number) => Number.isInteger(value) && value >= least && value <= most,
});

/** https://developers.google.com/discovery/v1/type-format */
const FORMATS: Readonly<Record<string, Format>> = {
  int32: wholeNumber(-BITS_32 / 2, BITS_32 / 2 - 1),
  uint32: wholeNumber(0, BITS_32 - 1),
  int64: /^-?\d{1,19}$/,
  uint64: /^\d{1,20}$/,
  float: true,
  double: true,
  byte: /^[\w+/-]*={0,2}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  'google-datetime': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  'google-duration': /^-?\d+(\.\d{1,9})?s$/,
  'google-fieldmask': true,
};

/** Checks values against the schemas of a discovery document, which are JSON Schema but for a few words. */
export class MessageCheck {
  private readonly ajv: Ajv;
  /** What has been compiled of schemas without a name. */
  private readonly compiled = new Map<MessageSchema, ValidateFunction>();

  constructor(
    private readonly schemas: Readonly<Record<string, MessageSchema>>,
    direction: Direction,
  ) {
    this.ajv = new Ajv({ allErrors: true, formats: FORMATS, verbose: true, allowUnionTypes: true });
    this.ajv.removeKeyword('readOnly');
    this.ajv.addKeyword({
      keyword: 'readOnly',
      validate: (isReadOnly: boolean) => direction === 'answer' || !isReadOnly,
    });
    const definitions = Object.entries(schemas).map(([name, schema]) => [
      name,
      asJsonSchema(schema),
    ]);
    this.ajv.addSchema({ $id: 'messages', definitions: Object.fromEntries(definitions) as object });
  }

  /** One line for each thing that is wrong, with its place; no line when nothing is. */
  faultsOfMessage(name: string, value: unknown): string[] {
    if (!this.schemas[name]) throw new Error(`the document has no schema ${name}`);
    const validate = this.ajv.getSchema(reference(name)) as ValidateFunction;
    return validate(value) ? [] : (validate.errors ?? []).map(inOneLine);
  }

  faultsOf(schema: MessageSchema, value: unknown): string[] {
    const validate = this.compiled.get(schema) ?? this.ajv.compile(asJsonSchema(schema));
    this.compiled.set(schema, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(inOneLine);
  }
}

function reference(name: string): string {
  return `messages#/definitions/${name}`;
}

/** A message has the fields that are named and no others, unless it says of which kind others are. */
function asJsonSchema(schema: MessageSchema): object {
  const { $ref, type, format, pattern, properties, additionalProperties, items } = schema;
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [
    name,
    asJsonSchema(field),
  ]);
  return {
    ...($ref === undefined ? {} : { $ref: reference($ref) }),
    // A long number may be written as a number, too: https://protobuf.dev/programming-guides/json
    ...(type === undefined || type === 'any'
      ? {}
      : { type: format?.endsWith('int64') ? ['string', 'integer'] : type }),
    ...(format === undefined ? {} : { format }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(schema.enum ? { enum: schema.enum } : {}),
    ...(schema.readOnly ? { readOnly: true } : {}),
    ...(items ? { items: asJsonSchema(items) } : {}),
    ...(type === 'object'
      ? {
          properties: Object.fromEntries(fields) as object,
          additionalProperties: additionalProperties ? asJsonSchema(additionalProperties) : false,
        }
      : {}),
  };
}

function inOneLine({ instancePath, keyword, params, message, data }: ErrorObject): string {
  const place = instancePath === '' ? '' : `${instancePath.slice(1).replaceAll('/', '.')}: `;
  if (keyword === 'additionalProperties') {
    return `${place}there is no field ${String(params['additionalProperty'])}`;
  }
  if (keyword === 'readOnly') return `${place}only the service sets it`;
  const allowed = keyword === 'enum' ? ` ${(params['allowedValues'] as string[]).join(', ')}` : '';
  return `${place}${JSON.stringify(data)} ${message ?? keyword}${allowed}`;
}
