/** What of `terraform show -json PLAN` is read: https://developer.hashicorp.com/terraform/internals/json-format */
export interface Plan {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: {
      readonly actions: readonly string[];
      /** The shape of the planned values, with `true` where one is known only after apply. */
      readonly after_unknown: unknown;
    };
  }[];
  readonly configuration: {
    readonly root_module: {
      readonly resources: readonly {
        readonly address: string;
        /** What the configuration sets. Attributes that the service computes are not here. */
        readonly expressions: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

/**
 * What a reviewer must be able to read in a plan, wherever in a resource it is set. Elsewhere unknown values
 * are allowed: the URL of a function that does not exist yet, or the hash of its code.
 */
const REVIEWED: Readonly<Record<string, ReadonlySet<string>>> = {
  name: new Set(
    'name account_id dataset_id table_id display_name bucket project location region'.split(' '),
  ),
  grant: new Set(
    'role member service_account_id service_account_name service_account_email service'.split(' '),
  ),
  schedule: new Set(['schedule', 'time_zone']),
  retention: new Set([
    'lifecycle_rule',
    'soft_delete_policy',
    'versioning',
    'time_partitioning',
    'max_time_travel_hours',
    'default_table_expiration_ms',
    'default_partition_expiration_ms',
    'params',
  ]),
};

/** A place in a plan that must be known: which kind of value, which attribute, and whether it is known. */
interface Reviewed {
  readonly kind: string;
  readonly path: string;
  readonly known: boolean;
}

/**
 * What a reviewer would miss in the first plan of a stack.
 *
 * @param addresses what the synthesized stack declares.
 * @returns one line a fault; empty if everything that must be read can be.
 */
export function planFaults(plan: Plan, addresses: readonly string[]): string[] {
  const changes = new Map(plan.resource_changes.map((change) => [change.address, change.change]));
  const reviewed: Reviewed[] = [];
  const faults: string[] = [];
  for (const address of addresses) {
    const actions = changes.get(address)?.actions.join(', ') ?? 'not planned';
    if (actions !== 'create') faults.push(`${address}: create expected, got ${actions}`);
  }
  for (const { address, expressions } of plan.configuration.root_module.resources) {
    reviewed.push(...reviewedIn(expressions, changes.get(address)?.after_unknown, address));
  }
  for (const kind of Object.keys(REVIEWED)) {
    if (!reviewed.some((value) => value.kind === kind)) faults.push(`no ${kind} to review`);
  }
  for (const { path, known } of reviewed) {
    if (!known) faults.push(`${path}: known only after apply`);
  }
  return faults;
}

/** Nested blocks are walked; of an attribute, all that is below it counts. */
function reviewedIn(block: unknown, unknown: unknown, path: string): Reviewed[] {
  return Object.entries(recordOf(block)).flatMap(([name, expression]): Reviewed[] => {
    const place = `${path}.${name}`;
    const kind = Object.keys(REVIEWED).find((key) => REVIEWED[key]?.has(name));
    if (kind !== undefined) {
      return [{ kind, path: place, known: !setsUnknown(expression, below(unknown, name)) }];
    }
    const blocks = Array.isArray(expression) ? (expression as unknown[]) : [expression];
    return isAttribute(expression)
      ? []
      : blocks.flatMap((inner) => reviewedIn(inner, below(unknown, name), place));
  });
}

/** Whether anything that the expression sets is unknown. What the service adds to a block does not count. */
function setsUnknown(expression: unknown, unknown: unknown): boolean {
  if (unknown === true) return true;
  if (isAttribute(expression)) return holdsTrue(unknown);
  if (Array.isArray(expression)) return expression.some((block) => setsUnknown(block, unknown));
  return Object.entries(recordOf(expression)).some(([name, inner]) =>
    setsUnknown(inner, below(unknown, name)),
  );
}

/** `{}` is an expression too: one that refers to nothing. Blocks always set something. */
function isAttribute(expression: unknown): boolean {
  const keys = Object.keys(recordOf(expression));
  return (
    !Array.isArray(expression) &&
    (keys.length === 0 || keys.includes('constant_value') || keys.includes('references'))
  );
}

/** The member of that name; of a list of blocks, those of all of them, since a set has no order. */
function below(unknown: unknown, name: string): unknown {
  if (!Array.isArray(unknown)) return recordOf(unknown)[name];
  const members = unknown.map((block) => below(block, name));
  return members.includes(true) ? true : members.flat();
}

function holdsTrue(value: unknown): boolean {
  if (value === true) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTrue);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
