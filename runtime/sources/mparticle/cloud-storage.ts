import { parseText } from '../../fields/text';
import { utcSeconds } from '../../fields/timestamp';
import {
  isFault,
  mayBeJsonLines,
  parseJsonObject,
  readIdentities,
  readMpId,
  readTimestamp,
  type Fields,
} from '../json-fields';
import type { Format, ReadOptions, RowSink } from '../source';

/** What the name of an mParticle Cloud Storage audience object says; the records themselves do not. */
interface ObjectName {
  readonly audienceId: string;
  /** As in the name: mParticle has turned spaces into hyphens, which cannot be undone. */
  readonly audienceName: string | undefined;
  /** 1 where the name of the audience is unusable; else 0. */
  readonly omittedNames: number;
  /** When mParticle wrote the object: seconds since 1970-01-01T00:00:00Z; 0 for a date that does not exist. */
  readonly writtenAt: number;
}

/**
 * `[Name]_[ID]_[yyyy-MM-dd]_[HH-mm-ss]_[GUID].txt`. The name is free text and may hold underscores, so it is
 * read from the right. Source: mParticle's documentation of its Google Cloud Storage audience output.
 */
const OBJECT_NAME =
  /^(.*)_(\d{1,19})_(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)_[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\.txt(?:\.gz)?$/s;

/** Written whenever a subscription is saved, to test the connection; empty by contract. */
const VALIDATION_OBJECT_NAME = /^mparticle-validation[^/]*\.txt$/s;

/** mParticle's audience output to Cloud Storage. */
export const cloudStorageAudience: Format = {
  open({ name, lines }, options) {
    const parsed = parseObjectName(name);
    if (!parsed) return undefined;
    const written = lines.filter((line) => line.trim() !== '');
    if (written.length > 0 && !mayBeJsonLines(written)) {
      return { reason: 'format_unknown' };
    }
    const { writtenAt } = parsed;
    return { records: 'lines', writtenAt, read: recordReader(parsed, options) };
  },
};

/** The objects by which mParticle tests that it can write. What one holds is not read, but not dropped unseen. */
export const validationObject: Format = {
  open({ name }) {
    if (!VALIDATION_OBJECT_NAME.test(baseName(name))) return undefined;
    return {
      records: 'lines',
      writtenAt: 0,
      read: (_, sink) => {
        sink.fault({ reason: 'validation_not_empty' });
      },
    };
  },
};

function parseObjectName(name: string): ObjectName | undefined {
  const parts = OBJECT_NAME.exec(baseName(name));
  if (!parts) return undefined;
  const [, audience = '', audienceId = '', year, month, day, hour, minute, second] = parts;
  const audienceName = parseText(audience);
  return {
    audienceId: BigInt(audienceId).toString(),
    audienceName,
    omittedNames: audienceName === undefined && audience !== '' ? 1 : 0,
    writtenAt: Math.max(0, utcSeconds(year, month, day, hour, minute, second) ?? 0),
  };
}

function baseName(objectName: string): string {
  return objectName.slice(objectName.lastIndexOf('/') + 1);
}

const MP_ID_PATH = ['IdentityValues', 'mpid'] as const;

function recordReader(
  { audienceId, audienceName, omittedNames }: ObjectName,
  { identityTypes, latest }: ReadOptions,
) {
  return (text: string, sink: RowSink): void => {
    const parsed = parseJsonObject(text);
    if ('reason' in parsed) {
      sink.fault(parsed);
      return;
    }
    const { IsAddRequest, IdentityValues, MembershipChangedTimestamp } = parsed.fields as {
      IsAddRequest?: unknown;
      IdentityValues?: unknown;
      MembershipChangedTimestamp?: unknown;
    };
    if (typeof IsAddRequest !== 'boolean') {
      const isMissing = IsAddRequest === undefined || IsAddRequest === null;
      const reason = isMissing ? 'action_missing' : 'action_unknown';
      sink.fault({ reason, field: 'IsAddRequest' });
      return;
    }
    if (typeof IdentityValues !== 'object' || IdentityValues === null) {
      sink.fault({ reason: 'mpid_missing', field: 'IdentityValues' });
      return;
    }
    const values = IdentityValues as Fields;
    const mpId = readMpId(values['mpid'], text, MP_ID_PATH);
    if (isFault(mpId)) {
      sink.fault(mpId);
      return;
    }
    const changedAt = readTimestamp(
      MembershipChangedTimestamp,
      text,
      'MembershipChangedTimestamp',
      latest,
    );
    if (isFault(changedAt)) {
      sink.fault(changedAt);
      return;
    }
    const { identities, omittedIdentities } = readIdentities(values, identityTypes);
    const action = IsAddRequest ? 'add' : 'delete';
    sink.row({
      mpId,
      audienceId,
      audienceName,
      action,
      changedAt,
      identities,
      omittedIdentities,
      omittedNames,
    });
  };
}
