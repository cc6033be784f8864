/** Part of `npm run test:plan`: Checkov judges the plan of every stack of the examples. */
import { configurationOf, exampleStacks, judged, missingFor } from '../plan/judges';
import { planByTerraform, prepareForPlan } from '../plan/terraform';
import { checkovFindings, inFormOfPlan, missingCheckov } from './checkov';
import { unexplained } from './suppressions';

/** Checkov has no rule about alert policies, and reports nothing of a stack that has nothing else. */
const STACKS = exampleStacks().filter((stack) =>
  Object.keys(configurationOf(stack).resource).some(
    (type) => type !== 'google_monitoring_alert_policy',
  ),
);
const missing = missingCheckov();
const { planning } = missingFor(STACKS);

describe('every stack of the examples', () => {
  for (const stack of STACKS) {
    judged(
      missing,
      `Checkov finds nothing unexplained in the synthesized values of ${stack.name}`,
      () => {
        expect(unexplained(checkovFindings(inFormOfPlan(configurationOf(stack))))).toEqual([]);
      },
    );

    judged(
      missing ?? planning,
      `Checkov finds nothing unexplained in the plan of ${stack.name}`,
      () => {
        prepareForPlan(stack.directory);
        expect(unexplained(checkovFindings(planByTerraform(stack.directory).text))).toEqual([]);
      },
    );
  }
});

judged(missing, 'Checkov finds the faults of a faulty configuration', () => {
  const resource = {
    google_storage_bucket: {
      open: { name: 'open', location: 'EU', uniform_bucket_level_access: false },
    },
    google_storage_bucket_iam_member: {
      everybody: { bucket: 'open', role: 'roles/storage.objectViewer', member: 'allUsers' },
    },
    google_bigquery_table: {
      log: { dataset_id: 'd', table_id: 'log', deletion_protection: false },
      kept: { dataset_id: 'd', table_id: 'kept', deletion_protection: true },
    },
  };
  const found = unexplained(checkovFindings(inFormOfPlan({ resource })));
  expect(found.sort()).toEqual([
    'CKV_GCP_114: google_storage_bucket.open',
    'CKV_GCP_121: google_bigquery_table.log',
    'CKV_GCP_28: google_storage_bucket_iam_member.everybody',
    'CKV_GCP_29: google_storage_bucket.open',
  ]);
});
