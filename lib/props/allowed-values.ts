import { Token } from 'cdktf';
import * as z from 'zod';

import { MAX_IDENTITY_TYPES } from '../../runtime/fields/identity';
import {
  BUCKET_NAME,
  IDENTITY_TYPE,
  LANDING_FOLDER,
  LOCATION,
  PROJECT_ID,
  WORKSPACE_ID,
  type TextRule,
} from '../../runtime/function/environment';
import { ERASURE_LIMIT_HOURS } from '../erasure/erasure-budget';
import { PURGE_INTERVAL_HOURS } from '../erasure/lifetimes';
import {
  MAX_MERGE_LATE_MINUTES,
  MAX_SWEEPS_STOPPED_MINUTES,
  MIN_SWEEPS_STOPPED_MINUTES,
} from './alert-thresholds';
import { rangeOf, type ErasureSettingProp } from './erasure-props';
import type { UnknownPropFault, ValueFault } from './fault-text';
import { didYouMean, hintFor } from './hints';
import { isMember, KNOWN_KIND_ALLOWED, MEMBER_ALLOWED } from './members';
import { Schedule } from './schedule';

/** What each schema allows, in words: of faults and of the reference. */
export const ALLOWED = z.registry<{ readonly allowed: string }>();

/** One value, or one list or record as a whole. */
function value<T>(allowed: string, accepts: (value: unknown) => boolean) {
  // Not aborted: the checks of a list run although one of its elements is at fault.
  return z.custom<T>(accepts, { error: allowed, abort: false }).register(ALLOWED, { allowed });
}

/** A text that others are derived from: it must be known when the app is synthesized. */
function knownText({ pattern, allowed }: TextRule, derived = 'names are') {
  return value<string>(
    `${allowed}; not a token, because ${derived} derived from it`,
    (given) => typeof given === 'string' && !Token.isUnresolved(given) && pattern.test(given),
  );
}

/** A text that may also be a token, which only Terraform knows. */
function textOrToken({ pattern, allowed }: TextRule) {
  return value<string>(
    allowed,
    (given) => typeof given === 'string' && (Token.isUnresolved(given) || pattern.test(given)),
  );
}

/** Not a token: budgets and schedules are computed from it. */
function integerFrom(min: number, max: number, unit: string, reason = '') {
  return value<number>(
    `a whole number of ${unit} from ${min} to ${max}${reason}`,
    (given) => Number.isInteger(given) && Number(given) >= min && Number(given) <= max,
  );
}

/** A retention: as long as the erasure sums allow if the other props have their defaults. */
function retention(setting: ErasureSettingProp, unit: 'days' | 'hours') {
  const { min, max } = rangeOf(setting);
  return integerFrom(min, max, unit, `, within the erasure limit of ${ERASURE_LIMIT_HOURS} h`);
}

/** Waiting longer than the default retention leaves room for takes shorter retention. */
function waitingMinutes(most: number) {
  const { min, max } = rangeOf('oldestWaitingMinutes');
  return value<number>(
    `a whole number of minutes from ${min} to ${max}; up to ${most} if tombstones, log and rejections are kept for less than their defaults`,
    (given) => Number.isInteger(given) && Number(given) >= min && Number(given) <= most,
  );
}

/** A list without repetitions. Faults of the list do not hide those of its elements, nor the reverse. */
function listOf(element: z.ZodType<string>, most: number, one: string, hint = '') {
  const allowed = `a list of at most ${most} ${one}s, each once${hint}`;
  return z
    .array(element, allowed)
    .superRefine(
      (list, context) => {
        if (list.length > most) context.addIssue({ code: 'custom', message: allowed });
        for (const [index, given] of list.entries()) {
          if (list.indexOf(given) < index) {
            context.addIssue({ code: 'custom', path: [index], message: `each ${one} once` });
          }
        }
      },
      { when: ({ value: list }) => Array.isArray(list) },
    )
    .register(ALLOWED, { allowed });
}

function flag() {
  return value<boolean>('true or false', (given) => typeof given === 'boolean');
}

const alertThresholds = z
  .strictObject(
    {
      oldestWaitingMinutes: waitingMinutes(24 * 60).optional(),
      mergeLateMinutes: integerFrom(30, MAX_MERGE_LATE_MINUTES, 'minutes').optional(),
      purgeLateHours: integerFrom(
        PURGE_INTERVAL_HOURS + 1,
        2 * PURGE_INTERVAL_HOURS,
        'hours',
      ).optional(),
      sweepsStoppedMinutes: integerFrom(
        MIN_SWEEPS_STOPPED_MINUTES,
        MAX_SWEEPS_STOPPED_MINUTES,
        'minutes',
      ).optional(),
      failedCallsPerHour: integerFrom(0, 1000, 'calls').optional(),
      rejectedShare: value<number>(
        'a share from 0 to 1',
        (given) => typeof given === 'number' && given >= 0 && given <= 1,
      ).optional(),
      rejectedLines: integerFrom(1, 1_000_000, 'lines').optional(),
      noDeletesDays: integerFrom(1, 30, 'days').optional(),
      nothingReceivedHours: integerFrom(1, 720, 'hours').optional(),
    },
    'an object of thresholds: see AlertThresholds',
  )
  .register(ALLOWED, { allowed: 'an object of thresholds: see AlertThresholds' });

/** A member that may be a token as a whole. */
const member = value<string>(
  MEMBER_ALLOWED,
  (given) => isMember(given) || (typeof given === 'string' && Token.isUnresolved(given)),
);

/** A member whose kind is known when the app is synthesized. */
const memberOfKnownKind = value<string>(KNOWN_KIND_ALLOWED, isMember);

/** The policy behind an access list has 1,500 members at most: https://cloud.google.com/iam/quotas */
const MAX_READERS = 1000;
const MAX_OWNERS = 100;

const OWNERS = `a list of 1 to ${MAX_OWNERS} IAM members, each once; left out, the owners of the project`;

/** https://cloud.google.com/monitoring/quotas: channels of one policy. */
const MAX_CHANNELS = 16;

/** A resource has at most 64, of which the construct sets three and the provider one. */
const MAX_LABELS = 60;

/** https://cloud.google.com/bigquery/docs/labels-intro: the rules that all labelled services share. */
const LABEL_KEYS =
  'label keys of 1 to 63 lower-case letters, digits, _ and -, a letter first; ' +
  'not goog…, and not workspace, component or version, which the construct sets';

const LABELS = `an object of at most ${MAX_LABELS} labels`;

const labels = z
  .record(
    z
      .string()
      .regex(/^(?!goog|(?:workspace|component|version)$)[a-z][a-z0-9_-]{0,62}$/, LABEL_KEYS)
      .register(ALLOWED, { allowed: LABEL_KEYS }),
    textOrToken({
      pattern: /^[a-z0-9_-]{0,63}$/,
      allowed: 'label values of at most 63 lower-case letters, digits, _ and -',
    }),
    LABELS,
  )
  .refine((all) => Object.keys(all).length <= MAX_LABELS, {
    message: LABELS,
    when: ({ value: all }) => typeof all === 'object' && all !== null,
  })
  .register(ALLOWED, { allowed: LABELS });

/** Divisors of 60, for even spacing; at most half of the hour within which changes should be visible. */
const SWEEP_STEPS: readonly unknown[] = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

/** The Cloud KMS location is captured. */
const KMS_KEY = /^projects\/[^/\s]+\/locations\/([^/\s]+)\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/;

/**
 * Reads the Cloud KMS location out of the name of a key.
 *
 * @example kmsLocation('projects/p/locations/europe/keyRings/r/cryptoKeys/k') // 'europe'
 */
export function kmsLocation(kmsKeyName: string): string | undefined {
  return KMS_KEY.exec(kmsKeyName)?.[1];
}

const serviceAccount = textOrToken({
  pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9-]{6,30}\.iam\.gserviceaccount\.com$/,
  allowed: 'the e-mail of a service account: NAME@PROJECT.iam.gserviceaccount.com',
});

const PROPS = 'an object of props: see AudienceImportProps';

const propsSchema = z.strictObject(
  {
    workspace: knownText(WORKSPACE_ID),
    projectId: knownText(PROJECT_ID),
    projectNumber: textOrToken({
      pattern: /^[1-9]\d{5,18}$/,
      allowed: 'a project number: a text of 6 to 19 digits',
    }),
    location: knownText(LOCATION, 'the region is'),
    buildServiceAccount: serviceAccount,
    region: knownText(
      { pattern: /^[a-z]+(?:-[a-z]+)+\d{1,2}$/, allowed: 'a region such as europe-west1' },
      'where the function runs is',
    ).optional(),
    readers: listOf(
      memberOfKnownKind,
      MAX_READERS,
      'IAM member',
      '; name a group for more',
    ).optional(),
    owners: listOf(memberOfKnownKind, MAX_OWNERS, 'IAM member')
      .refine((owners) => owners.length > 0, {
        message: OWNERS,
        when: ({ value: owners }) => Array.isArray(owners),
      })
      .register(ALLOWED, { allowed: OWNERS })
      .optional(),
    namePrefix: knownText({
      pattern: /^(?!.*goog)[a-z][a-z0-9-]{0,9}$/,
      allowed:
        'a lower-case letter, then at most nine lower-case letters, digits or dashes, without "goog"',
    }).optional(),
    mergeSchedule: value<Schedule>(
      'Schedule.everyMinutes(n), Schedule.everyHours(n) or Schedule.daily()',
      (given) => Schedule.isSchedule(given),
    ).optional(),
    sweepEveryMinutes: value<number>(
      `minutes that divide the hour: ${SWEEP_STEPS.join(', ')}`,
      (given) => SWEEP_STEPS.includes(given),
    ).optional(),
    identityTypes: listOf(
      knownText(IDENTITY_TYPE, 'the settings of the function are'),
      MAX_IDENTITY_TYPES,
      'identity type',
    ).optional(),
    deployer: member.optional(),
    mparticleMember: member.optional(),
    landingFolder: textOrToken(LANDING_FOLDER).optional(),
    landingRetentionDays: retention('landingRetentionDays', 'days').optional(),
    stagedRetentionDays: retention('stagedRetentionDays', 'days').optional(),
    parkedRetentionDays: retention('parkedRetentionDays', 'days').optional(),
    tombstoneRetentionHours: retention('tombstoneRetentionHours', 'hours').optional(),
    logRetentionHours: retention('logRetentionHours', 'hours').optional(),
    rejectionRetentionHours: retention('rejectionRetentionHours', 'hours').optional(),
    kmsKeyName: textOrToken({
      pattern: KMS_KEY,
      allowed: 'a Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K',
    }).optional(),
    mergeServiceAccount: serviceAccount.optional(),
    ingestServiceAccount: serviceAccount.optional(),
    invokerServiceAccount: serviceAccount.optional(),
    accessLogBucket: textOrToken(BUCKET_NAME).optional(),
    alerts: flag().optional(),
    alertChannels: listOf(
      textOrToken({
        pattern: /^projects\/[^/\s]+\/notificationChannels\/\d+$/,
        allowed: 'a notification channel: projects/P/notificationChannels/N',
      }),
      MAX_CHANNELS,
      'channel',
    ).optional(),
    alertThresholds: alertThresholds.optional(),
    runbook: textOrToken({
      pattern: /^[^\p{C}]{1,1500}$/u,
      allowed: 'an address or a page of 1 to 1,500 printable characters',
    }).optional(),
    dashboard: flag().optional(),
    labels: labels.optional(),
    destroyData: flag().optional(),
  },
  PROPS,
);

/** The props of alerts for a fleet. */
const fleetAlertsSchema = propsSchema.pick({
  projectId: true,
  namePrefix: true,
  mergeSchedule: true,
  sweepEveryMinutes: true,
  alertChannels: true,
  alertThresholds: true,
  runbook: true,
  labels: true,
});

export const FLEET_ALERTS_PROPS = Object.keys(fleetAlertsSchema.shape);

/** Every prop, with what is allowed of it alone. */
export const PROP_SCHEMAS = propsSchema.shape;

/** A fault, and the path of what is at fault; an empty one is that of the props as a whole. */
export interface PlacedFault {
  readonly path: readonly PropertyKey[];
  readonly fault: ValueFault | UnknownPropFault;
}

/** Every fault of each prop alone, in the order in which props are declared. */
export function valueFaults(props: unknown): PlacedFault[] {
  return faultsBy(propsSchema, props);
}

/** The same for the props of `FleetAlerts`. */
export function fleetAlertsFaults(props: unknown): PlacedFault[] {
  return faultsBy(fleetAlertsSchema, props);
}

function faultsBy(schema: z.ZodObject, props: unknown): PlacedFault[] {
  const issues = schema.safeParse(props).error?.issues ?? [];
  return issues.flatMap((issue): PlacedFault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownProp([...issue.path, key], props, schema))
      : [notAllowed(issue, props)],
  );
}

function notAllowed(issue: z.core.$ZodIssue, props: unknown): PlacedFault {
  const { path } = issue;
  const allowed = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  const prop = path.length === 0 ? 'props' : path.map(String).join('.');
  const got = valueAt(path, props);
  const hint = hintFor(prop, got);
  return {
    path,
    fault: {
      code: 'value_not_allowed',
      prop,
      got,
      allowed: allowed ?? issue.message,
      ...(hint === undefined ? {} : { hint }),
    },
  };
}

function unknownProp(
  path: readonly PropertyKey[],
  props: unknown,
  schema: z.ZodObject,
): PlacedFault {
  const names = Object.keys(path.length === 1 ? schema.shape : alertThresholds.shape);
  const hint = didYouMean(String(path.at(-1)), names);
  return {
    path,
    fault: {
      code: 'unknown_prop',
      prop: path.map(String).join('.'),
      got: valueAt(path, props),
      allowed: names.join(', '),
      ...(hint === undefined ? {} : { hint }),
    },
  };
}

function valueAt(path: readonly PropertyKey[], props: unknown): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    props,
  );
}
