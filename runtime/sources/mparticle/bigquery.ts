import type { Fault, Identity, MembershipAction } from '../../change';
import { MAX_IDENTITY_TYPES, parseIdentity } from '../../fields/identity';
import { parseTimestamp } from '../../fields/timestamp';
import {
  isFault,
  parseJsonObject,
  readAudienceId,
  readAudienceName,
  readMpId,
  readTimestamp,
  type Fields,
} from '../json-fields';
import type { Format, ReadOptions, Row, RowSink } from '../source';

/**
 * What the name of an exported shard says. A shard is a table of one audience and week,
 * `[name]_[audience ID]_[yyyyMMdd]`; an export adds what it likes before the extension. The name may hold underscores,
 * so it is read from the right. Source: mParticle's documentation of its Google BigQuery audience output.
 */
const OBJECT_NAME =
  /^(.*)_(\d{1,19})_20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[^/]*\.(?:json|jsonl|ndjson|txt)(?:\.gz)?$/s;

/** What mParticle calls its tables where the audience's own name is not part of them. */
const NAME_OF_NO_AUDIENCE = 'audience';

/** The column that says when BigQuery took a row. Only exports that ask for it have it. */
export const COMMIT_TIME_COLUMN = 'change_time';

/** The columns of identity types whose names are not those of the type without underscores. */
const COLUMNS: Readonly<Record<string, string>> = {
  facebook: 'facebookid',
  google: 'googleuserid',
  microsoft: 'microsoftid',
  twitter: 'twitterid',
  yahoo: 'yahooid',
  android_uuid: 'androidid',
  android_aaid: 'googleaid',
  ios_idfa: 'idfa',
  ios_idfv: 'idfv',
  roku_aid: 'rokuaid',
  roku_publishing_id: 'rokupublisherid',
  fire_aid: 'fireadvertisingid',
};

/**
 * Rows of mParticle's audience output to BigQuery, exported as JSON lines. An object is known by its columns, whatever
 * its name; the name gives the audience of rows that do not say theirs.
 */
export const bigQueryAudience: Format = {
  open({ name, lines }, options) {
    if (!lines.some(isShardRow)) return undefined;
    const [, tableName = '', audienceId] = OBJECT_NAME.exec(baseName(name)) ?? [];
    const fallback = {
      audienceId: audienceId === undefined ? undefined : BigInt(audienceId).toString(),
      audienceName: tableName === NAME_OF_NO_AUDIENCE ? undefined : tableName,
    };
    return { records: 'lines', writtenAt: 0, read: rowReader(fallback, options) };
  },
};

function isShardRow(line: string): boolean {
  if (!line.includes('"isadd"')) return false;
  const parsed = parseJsonObject(line);
  return !('reason' in parsed) && 'isadd' in parsed.fields;
}

function baseName(objectName: string): string {
  return objectName.slice(objectName.lastIndexOf('/') + 1);
}

/** What the name of the object gives where a row does not. */
interface Fallback {
  readonly audienceId: string | undefined;
  readonly audienceName: string | undefined;
}

function rowReader(fallback: Fallback, options: ReadOptions) {
  return (text: string, sink: RowSink): void => {
    const parsed = parseJsonObject(text);
    const row = 'reason' in parsed ? parsed : readRow(parsed.fields, text, fallback, options);
    if ('reason' in row) sink.fault(row);
    else sink.row(row);
  };
}

const MP_ID_PATH = ['mpid'] as const;

function readRow(
  fields: Fields,
  text: string,
  { audienceId: namedId, audienceName: namedName }: Fallback,
  { identityTypes, latest }: ReadOptions,
): Row | Fault {
  const mpId = readMpId(fields['mpid'], text, MP_ID_PATH);
  if (isFault(mpId)) return mpId;
  const audienceId = readAudienceId(fields['audienceid'] ?? namedId, text, 'audienceid');
  if (isFault(audienceId)) return audienceId;
  const action = readIsAdd(fields['isadd']);
  if (typeof action === 'object') return action;
  const changedAt = readTimestamp(fields['timestamp'], text, 'timestamp', latest);
  if (isFault(changedAt)) return changedAt;
  const committedAt = parseTimestamp(fields[COMMIT_TIME_COLUMN]);
  return {
    mpId,
    audienceId,
    action,
    changedAt,
    ...(isFault(committedAt) ? {} : { committedAt }),
    ...readAudienceName(fields['audiencename'] ?? namedName),
    ...readIdentityColumns(fields, identityTypes),
  };
}

function readIsAdd(value: unknown): MembershipAction | Fault {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (text === true || text === 'true') return 'add';
  if (text === false || text === 'false') return 'delete';
  const isMissing = text === undefined || text === null || text === '';
  return { reason: isMissing ? 'action_missing' : 'action_unknown', field: 'isadd' };
}

/**
 * The additional identities that the workspace keeps. A column may hold one value or several, as text, a number or a
 * record with an `id`; its first usable value counts.
 */
function readIdentityColumns(
  fields: Fields,
  identityTypes: readonly string[],
): { readonly identities: readonly Identity[]; readonly omittedIdentities: number } {
  const identities: Identity[] = [];
  let omittedIdentities = 0;
  for (const type of identityTypes) {
    const values = valuesIn(fields[columnOf(type)]);
    const found = values.map((value) => parseIdentity(type, value));
    const identity = found.find((one) => one !== undefined);
    if (identity && identities.length < MAX_IDENTITY_TYPES) identities.push(identity);
    else if (found.length > 0) omittedIdentities += 1;
  }
  return { identities, omittedIdentities };
}

/** @example columnOf('other_id_2') // 'otheruserid2' */
function columnOf(type: string): string {
  return (
    COLUMNS[type] ?? type.replace(/^other(?:_id)?(?=_|\d|$)/, 'otheruserid').replaceAll('_', '')
  );
}

/** The values of a column, without NULLs and blanks: a scalar, a record with an `id`, or an array of either. */
function valuesIn(column: unknown): readonly unknown[] {
  if (Array.isArray(column)) return column.flatMap(valuesIn);
  if (typeof column === 'object' && column !== null) return valuesIn((column as Fields)['id']);
  return column === undefined || column === null || column === '' ? [] : [column];
}
