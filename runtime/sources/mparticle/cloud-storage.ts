import { utcSeconds } from '../../fields/timestamp';
import {
  isFault,
  parseJsonObject,
  readIdentities,
  readMpId,
  type Row,
  type RowFault,
  type RowReader,
} from '../source';

/** What the name of an mParticle Cloud Storage audience object tells; the records themselves do not. */
export interface MparticleObjectName {
  readonly audienceId: string;
  /** As in the name: mParticle has turned spaces into hyphens, which cannot be undone. */
  readonly audienceName: string;
  /** When mParticle wrote the object: seconds since 1970-01-01T00:00:00Z. */
  readonly writtenAt: number;
}

/**
 * `[Name]_[ID]_[yyyy-MM-dd]_[HH-mm-ss]_[GUID].txt`. The name is free text and may hold underscores, so it is
 * read from the right. Source: mParticle's documentation of its Google Cloud Storage audience output.
 */
const OBJECT_NAME =
  /^(.+)_(\d{1,19})_(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)_[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\.txt(?:\.gz)?$/su;

/** Written whenever a subscription is saved, to test the connection; empty by contract. */
const VALIDATION_OBJECT_NAME = /^mparticle-validation[^/]*\.txt$/s;

export function parseMparticleObjectName(objectName: string): MparticleObjectName | undefined {
  const parts = OBJECT_NAME.exec(baseName(objectName));
  if (!parts) return undefined;
  const [, audienceName, audienceId, year, month, day, hour, minute, second] = parts;
  const writtenAt = utcSeconds(year, month, day, hour, minute, second);
  if (audienceName === undefined || audienceId === undefined) return undefined;
  return writtenAt === undefined ? undefined : { audienceId, audienceName, writtenAt };
}

export function isValidationObject(objectName: string): boolean {
  return VALIDATION_OBJECT_NAME.test(baseName(objectName));
}

function baseName(objectName: string): string {
  return objectName.slice(objectName.lastIndexOf('/') + 1);
}

/** Reads the records of mParticle's Cloud Storage audience output. */
export class MparticleStorageReader implements RowReader {
  constructor(
    private readonly name: MparticleObjectName,
    private readonly identityTypes: readonly string[],
  ) {}

  read(text: string): Row | RowFault {
    const parsed = parseJsonObject(text);
    if (isFault(parsed)) return parsed;
    const { IsAddRequest, IdentityValues, MembershipChangedTimestamp } = parsed.object as {
      IsAddRequest?: unknown;
      IdentityValues?: unknown;
      MembershipChangedTimestamp?: unknown;
    };
    if (IsAddRequest === undefined || IsAddRequest === null) {
      return { reason: 'action_missing', field: 'IsAddRequest' };
    }
    if (typeof IsAddRequest !== 'boolean') {
      return { reason: 'action_unknown', field: 'IsAddRequest' };
    }
    if (typeof IdentityValues !== 'object' || IdentityValues === null) {
      return { reason: 'mpid_missing', field: 'IdentityValues' };
    }
    const values = IdentityValues as Record<string, unknown>;
    const id = readMpId(values['mpid'], text, ['IdentityValues', 'mpid']);
    if (isFault(id)) return id;
    return {
      mpId: id.mpId,
      audienceId: this.name.audienceId,
      audienceName: this.name.audienceName,
      action: IsAddRequest ? 'add' : 'delete',
      timestamp: MembershipChangedTimestamp,
      timestampField: 'MembershipChangedTimestamp',
      ...readIdentities(values, this.identityTypes),
    };
  }
}
