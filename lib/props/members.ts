import { Token } from 'cdktf';

/** Longest name of a member that is accepted, in UTF-16 code units: e-mails and pool members are shorter. */
const MAX_LENGTH = 400;

const EMAIL = /^[^\s@:]+@[^\s@:]+\.[^\s@:]+$/;
const SERVICE_ACCOUNT = /\.gserviceaccount\.com$/i;

/** What may follow each kind. `allUsers` and `allAuthenticatedUsers` have no kind; `goog` is their newer spelling. */
const NAME_OF_KIND: Readonly<Record<string, (name: string) => boolean>> = {
  user: (name) => EMAIL.test(name) && !SERVICE_ACCOUNT.test(name),
  serviceAccount: (name) => EMAIL.test(name),
  group: (name) => EMAIL.test(name),
  domain: (name) => /^[^\s@:/]+\.[^\s@:/]+$/.test(name),
  principal: isPrincipal,
  principalSet: isPrincipal,
};

function isPrincipal(name: string): boolean {
  return /^\/\/(?!goog\/)\S+$/.test(name);
}

const KINDS = Object.keys(NAME_OF_KIND).map((kind) => `${kind}:`);

/** Of props whose members may be tokens as a whole. */
export const MEMBER_ALLOWED = `an IAM member of one of the kinds ${KINDS.join(', ')}, such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"`;

/** Of members of an access list of BigQuery, which has a field for each kind. */
export const KNOWN_KIND_ALLOWED = `${MEMBER_ALLOWED}; not a token as a whole, because BigQuery has a field for each kind`;

/** Whether a value is an IAM member of a kind that can be granted access. What follows the kind may be a token. */
export function isMember(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return false;
  const [, kind = '', name = ''] = /^(\w+):(.+)$/s.exec(value) ?? [];
  const isNamed = Object.hasOwn(NAME_OF_KIND, kind) ? NAME_OF_KIND[kind] : undefined;
  if (isNamed === undefined) return false;
  return Token.isUnresolved(name) || isNamed(name);
}

/** What helps with a member that is not allowed; `undefined` if there is nothing to say. */
export function memberHint(got: string): string | undefined {
  if (/^\$\{TfToken\[[^\]]+\]\}$/.test(got)) {
    return 'write the kind before the token, as in `serviceAccount:${account.email}`';
  }
  return HINTS.find(({ is }) => is.test(got))?.hint;
}

const HINTS: readonly { readonly is: RegExp; readonly hint: string }[] = [
  {
    is: /^user:.*\.gserviceaccount\.com$/i,
    hint: 'the kind of a service account is serviceAccount:',
  },
  {
    is: /^all(?:Authenticated)?Users$|\/\/goog\//,
    hint: 'everybody is refused because the data is personal',
  },
  { is: /^deleted:/, hint: 'a deleted member can have no access' },
  { is: /^iamMember:/, hint: 'leave out iamMember:' },
  {
    is: /^project(?:Owner|Editor|Viewer|Reader|Writer)s?(?::|$)|^specialGroup:/,
    hint: 'roles of the project are refused because each of their holders would have access',
  },
  { is: /^[^\s:]+@[^\s:]+\.gserviceaccount\.com$/i, hint: 'write serviceAccount: before it' },
  { is: /^[^\s:]+@[^\s:]+$/, hint: 'write user: or group: before it' },
];
