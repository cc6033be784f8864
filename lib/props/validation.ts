import { Token } from 'cdktf';
import * as z from 'zod';
import {
  BUCKET_NAME,
  IDENTITY_TYPE,
  LOCATION,
  PROJECT_ID,
  WORKSPACE_ID,
} from '../../runtime/function/environment';
import { MAX_IDENTITY_TYPES } from '../../runtime/fields/identity';
import type { AudienceImportProps } from './audience-import-props';
import { DEFAULTS, resolveProps } from './resolved-props';
import { erasureFaults } from '../erasure/erasure-report';
import { workspaceNames } from '../workspace/names';
import { keyLocation, liesIn } from '../workspace/location';
import { Schedule } from './schedule';

/** Everything that is wrong with the props of one construct. */
export class InvalidPropsError extends Error {
  override readonly name = 'InvalidPropsError';
  constructor(
    constructPath: string,
    readonly faults: readonly string[],
  ) {
    const count = faults.length === 1 ? '1 invalid prop' : `${faults.length} invalid props`;
    super(
      `AudienceImport "${constructPath}" has ${count}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
  }
}

const SHOWN_VALUE_LENGTH = 80;

/** A value that others are derived from: it must be known when the app is synthesized. */
const known = (pattern: RegExp, allowed: string, derived = 'names are') =>
  z.custom<string>(
    (value) => typeof value === 'string' && !Token.isUnresolved(value) && pattern.test(value),
    `${allowed}; not a token, because ${derived} derived from it`,
  );

/** A value that may also be a token, which only Terraform knows. */
const text = (pattern: RegExp, allowed: string) =>
  z.custom<string>(
    (value) => typeof value === 'string' && (Token.isUnresolved(value) || pattern.test(value)),
    allowed,
  );

/** Not a token: budgets and schedules are computed from it. */
const whole = (min: number, max: number, unit: string) =>
  z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    `a whole number of ${unit} from ${min} to ${max}`,
  );

/** https://cloud.google.com/monitoring/quotas: channels of one policy. */
const MAX_CHANNELS = 16;

const alertThresholds = z.strictObject(
  {
    oldestWaitingMinutes: whole(10, 1440, 'minutes').optional(),
    // The views read the last 30 hours: later than 26, there is no time to act.
    mergeLateMinutes: whole(30, 1560, 'minutes').optional(),
    purgeLateHours: whole(25, 48, 'hours').optional(),
    // The hourly health check is a call, too.
    sweepsStoppedMinutes: whole(10, 55, 'minutes').optional(),
    failedCallsPerHour: whole(0, 1000, 'calls').optional(),
    rejectedShare: z
      .custom<number>(
        (value) => typeof value === 'number' && value >= 0 && value <= 1,
        'a share from 0 to 1',
      )
      .optional(),
    rejectedLines: whole(1, 1_000_000, 'lines').optional(),
    noDeletesDays: whole(1, 30, 'days').optional(),
    nothingReceivedHours: whole(1, 720, 'hours').optional(),
  },
  'an object of thresholds: see AlertThresholds',
);

/** Anything but `allUsers` and `allAuthenticatedUsers`, which have no type, and their newer spelling. */
const member = text(
  /^(?:user|group|serviceAccount|domain|principal|principalSet):(?!\/\/goog\/)\S{1,250}$/,
  'an IAM member with its type, such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"; never allUsers or allAuthenticatedUsers',
);

/** A resource has at most 64, of which the construct sets three and the provider one. */
const MAX_LABELS = 60;

/** https://cloud.google.com/bigquery/docs/labels-intro: the rules that all labelled services share. */
const labels = z
  .record(
    z
      .string()
      .regex(
        /^(?!goog|(?:workspace|component|version)$)[a-z][a-z0-9_-]{0,62}$/,
        'label keys of 1 to 63 lower-case letters, digits, _ and -, a letter first; ' +
          'not goog…, and not workspace, component or version, which the construct sets',
      ),
    text(/^[a-z0-9_-]{0,63}$/, 'label values of at most 63 lower-case letters, digits, _ and -'),
  )
  .refine((all) => Object.keys(all).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`);

/** Each is a metadata update of the dataset, as its creation is: BigQuery takes five in ten seconds. */
const MAX_READERS = 4;

/** Divisors of 60, for even spacing; at most half of the hour within which changes should be visible. */
const SWEEP_STEPS: readonly unknown[] = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

const identityTypes = z
  .array(known(IDENTITY_TYPE.pattern, IDENTITY_TYPE.allowed, 'the settings of the function are'))
  .max(MAX_IDENTITY_TYPES, `at most ${MAX_IDENTITY_TYPES} identity types`)
  .refine((types) => new Set(types).size === types.length, 'each identity type once');

/** The location is captured. */
const KMS_KEY = /^projects\/[^/\s]+\/locations\/([^/\s]+)\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/;

const serviceAccount = text(
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9-]{6,30}\.iam\.gserviceaccount\.com$/,
  'the e-mail of a service account: NAME@PROJECT.iam.gserviceaccount.com',
);

export const propsSchema = z.strictObject({
  workspace: known(WORKSPACE_ID.pattern, WORKSPACE_ID.allowed),
  projectId: known(PROJECT_ID.pattern, PROJECT_ID.allowed),
  projectNumber: text(/^[1-9]\d{5,18}$/, 'a project number: digits only'),
  location: known(LOCATION.pattern, LOCATION.allowed, 'the region is'),
  buildServiceAccount: serviceAccount,
  region: known(
    /^[a-z]+(?:-[a-z]+)+\d{1,2}$/,
    'a region such as europe-west1',
    'where the function runs is',
  ).optional(),
  readers: z
    .array(member)
    .max(MAX_READERS, `at most ${MAX_READERS} members; name a group for more`)
    .refine((readers) => new Set(readers).size === readers.length, 'each reader once')
    .optional(),
  namePrefix: known(
    /^(?!.*goog)[a-z][a-z0-9-]{0,9}$/,
    'a lower-case letter, then at most nine lower-case letters, digits or dashes, without "goog"',
  ).optional(),
  mergeSchedule: z
    .custom<Schedule>(
      (value) => value instanceof Schedule,
      'Schedule.everyMinutes(n), Schedule.everyHours(n) or Schedule.daily()',
    )
    .optional(),
  sweepEveryMinutes: z
    .custom<number>(
      (value) => SWEEP_STEPS.includes(value),
      `minutes that divide the hour: ${SWEEP_STEPS.join(', ')}`,
    )
    .optional(),
  identityTypes: identityTypes.optional(),
  mparticleMember: member.optional(),
  landingRetentionDays: whole(1, 7, 'days').optional(),
  stagedRetentionDays: whole(1, 6, 'days').optional(),
  parkedRetentionDays: whole(1, 6, 'days').optional(),
  tombstoneRetentionHours: whole(24, 96, 'hours').optional(),
  logRetentionHours: whole(36, 96, 'hours').optional(),
  rejectionRetentionHours: whole(24, 96, 'hours').optional(),
  kmsKeyName: text(
    KMS_KEY,
    'a Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K',
  ).optional(),
  mergeServiceAccount: serviceAccount.optional(),
  ingestServiceAccount: serviceAccount.optional(),
  invokerServiceAccount: serviceAccount.optional(),
  accessLogBucket: text(BUCKET_NAME.pattern, BUCKET_NAME.allowed).optional(),
  alertChannels: z
    .array(
      text(
        /^projects\/[^/\s]+\/notificationChannels\/\d+$/,
        'a notification channel: projects/P/notificationChannels/N',
      ),
    )
    .max(MAX_CHANNELS, `at most ${MAX_CHANNELS} channels`)
    .optional(),
  alertThresholds: alertThresholds.optional(),
  runbook: text(
    /^[^\p{C}]{1,1500}$/u,
    'an address or a page of 1 to 1,500 printable characters',
  ).optional(),
  dashboard: z.boolean('true or false').optional(),
  labels: labels.optional(),
  destroyData: z.boolean('true or false').optional(),
});

interface Contradiction {
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
function accountOfItsOwn(prop: (typeof ACCOUNT_PROPS)[number]): Contradiction {
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

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    prop: 'region',
    to: ['location'],
    allowed: ({ region, location }) =>
      region && !liesIn(region, location) && `a region inside the location ${location}`,
  },
  ...ACCOUNT_PROPS.map(accountOfItsOwn),
  {
    prop: 'kmsKeyName',
    to: ['location'],
    allowed: ({ kmsKeyName, location }) =>
      kmsKeyName &&
      KMS_KEY.exec(kmsKeyName)?.[1] !== keyLocation(location) &&
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

/** Faults of props that are sound alone and do not fit together. What is a token is not known yet. */
function contradictionsOf(
  props: AudienceImportProps,
  isSound: (prop: keyof AudienceImportProps) => boolean,
): string[] {
  return CONTRADICTIONS.flatMap(({ prop, to, allowed }) => {
    if (![prop, ...to].every(isSound) || Token.isUnresolved(props[prop])) return [];
    const expected = allowed(props);
    return expected ? [faultText(prop, props[prop], expected)] : [];
  });
}

/** The props that the erasure budget adds up: it cannot be told while one of them is at fault. */
const BUDGET_PROPS: readonly (keyof AudienceImportProps)[] = [
  'location',
  'mergeSchedule',
  'sweepEveryMinutes',
  'alertThresholds',
  'landingRetentionDays',
  'stagedRetentionDays',
  'parkedRetentionDays',
  'tombstoneRetentionHours',
  'logRetentionHours',
  'rejectionRetentionHours',
];

/**
 * Checks every prop and reports all faults at once: the provider accepts most wrong values when it plans, and
 * fails in the middle of an apply.
 *
 * @throws {InvalidPropsError}
 */
export function validateProps(constructPath: string, props: AudienceImportProps): void {
  const issues = propsSchema.safeParse(props).error?.issues ?? [];
  const faulty = new Set(issues.map((issue) => issue.path[0]));
  const faults = [
    ...issues.map((issue) => issueText(props, issue)),
    ...contradictionsOf(props, (prop) => !faulty.has(prop)),
    ...(BUDGET_PROPS.some((prop) => faulty.has(prop))
      ? []
      : erasureFaults(resolveProps(props).erasure)),
  ];
  if (faults.length > 0) throw new InvalidPropsError(constructPath, faults);
}

function issueText(props: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const isNested = issue.path[0] === 'alertThresholds';
    const allowed = Object.keys((isNested ? alertThresholds : propsSchema).shape).join(', ');
    const keys = [...issue.path, issue.keys.map(printable).join(', ')].join('.');
    return `${keys}: no such ${isNested ? 'threshold' : 'prop'}; allowed: ${allowed}`;
  }
  const place = issue.path.map((part) => printable(String(part))).join('.');
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    props,
  );
  const allowed = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  return faultText(place, value, allowed ?? issue.message);
}

function faultText(place: string, value: unknown, allowed: string): string {
  return `${place}: got ${shown(value)}; allowed: ${allowed}`;
}

function shown(value: unknown): string {
  if (Token.isUnresolved(value)) return 'a token';
  if (value === undefined) return 'nothing';
  return printable(asJson(value) ?? `a ${typeof value}`);
}

/** `undefined` for what JSON cannot hold: functions, big integers, circles. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function printable(value: string): string {
  const cut = value.length > SHOWN_VALUE_LENGTH ? `${value.slice(0, SHOWN_VALUE_LENGTH)}…` : value;
  return cut.replaceAll(
    /\p{C}/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
