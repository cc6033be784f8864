import type { Attributes, SynthesizedStack } from '../support/stacks/stacks';

/**
 * What the usual scanners ask of the resources that this package makes, over synthesized JSON: no plan, no
 * provider and no network is needed. Ids are Checkov's (CKV…) or Trivy's (AVD…) where they have the rule.
 */
export interface Rule {
  readonly id: string;
  readonly wants: string;
  /** Resource types that the rule is about. */
  readonly types: RegExp;
  readonly holds: (attributes: Attributes) => boolean;
}

export interface Finding {
  readonly rule: string;
  /** `type.id`. */
  readonly address: string;
}

const ANY_GRANT = /_(?:iam_member|iam_policy|access)$|^google_bigquery_dataset$/;
const PROJECT_GRANT = /^google_project_iam_member$/;

const isNotPublic = (grant: Attributes) =>
  !/allUsers|allAuthenticatedUsers/.test(JSON.stringify(grant));

const roleIsNot = (pattern: RegExp) => (grant: Attributes) => !pattern.test(textOf(grant['role']));

const block = (attributes: Attributes, name: string) =>
  (attributes[name] ?? {}) as Readonly<Record<string, unknown>>;

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

const hasKey = (attributes: Attributes, name: string) =>
  textOf(block(attributes, name)['kms_key_name'] ?? block(attributes, name)['default_kms_key_name'])
    .length > 0;

export const RULES: readonly Rule[] = [
  {
    id: 'CKV_GCP_15',
    wants: 'datasets are not public',
    types: /^google_bigquery_dataset(?:_access|_iam_(?:member|policy))?$/,
    holds: isNotPublic,
  },
  {
    id: 'CKV_GCP_100',
    wants: 'tables are not public',
    types: /^google_bigquery_table_iam_member$/,
    holds: isNotPublic,
  },
  {
    id: 'CKV_GCP_28',
    wants: 'buckets are not public',
    types: /^google_storage_bucket_iam_(?:member|policy)$/,
    holds: isNotPublic,
  },
  {
    id: 'CKV_GCP_102',
    wants: 'services cannot be called by everybody',
    types: /^google_cloud_run_(?:v2_)?service_iam_member$/,
    holds: isNotPublic,
  },
  {
    id: 'CKV_GCP_107',
    wants: 'functions cannot be called by everybody',
    types: /^google_cloudfunctions2?_function_iam_member$/,
    holds: isNotPublic,
  },
  {
    id: 'no-public-grants',
    wants: 'no grant of any kind is public',
    types: ANY_GRANT,
    holds: isNotPublic,
  },
  {
    id: 'no-authoritative-grants',
    wants: 'no binding, and a policy only of a bucket: elsewhere others have granted, too',
    types: /_iam_(?:binding|policy|audit_config)$/,
    holds: (grant) => 'bucket' in grant && 'policy_data' in grant,
  },
  {
    id: 'own-access',
    wants: "datasets state their access: left out, Google's entries for roles of the project stay",
    types: /^google_bigquery_dataset$/,
    holds: (dataset) => {
      const access = (dataset['access'] ?? []) as readonly Attributes[];
      const groups = access.map((entry) => textOf(entry['special_group']));
      return access.length > 0 && groups.every((group) => ['', 'projectOwners'].includes(group));
    },
  },
  {
    id: 'own-policy',
    wants: 'policies of buckets name no role of the project but its owners',
    types: /^google_storage_bucket_iam_policy$/,
    holds: (policy) => !/project(?:Viewer|Editor):/.test(textOf(policy['policy_data'])),
  },
  {
    id: 'AVD-GCP-0003',
    wants: 'groups and service accounts have grants, users do not',
    types: ANY_GRANT,
    holds: (grant) =>
      !JSON.stringify(grant).replaceAll('\\"', '"').includes('"user:') &&
      ((grant['access'] ?? []) as readonly Attributes[]).every(({ user_by_email: user }) =>
        /^(?:.*\.gserviceaccount\.com)?$/.test(textOf(user)),
      ),
  },
  {
    id: 'CKV_GCP_41',
    wants: 'nobody acts as every service account of the project',
    types: PROJECT_GRANT,
    holds: roleIsNot(/serviceAccount(?:User|TokenCreator|OpenIdTokenCreator)$/),
  },
  {
    id: 'CKV_GCP_49',
    wants: 'no role that impersonates or stands for a service at project level',
    types: PROJECT_GRANT,
    holds: roleIsNot(/serviceAgent$|workloadIdentityUser$|serviceAccount\w+$/i),
  },
  {
    id: 'CKV_GCP_42',
    wants: 'no administrator at project level',
    types: PROJECT_GRANT,
    holds: roleIsNot(/admin/i),
  },
  {
    id: 'CKV_GCP_117',
    wants: 'no basic role at project level',
    types: PROJECT_GRANT,
    holds: roleIsNot(/^roles\/(?:owner|editor|viewer)$/),
  },
  {
    id: 'project-roles',
    wants: 'nothing at project level but running BigQuery jobs',
    types: PROJECT_GRANT,
    holds: (grant) => grant['role'] === 'roles/bigquery.jobUser',
  },
  {
    id: 'CKV_GCP_46',
    wants: "Google's default accounts have no project role",
    types: PROJECT_GRANT,
    holds: (grant) => !/@developer\.|@appspot\./.test(textOf(grant['member'])),
  },
  {
    id: 'CKV2_GCP_3',
    wants: 'no service account key is made',
    types: /^google_service_account_key$/,
    holds: () => false,
  },
  {
    id: 'CKV_GCP_29',
    wants: 'one way to grant access to a bucket',
    types: /^google_storage_bucket$/,
    holds: (bucket) => bucket['uniform_bucket_level_access'] === true,
  },
  {
    id: 'CKV_GCP_114',
    wants: 'buckets refuse to become public',
    types: /^google_storage_bucket$/,
    holds: (bucket) => bucket['public_access_prevention'] === 'enforced',
  },
  {
    id: 'CKV_GCP_62',
    wants: 'access to buckets is logged',
    types: /^google_storage_bucket$/,
    holds: (bucket) => textOf(block(bucket, 'logging')['log_bucket']).length > 0,
  },
  {
    id: 'CKV_GCP_63',
    wants: 'access to buckets is logged in another bucket',
    types: /^google_storage_bucket$/,
    holds: (bucket) => {
      const logBucket = textOf(block(bucket, 'logging')['log_bucket']);
      return logBucket.length > 0 && logBucket !== bucket['name'];
    },
  },
  {
    id: 'CKV_GCP_78',
    wants: 'buckets keep versions',
    types: /^google_storage_bucket$/,
    holds: (bucket) => block(bucket, 'versioning')['enabled'] === true,
  },
  {
    id: 'AVD-GCP-0066',
    wants: "buckets are encrypted with a customer's key",
    types: /^google_storage_bucket$/,
    holds: (bucket) => hasKey(bucket, 'encryption'),
  },
  {
    id: 'CKV_GCP_81',
    wants: "datasets are encrypted with a customer's key",
    types: /^google_bigquery_dataset$/,
    holds: (dataset) => hasKey(dataset, 'default_encryption_configuration'),
  },
  {
    id: 'CKV_GCP_80',
    wants: "tables are encrypted with a customer's key",
    types: /^google_bigquery_table$/,
    holds: (table) => hasKey(table, 'encryption_configuration'),
  },
  {
    id: 'CKV_GCP_121',
    wants: 'tables are protected from deletion',
    types: /^google_bigquery_table$/,
    holds: (table) => table['deletion_protection'] === true,
  },
  {
    id: 'CKV_GCP_124',
    wants: 'functions are called from inside only',
    types: /^google_cloudfunctions2_function$/,
    holds: (deployed) =>
      block(deployed, 'service_config')['ingress_settings'] === 'ALLOW_INTERNAL_ONLY',
  },
  {
    id: 'own-accounts',
    wants: "functions run and are built as accounts of their own, not as Google's default one",
    types: /^google_cloudfunctions2_function$/,
    holds: (deployed) =>
      textOf(block(deployed, 'service_config')['service_account_email']).length > 0 &&
      textOf(block(deployed, 'build_config')['service_account']).length > 0,
  },
];

/** Where a stack does not hold to a rule. */
export function findings(stack: Pick<SynthesizedStack, 'resource'>): Finding[] {
  return Object.entries(stack.resource).flatMap(([type, members]) =>
    Object.entries(members).flatMap(([id, attributes]) =>
      RULES.filter((rule) => rule.types.test(type) && !rule.holds(attributes)).map((rule) => ({
        rule: rule.id,
        address: `${type}.${id}`,
      })),
    ),
  );
}
