import type { Cloud } from './cloud';

export type Delivery = readonly [name: string, bytes: Buffer | string];

export interface Delivered {
  readonly generation: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly createdAt: number;
}

/** Puts an object into the landing bucket, as mParticle does. */
export async function deliver(
  { storage, configuration }: Cloud,
  name: string,
  bytes: Buffer | string,
): Promise<Delivered> {
  const file = storage.bucket(configuration.landingBucket).file(name);
  await file.save(bytes, { resumable: false });
  const [{ generation, timeCreated }] = await file.getMetadata();
  return { generation: String(generation), createdAt: Date.parse(String(timeCreated)) };
}
