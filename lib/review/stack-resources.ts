/** The attributes of one resource, as Terraform's JSON names them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Resource type to id to attributes. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/**
 * The resources of one synthesized stack by type. A reference to another resource of the stack is replaced by the
 * value that the stack gives it; any other reference stays as it is.
 *
 * @param terraformJson content of a stack's `cdk.tf.json`.
 */
export function resourcesByType(terraformJson: string): [type: string, resources: Attributes[]][] {
  const { resource = {} } = JSON.parse(terraformJson) as { resource?: Resources };
  return Object.entries(resource).map(([type, members]) => [
    type,
    Object.values(members).map((attributes) => withoutReferences(attributes, resource)),
  ]);
}

function withoutReferences(attributes: Attributes, resources: Resources): Attributes {
  return JSON.parse(JSON.stringify(attributes), (_, value: unknown) =>
    typeof value === 'string' ? resolveReference(value, resources) : value,
  ) as Attributes;
}

/**
 * Follows `${google_type.id.attribute}` to the value that the stack gives it.
 *
 * @returns the text itself if it is no such reference, or the stack gives it no value.
 */
export function resolveReference(text: string, resources: Resources): string {
  const [, type, id, attribute] = /^\$\{(\w+)\.([\w-]+)\.(\w+)\}$/.exec(text) ?? [];
  const attributes = type && id ? resources[type]?.[id] : undefined;
  if (!attributes || attribute === undefined) return text;
  if (attribute === 'member') {
    return `serviceAccount:${textOf(attributes['account_id'])}@${textOf(attributes['project'])}.iam.gserviceaccount.com`;
  }
  const value = attributes[attribute];
  return typeof value === 'string' ? resolveReference(value, resources) : text;
}

/** A value as a reviewer reads it: text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
