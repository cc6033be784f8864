import { canonical } from './canonical';
import { cloudStorageAudience, validationObject } from './mparticle/cloud-storage';
import type { Format, ObjectHead, ObjectReader, ReadOptions } from './source';

/** The delivered formats, in the order in which they are asked. The last one takes every object. */
export const FORMATS: readonly Format[] = [validationObject, cloudStorageAudience, canonical];

/** Opens an object in the first format that takes it, by its name and its beginning. */
export function openObject(
  formats: readonly Format[],
  head: ObjectHead,
  options: ReadOptions,
): ObjectReader | undefined {
  for (const format of formats) {
    const reader = format.open(head, options);
    if (reader) return reader;
  }
  return undefined;
}
