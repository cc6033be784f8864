import { textOf, type Attributes } from './stack-resources';

/** Whether a resource is a grant and nothing else. The access list of a dataset is part of the dataset. */
export function isGrant(type: string): boolean {
  return /_iam_(?:member|policy)$/.test(type) || type === 'google_bigquery_dataset_access';
}

/** `member: role on what`, and the title of a condition: one line for each member that a resource gives access. */
export function grantLines(type: string, attributes: Attributes): string[] {
  if (type === 'google_bigquery_dataset') return accessLines(attributes);
  if (type === 'google_bigquery_dataset_access') return [accessLine(attributes, attributes)];
  if (type.endsWith('_iam_policy')) return policyLines(attributes);
  return type.endsWith('_iam_member') ? [memberLine(attributes)] : [];
}

function accessLines(dataset: Attributes): string[] {
  const entries = (dataset['access'] ?? []) as readonly Attributes[];
  return entries.map((entry) => accessLine(entry, dataset));
}

function accessLine(entry: Attributes, { dataset_id: id }: Attributes): string {
  const { dataset } = (entry['dataset'] ?? {}) as { dataset?: Attributes };
  const on = `on ${textOf(id)}`;
  if (dataset) return `views of ${textOf(dataset['dataset_id'])}: read ${on}`;
  return `${memberOf(entry)}: ${textOf(entry['role'])} ${on}`;
}

/** The member of an entry of an access list, with its kind. */
function memberOf(entry: Attributes): string {
  const { user_by_email: user, group_by_email: group, domain } = entry;
  if (typeof user === 'string') {
    return `${user.endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${user}`;
  }
  if (group !== undefined) return `group:${textOf(group)}`;
  if (domain !== undefined) return `domain:${textOf(domain)}`;
  return textOf(entry['iam_member'] ?? entry['special_group']);
}

interface Policy {
  readonly bindings?: readonly (Attributes & { readonly members?: readonly string[] })[];
}

function policyLines(attributes: Attributes): string[] {
  const { policy_data: data } = attributes;
  if (typeof data !== 'string') return [];
  // References of Terraform have quotes of their own.
  const json = data.replaceAll(/\$\{[^}]*\}/g, (text) => JSON.stringify(text).slice(1, -1));
  const { bindings = [] } = JSON.parse(json) as Policy;
  const on = targetOf(attributes);
  return bindings.flatMap(({ members = [], ...binding }) =>
    members.map((member) => line(member, binding, on)),
  );
}

function memberLine(grant: Attributes): string {
  return line(textOf(grant['member']), grant, targetOf(grant));
}

function line(member: string, { role, condition }: Attributes, on: string): string {
  const { title } = (condition ?? {}) as Attributes;
  return `${member}: ${textOf(role)} on ${on}${title === undefined ? '' : `, ${textOf(title)}`}`;
}

/** Attributes of a grant that say who and what. The other texts name what the grant is on. */
const NOT_A_TARGET = new Set(['member', 'role', 'policy_data', 'project', 'location', 'region']);

function targetOf(grant: Attributes): string {
  const target = Object.entries(grant)
    .filter(([name, value]) => typeof value === 'string' && !NOT_A_TARGET.has(name))
    .map(([, value]) => value)
    .join('.');
  return target === '' ? `project ${textOf(grant['project'])}` : target;
}
