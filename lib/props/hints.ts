import { closestName } from '../workspace/closest';
import { KNOWN_LOCATIONS, KNOWN_REGIONS } from '../workspace/location';
import { memberHint } from './members';

/** Props that are IAM members, and lists of them. */
const MEMBER_PROPS = /^(?:(?:readers|owners)\.\d+|mparticleMember|deployer)$/;

/** What helps with a value that is not allowed; `undefined` if there is nothing to say. */
export function hintFor(prop: string, got: unknown): string | undefined {
  if (typeof got === 'number' && prop === 'projectNumber') return `did you mean "${got}"?`;
  if (typeof got !== 'string') return undefined;
  if (MEMBER_PROPS.test(prop)) return memberHint(got);
  if (prop === 'location') return didYouMean(got, KNOWN_LOCATIONS);
  if (prop === 'region') return didYouMean(got, KNOWN_REGIONS);
  if (prop.endsWith('ServiceAccount')) return REFUSED_ACCOUNTS.find((it) => it.is.test(got))?.why;
  return undefined;
}

/** A question that names the likeliest of some names; `undefined` if none is close. */
export function didYouMean(got: string, names: readonly string[]): string | undefined {
  const meant = closestName(got, names);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** Service accounts that exist, and why they are refused: https://cloud.google.com/iam/docs/service-account-types */
const REFUSED_ACCOUNTS: readonly { readonly is: RegExp; readonly why: string }[] = [
  {
    is: /^\d+-compute@developer\.gserviceaccount\.com$/,
    why: 'the default compute account is refused because all that runs in the project shares it, often with the role Editor',
  },
  {
    is: /@appspot\.gserviceaccount\.com$/,
    why: 'the default account of App Engine is refused because all that runs in the project shares it, often with the role Editor',
  },
  {
    is: /@[a-z0-9-]+\.[a-z0-9.-]+\.iam\.gserviceaccount\.com$/,
    why: 'projects whose id begins with a domain are not supported',
  },
  {
    is: /^serviceAccount:/,
    why: 'an e-mail has no prefix "serviceAccount:"',
  },
  {
    is: /@(?:gcp-sa-[a-z-]+\.iam|cloudservices|cloudbuild)\.gserviceaccount\.com$/,
    why: 'the accounts of Google services are refused because other users of the service in the project share them',
  },
];
