import type { BigqueryDatasetAccess } from '@cdktf/provider-google/lib/bigquery-dataset';
import { Token } from 'cdktf';

/**
 * Basic roles: BigQuery swaps the predefined roles that equal one of them when it answers, so that those would differ
 * in every plan.
 */
export type DatasetRole = 'OWNER' | 'WRITER' | 'READER';

/** One entry for one IAM member: BigQuery has a field for each kind of member. */
export function memberAccess(role: DatasetRole, member: string): BigqueryDatasetAccess {
  const [kind, name] = kindAndName(member);
  switch (kind) {
    case 'group':
      return { role, groupByEmail: name };
    case 'domain':
      return { role, domain: name };
    case 'principal':
    case 'principalSet':
      return { role, iamMember: member };
    default:
      return { role, userByEmail: name };
  }
}

/**
 * The entries of the owners.
 *
 * @param owners `undefined` for the owners of the project.
 */
export function ownerAccess(owners: readonly string[] | undefined): BigqueryDatasetAccess[] {
  if (owners === undefined) return [{ role: 'OWNER', specialGroup: 'projectOwners' }];
  return owners.map((owner) => memberAccess('OWNER', owner));
}

/**
 * The case of an e-mail has no meaning, and the provider compares it: in lower case it is what BigQuery answers.
 *
 * @example kindAndName('group:Ads@example.com') // ['group', 'ads@example.com']
 */
function kindAndName(member: string): [kind: string, name: string] {
  const end = member.indexOf(':');
  const name = member.slice(end + 1);
  return [member.slice(0, end), Token.isUnresolved(name) ? name : name.toLowerCase()];
}
