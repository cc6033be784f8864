import type * as z from 'zod';

import { propsSchema } from '../../lib/props/validation';

/** What of a schema is read: each part of it that can fail has its own message. */
interface Definition {
  readonly error?: ((issue: never) => unknown) | undefined;
  readonly checks?: readonly z.core.$ZodCheck[];
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly keyType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

/** Every prop, those of nested objects by their path, with what the validation says is allowed. */
export function allowedByProp(): (readonly [prop: string, allowed: readonly string[]])[] {
  return Object.entries(propsSchema.shape).flatMap(([prop, schema]) => rows(prop, schema));
}

function rows(path: string, schema: z.core.$ZodType): [string, string[]][] {
  const nested = Object.entries(shapeOf(schema) ?? {});
  return [
    [path, allowedBy(schema)],
    ...nested.flatMap(([name, inner]) => rows(`${path}.${name}`, inner)),
  ];
}

function shapeOf(schema: z.core.$ZodType): Definition['shape'] {
  const { shape, innerType } = schema._zod.def as Definition;
  return shape ?? (innerType && shapeOf(innerType));
}

function allowedBy(schema: z.core.$ZodType): string[] {
  const definition = schema._zod.def as Definition;
  const { innerType, element, keyType, valueType } = definition;
  const parts = [innerType, element, keyType, valueType].filter((part) => part !== undefined);
  return [
    ...messageOf(definition),
    ...parts.flatMap(allowedBy),
    ...(definition.checks ?? []).flatMap((check) => messageOf(check._zod.def as Definition)),
  ];
}

function messageOf({ error }: Definition): string[] {
  const message = error?.({} as never);
  return typeof message === 'string' ? [message] : [];
}
