import { MAX_IDENTITY_TYPES } from '../fields/identity';

/**
 * What the function needs to know about its workspace. The construct writes it with {@link toEnvironment} into the
 * environment of the function, which reads it back with {@link fromEnvironment}.
 */
export interface FunctionSettings {
  readonly workspace: string;
  readonly projectId: string;
  /** BigQuery location of the datasets. BigQuery finds a job only where it was made. */
  readonly location: string;
  /** Dataset with the tables that the function loads. */
  readonly coreDataset: string;
  readonly landingBucket: string;
  /** Folder of the landing bucket outside of which nothing is read; left out, all of the bucket is read. */
  readonly landingFolder?: string;
  readonly stagingBucket: string;
  /** Identity types to keep, named as they are delivered. */
  readonly identityTypes: readonly string[];
  /** Seconds after which a sweep stops and leaves the rest to the next one. */
  readonly sweepSeconds: number;
}

/** What a text must look like, for the machine and for people. */
export interface TextRule {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** The rules that the props of the construct share with the function. */
export const WORKSPACE_ID: TextRule = {
  pattern: /^[^\p{Cc}\p{Cs}]{1,200}$/u,
  allowed: 'a workspace id of 1 to 200 printable characters',
};
export const PROJECT_ID: TextRule = {
  pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  allowed: 'a project id of 6 to 30 lower-case letters, digits and dashes',
};
export const LOCATION: TextRule = {
  pattern: /^(?:EU|US|[a-z]+(?:-[a-z]+)+\d{1,2})$/,
  allowed: 'a BigQuery location: EU, US, or a region such as europe-west1',
};
export const BUCKET_NAME: TextRule = {
  pattern: /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
  allowed: 'the name of a bucket, without gs://',
};
/** So many characters that nobody can guess one; without a slash, so that it is one folder. */
export const LANDING_FOLDER: TextRule = {
  pattern: /^[A-Za-z0-9_-]{16,100}$/,
  allowed: 'the name of a folder: 16 to 100 letters, digits, - and _, chosen at random',
};
export const IDENTITY_TYPE: TextRule = {
  pattern: /^[a-z0-9_]{1,64}$/,
  allowed: 'an identity type of 1 to 64 lower-case letters, digits and _',
};

const DATASET_ID: TextRule = {
  pattern: /^\w{1,1024}$/,
  allowed: 'the id of a dataset, without its project',
};

/** The variable that carries one setting. */
interface Variable<Value> {
  readonly name: string;
  readonly allowed: string;
  /** Whether the variable may be missing. */
  readonly optional?: true;
  readonly write: (value: Value) => string;
  /** @returns undefined for a text that is not allowed. */
  readonly read: (text: string) => Value | undefined;
}

type AllSettings = Required<FunctionSettings>;

const VARIABLES: { readonly [Name in keyof AllSettings]: Variable<AllSettings[Name]> } = {
  workspace: textVariable('WORKSPACE', WORKSPACE_ID),
  projectId: textVariable('PROJECT_ID', PROJECT_ID),
  location: textVariable('LOCATION', LOCATION),
  coreDataset: textVariable('CORE_DATASET', DATASET_ID),
  landingBucket: textVariable('LANDING_BUCKET', BUCKET_NAME),
  // Left out rather than empty, as a service may leave out an empty text: then every plan would show a change.
  landingFolder: { ...textVariable('LANDING_FOLDER', LANDING_FOLDER), optional: true },
  stagingBucket: textVariable('STAGING_BUCKET', BUCKET_NAME),
  identityTypes: {
    name: 'IDENTITY_TYPES',
    allowed: `a JSON list of at most ${MAX_IDENTITY_TYPES} identity types`,
    // Not an empty text, which a service may leave out: then every plan would show a change.
    write: (types) => JSON.stringify(types),
    read: readIdentityTypes,
  },
  sweepSeconds: {
    name: 'SWEEP_SECONDS',
    allowed: 'a number of seconds from 1 to 9999',
    write: String,
    read: (text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined),
  },
};

function textVariable(name: string, { pattern, allowed }: TextRule): Variable<string> {
  return {
    name,
    allowed,
    write: (value) => value,
    read: (text) => (pattern.test(text) ? text : undefined),
  };
}

function readIdentityTypes(text: string): string[] | undefined {
  const list = parseJson(text);
  if (!Array.isArray(list) || list.length > MAX_IDENTITY_TYPES) return undefined;
  const areSound = list.every(
    (type) => typeof type === 'string' && IDENTITY_TYPE.pattern.test(type),
  );
  return areSound ? (list as string[]) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The environment that carries these settings. Nothing is checked here, because a value may be a token that only
 * Terraform resolves.
 */
export function toEnvironment(settings: FunctionSettings): Record<string, string> {
  return Object.fromEntries(
    settingNames().flatMap((setting) => variablesOf(setting, settings[setting])),
  );
}

/** One variable, or none for a setting that is left out. */
function variablesOf<Name extends keyof AllSettings>(
  setting: Name,
  value: AllSettings[Name] | undefined,
): [name: string, text: string][] {
  const { name, write } = VARIABLES[setting];
  return value === undefined ? [] : [[name, write(value)]];
}

/** A variable is missing or has a value that is not allowed. The message has one line for each. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** @throws {EnvironmentError} that names every wrong variable. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionSettings {
  const faults: string[] = [];
  const read = settingNames().flatMap((setting) => {
    const { name, allowed, optional, read: readValue } = VARIABLES[setting];
    const text = environment[name];
    if (text === undefined && optional) return [];
    const value = text === undefined ? undefined : readValue(text);
    if (value === undefined) {
      const got = text === undefined ? 'nothing' : JSON.stringify(text);
      faults.push(`${name}: got ${got}; allowed: ${allowed}`);
    }
    return [[setting, value] as const];
  });
  if (faults.length > 0) throw new EnvironmentError(`wrong environment\n${faults.join('\n')}`);
  return Object.fromEntries(read) as unknown as FunctionSettings;
}

function settingNames(): (keyof AllSettings)[] {
  return Object.keys(VARIABLES) as (keyof AllSettings)[];
}
