import { Testing, TerraformStack, TerraformVariable } from 'cdktf';

import { contradictions } from '../../../lib/props/contradictions';
import { faultText } from '../../../lib/props/fault-text';
import { PROPS } from '../../support/stacks/stacks';

const faultsOf = (props: object) =>
  contradictions({ ...PROPS, ...props }, () => true).map((fault) => faultText(fault));

const key = (location: string) =>
  `projects/keys/locations/${location}/keyRings/ring/cryptoKeys/key`;

const account = (project: string) => `runner@${project}.iam.gserviceaccount.com`;

test.each<[object, string]>([
  [{ ingestServiceAccount: account('other-project') }, 'an account of the project ads-imports'],
  [{ buildServiceAccount: account('other-project') }, 'an account of the project ads-imports'],
  [{ region: 'us-east1' }, 'region: got "us-east1"; allowed: a region inside the location EU'],
  [{ region: 'europe-west2' }, 'a region inside the location EU'],
  [{ location: 'europe-west1', region: 'europe-west3' }, 'inside the location europe-west1'],
  [{ kmsKeyName: key('us') }, 'a key in the Cloud KMS location europe, which is that of EU'],
  [{ kmsKeyName: key('global') }, 'a key in the Cloud KMS location europe'],
  [{ kmsKeyName: key('europe-west1') }, 'a key in the Cloud KMS location europe'],
  [{ accessLogBucket: 'audience-acme-news-landing-7e64b4c6' }, 'does not log to itself'],
  [{ accessLogBucket: 'audience-acme-news-staging-7e64b4c6' }, 'does not log to itself'],
])('%j contradicts another prop', (props, message) => {
  expect(faultsOf(props)).toEqual([expect.stringContaining(message)]);
});

test('An account for two duties is reported for both of them', () => {
  const faults = faultsOf({ invokerServiceAccount: PROPS.buildServiceAccount });
  expect(faults).toHaveLength(2);
  for (const fault of faults) expect(fault).toContain('allowed: an account for each duty');
});

test.each<object>([
  { region: 'europe-west3' },
  { kmsKeyName: key('europe') },
  { kmsKeyName: key('us'), location: 'US' },
  { kmsKeyName: key('europe-west1'), location: 'europe-west1' },
  { accessLogBucket: 'logs-of-all' },
])('%j contradicts nothing', (props) => {
  expect(faultsOf(props)).toEqual([]);
});

test('A token contradicts nothing, because only Terraform knows its value', () => {
  const stack = new TerraformStack(Testing.app(), 'stack');
  const token = new TerraformVariable(stack, 'v', { type: 'string' }).stringValue;
  expect(
    faultsOf({ kmsKeyName: token, accessLogBucket: token, buildServiceAccount: token }),
  ).toEqual([]);
});

test('Props that are at fault by themselves are not compared', () => {
  const props = { ...PROPS, region: 'us-east1' };
  expect(contradictions(props, (prop) => prop !== 'location')).toEqual([]);
  expect(contradictions(props, (prop) => prop !== 'region')).toEqual([]);
});
