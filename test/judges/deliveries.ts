import { stagedChange, stagedRejection } from '../../runtime/warehouse/staged-rows';
import { normalized } from '../support/normalized';
import type { Cloud } from './cloud';

/** Newline-delimited JSON, ready to be loaded. */
export interface StagedText {
  readonly changes: string;
  readonly rejections: string;
}

/**
 * Puts an object into the landing bucket, as mParticle does.
 *
 * @returns the rows that have to be loaded for it: its bytes read back from the bucket and normalized.
 */
export async function deliver(
  cloud: Cloud,
  name: string,
  bytes: Buffer | string,
): Promise<StagedText> {
  const file = cloud.storage.bucket(cloud.bucket('landing')).file(name);
  await file.save(bytes, { resumable: false });
  const [{ generation, timeCreated }] = await file.getMetadata();
  const [content] = await file.download();
  const deliveredAt = Date.parse(String(timeCreated)) * 1000;
  const { changes, rejections } = await normalized(content, {
    name,
    generation: String(generation),
    deliveredAt,
  });
  return {
    changes: changes.map((change) => stagedChange(change, deliveredAt)).join(''),
    rejections: rejections.map((rejection) => stagedRejection(rejection, deliveredAt)).join(''),
  };
}
