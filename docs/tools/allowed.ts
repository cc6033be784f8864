import * as z from 'zod';

import { ALLOWED, PROP_SCHEMAS } from '../../lib/props/allowed-values';

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** Every prop, those of nested objects by their path, with what the validation says is allowed. */
export function allowedByProp(
  shape: Shape = PROP_SCHEMAS,
  path = '',
): (readonly [prop: string, allowed: readonly string[]])[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const inner = withoutOptional(schema);
    const nested = inner instanceof z.ZodObject ? (inner.shape as Shape) : {};
    return [
      [`${path}${name}`, allowedBy(inner)] as const,
      ...allowedByProp(nested, `${path}${name}.`),
    ];
  });
}

function withoutOptional(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

/** What a schema allows, then what it allows of its elements, or of its keys and values. */
function allowedBy(schema: z.core.$ZodType): string[] {
  const text = ALLOWED.get(schema)?.allowed;
  if (text === undefined) throw new Error('a schema does not say what it allows');
  if (schema instanceof z.ZodArray) return [text, ...allowedBy(schema.element)];
  if (!(schema instanceof z.ZodRecord)) return [text];
  return [text, ...allowedBy(schema.keyType), ...allowedBy(schema.valueType)];
}
