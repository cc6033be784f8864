import { canonicalWrittenAt, CanonicalReader } from './canonical';
import {
  isValidationObject,
  MparticleStorageReader,
  parseMparticleObjectName,
} from './mparticle/cloud-storage';
import type { RowReader } from './source';

/** How one object is read, and the time of its writing that orders its changes. */
export interface Source {
  readonly reader: RowReader;
  /** Seconds since 1970-01-01T00:00:00Z; 0 where the object's name does not tell. */
  readonly writtenAt: number;
}

/** Picks the delivered format of an object by its name. What it contains is told apart by the format. */
export function sourceFor(objectName: string, identityTypes: readonly string[]): Source {
  if (isValidationObject(objectName)) return { reader: { read: () => undefined }, writtenAt: 0 };
  const name = parseMparticleObjectName(objectName);
  if (name) {
    return {
      reader: new MparticleStorageReader(name, identityTypes),
      writtenAt: Math.max(0, name.writtenAt),
    };
  }
  return {
    reader: new CanonicalReader(identityTypes),
    writtenAt: canonicalWrittenAt(objectName),
  };
}
