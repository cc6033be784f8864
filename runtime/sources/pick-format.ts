import type { Fault } from '../change';
import { canonical } from './canonical';
import { foreignFile } from './foreign-file';
import { bigQueryAudience } from './mparticle/bigquery';
import { cloudStorageAudience, validationObject } from './mparticle/cloud-storage';
import type { Format, ObjectHead, ObjectReader, ReadOptions } from './source';

/** The delivered formats, in the order in which they are tried. The last one takes every object. */
export const FORMATS: readonly Format[] = [
  foreignFile,
  cloudStorageAudience,
  validationObject,
  bigQueryAudience,
  canonical,
];

/** Opens an object in the first format that takes it, by its name and its beginning. */
export function openObject(
  formats: readonly Format[],
  head: ObjectHead,
  options: ReadOptions,
): ObjectReader | Fault {
  for (const format of formats) {
    const opened = format.open(head, options);
    if (opened) return opened;
  }
  return { reason: 'format_unknown' };
}
