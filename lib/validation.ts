import { Token } from 'cdktf';
import * as z from 'zod';

import type { AudienceImportProps } from './audience-import-props';
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

/** A value that names are made of: it must be known when the app is synthesized. */
const known = (pattern: RegExp, allowed: string) =>
  z.custom<string>(
    (value) => typeof value === 'string' && !Token.isUnresolved(value) && pattern.test(value),
    `${allowed}; not a token, because names are derived from it`,
  );

/** A value that may also be a token, which only Terraform knows. */
const text = (pattern: RegExp, allowed: string) =>
  z.custom<string>(
    (value) => typeof value === 'string' && (Token.isUnresolved(value) || pattern.test(value)),
    allowed,
  );

const whole = (min: number, max: number, unit: string) =>
  z.custom<number>(
    (value) =>
      typeof value === 'number' &&
      (Token.isUnresolved(value) || (Number.isInteger(value) && value >= min && value <= max)),
    `a whole number of ${unit} from ${min} to ${max}`,
  );

/** Anything but `allUsers` and `allAuthenticatedUsers`, which have no type. */
const member = text(
  /^(?:user|group|serviceAccount|domain|principal|principalSet):\S{1,250}$/,
  'an IAM member with its type, such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"; never allUsers or allAuthenticatedUsers',
);

/** https://cloud.google.com/bigquery/docs/labels-intro: the rules that all labelled services share. */
const labels = z.record(
  z
    .string()
    .regex(
      /^[a-z][a-z0-9_-]{0,62}$/,
      'label keys of 1 to 63 lower-case letters, digits, _ and -, a letter first',
    ),
  text(/^[a-z0-9_-]{0,63}$/, 'label values of at most 63 lower-case letters, digits, _ and -'),
);

const LOCATION = 'a BigQuery location: EU, US, or a region such as europe-west1';
const MAX_READERS = 5;

export const propsSchema = z.strictObject({
  workspace: known(/^[^\p{Cc}\p{Cs}]{1,200}$/u, 'a workspace id of 1 to 200 printable characters'),
  projectId: known(
    /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    'a project id of 6 to 30 lower-case letters, digits and dashes',
  ),
  projectNumber: text(/^[1-9]\d{5,18}$/, 'a project number: digits only'),
  location: text(/^(?:EU|US|[a-z]+(?:-[a-z]+)+\d{1,2})$/, LOCATION),
  readers: z
    .array(member)
    .max(MAX_READERS, `at most ${MAX_READERS} members; name a group for more`)
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
  mparticleMember: member.optional(),
  landingRetentionDays: whole(1, 7, 'days').optional(),
  tombstoneRetentionHours: whole(24, 96, 'hours').optional(),
  logRetentionHours: whole(36, 96, 'hours').optional(),
  rejectionRetentionHours: whole(24, 96, 'hours').optional(),
  labels: labels.optional(),
  destroyData: z.boolean('true or false').optional(),
});

/**
 * Checks every prop and reports all faults at once: the provider accepts most wrong values when it plans, and
 * fails in the middle of an apply.
 *
 * @throws {InvalidPropsError}
 */
export function validateProps(constructPath: string, props: AudienceImportProps): void {
  const result = propsSchema.safeParse(props);
  if (result.success) return;
  throw new InvalidPropsError(
    constructPath,
    result.error.issues.map((issue) => faultText(props, issue)),
  );
}

function faultText(props: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `${issue.keys.map(printable).join(', ')}: no such prop; allowed: ${Object.keys(propsSchema.shape).join(', ')}`;
  }
  const place = issue.path.map((part) => printable(String(part))).join('.');
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    props,
  );
  const allowed = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  return `${place}: got ${shown(value)}; allowed: ${allowed ?? issue.message}`;
}

function shown(value: unknown): string {
  if (Token.isUnresolved(value)) return 'a token';
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') {
    return `a ${typeof value}`;
  }
  return printable(JSON.stringify(value));
}

function printable(value: string): string {
  const cut = value.length > SHOWN_VALUE_LENGTH ? `${value.slice(0, SHOWN_VALUE_LENGTH)}…` : value;
  return cut.replaceAll(
    /\p{C}/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
