import type { Finding } from './rules';

/** A rule that is not followed somewhere, and why that is right. One list, for our own rules and for Checkov. */
export interface Suppression {
  readonly rule: string;
  readonly addresses: RegExp;
  readonly reason: string;
}

const OWN_KEY =
  "Google encrypts everything at rest. A customer's key is its owner's decision, by the prop kmsKeyName: it needs " +
  'a key ring, grants to service agents, and a promise never to destroy the key.';

const ACCESS_LOG =
  'The log needs a bucket that outlives the workspace, which only the platform has: the prop accessLogBucket names it.';

export const SUPPRESSIONS: readonly Suppression[] = [
  { rule: 'CKV_GCP_80', addresses: /^google_bigquery_table\./, reason: OWN_KEY },
  { rule: 'CKV_GCP_81', addresses: /^google_bigquery_dataset\./, reason: OWN_KEY },
  { rule: 'AVD-GCP-0066', addresses: /^google_storage_bucket\./, reason: OWN_KEY },
  { rule: 'CKV_GCP_62', addresses: /^google_storage_bucket\./, reason: ACCESS_LOG },
  { rule: 'CKV_GCP_63', addresses: /^google_storage_bucket\./, reason: ACCESS_LOG },
  {
    rule: 'CKV_GCP_78',
    addresses: /^google_storage_bucket\./,
    reason: 'Versions would keep personal data beyond its deletion.',
  },
  {
    rule: 'CKV_GCP_121',
    addresses: /^google_bigquery_table\.\S*_view-/,
    reason: 'A view holds no data: replacing one loses nothing.',
  },
];

/** Findings that no suppression explains, one line each. */
export function unexplained(findings: readonly Finding[]): string[] {
  return findings
    .filter((finding) => !SUPPRESSIONS.some((suppression) => explains(suppression, finding)))
    .map(({ rule, address }) => `${rule}: ${address}`);
}

export function explains(suppression: Suppression, finding: Finding): boolean {
  return suppression.rule === finding.rule && suppression.addresses.test(finding.address);
}
