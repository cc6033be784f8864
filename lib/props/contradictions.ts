import { Token } from 'cdktf';

import { keyLocation, liesIn } from '../workspace/location';
import { workspaceNames } from '../workspace/names';
import { kmsLocation } from './allowed-values';
import type { AudienceImportProps } from './audience-import-props';
import type { ValueFault } from './fault-text';
import { DEFAULTS } from './resolved-props';

/** A prop that is sound alone and must fit other props. */
export interface Contradiction {
  /** The prop that is reported. */
  readonly prop: keyof AudienceImportProps;
  /** The props that it must fit. */
  readonly to: readonly (keyof AudienceImportProps)[];
  /** What is allowed, if what was given is not. */
  readonly allowed: (props: AudienceImportProps) => string | false | undefined;
}

const ACCOUNT_PROPS = [
  'buildServiceAccount',
  'mergeServiceAccount',
  'ingestServiceAccount',
  'invokerServiceAccount',
] as const;

/** One account for two duties would have the grants of both, and the same grant twice. */
function accountOfOneDuty(prop: (typeof ACCOUNT_PROPS)[number]): Contradiction {
  const others = ACCOUNT_PROPS.filter((other) => other !== prop);
  return {
    prop,
    to: ['projectId', ...others],
    allowed: (props) => {
      const email = props[prop];
      if (email === undefined) return undefined;
      if (!email.endsWith(`@${props.projectId}.iam.gserviceaccount.com`)) {
        return `an account of the project ${props.projectId}`;
      }
      return others.some((other) => props[other] === email) && 'an account for each duty';
    },
  };
}

/** All that props can contradict each other in. */
export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    prop: 'region',
    to: ['location'],
    allowed: ({ region, location }) =>
      region && !liesIn(region, location) && `a region inside the location ${location}`,
  },
  ...ACCOUNT_PROPS.map(accountOfOneDuty),
  {
    prop: 'readers',
    to: ['owners'],
    allowed: ({ readers = [], owners = [] }) =>
      readers.some((reader) => owners.includes(reader)) &&
      'members who are not among the owners, because owners read as well',
  },
  {
    prop: 'kmsKeyName',
    to: ['location'],
    allowed: ({ kmsKeyName, location }) =>
      kmsKeyName &&
      kmsLocation(kmsKeyName) !== keyLocation(location) &&
      `a key in the Cloud KMS location ${keyLocation(location)}, which is that of ${location}`,
  },
  {
    prop: 'accessLogBucket',
    to: ['projectId', 'workspace', 'namePrefix'],
    allowed: ({ accessLogBucket, projectId, workspace, namePrefix = DEFAULTS.namePrefix }) => {
      const { landingBucket, stagingBucket } = workspaceNames(projectId, workspace, namePrefix);
      const own = [landingBucket, stagingBucket];
      return (
        accessLogBucket && own.includes(accessLogBucket) && 'a bucket that does not log to itself'
      );
    },
  },
];

/**
 * Faults of props that are sound alone and do not fit together. Only Terraform knows the value of a token, so
 * that a token contradicts nothing here.
 */
export function contradictions(
  props: AudienceImportProps,
  isSound: (prop: keyof AudienceImportProps) => boolean,
): ValueFault[] {
  return CONTRADICTIONS.flatMap(({ prop, to, allowed }): ValueFault[] => {
    if (![prop, ...to].every(isSound) || Token.isUnresolved(props[prop])) return [];
    const expected = allowed(props);
    if (!expected) return [];
    return [{ code: 'value_not_allowed', prop, got: props[prop], allowed: expected }];
  });
}
