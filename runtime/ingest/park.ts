import type { BrokenObject, Group, StagedGroup } from './batch';
import type { StagePorts } from './stage';
import { StagedObjects } from './staged-objects';
import { parkedName } from './staging-names';
import { ObjectChangedError, ObjectGoneError, StoreError, type LandingObject } from './stores';

type ParkPorts = Pick<StagePorts, 'landing' | 'staging'>;

/**
 * Copies the only object of a group to where parked objects lie, and stages the record of it. An object that cannot be
 * copied is broken instead: it stays where it was delivered, because that is its only copy.
 */
export async function stageParked(
  { objects, park }: Group,
  name: string,
  ports: ParkPorts,
): Promise<StagedGroup> {
  const attempt = new StagedObjects(ports.staging, name);
  const done: LandingObject[] = [];
  const broken: BrokenObject[] = [];
  try {
    for (const object of objects) {
      const outcome = await copyToParked(object, ports);
      if (outcome === 'not copied') {
        await attempt.rejectUncopied(object);
        broken.push({ object, reason: 'object_parked' });
      } else {
        await attempt.rejectObject(
          object,
          outcome === 'gone' ? 'object_vanished' : 'object_parked',
        );
        done.push(object);
      }
    }
    const staged = await attempt.close(done, broken);
    return park === undefined ? staged : { ...staged, park };
  } catch (error) {
    attempt.abort();
    throw error;
  }
}

async function copyToParked(
  object: LandingObject,
  { landing, staging }: ParkPorts,
): Promise<'copied' | 'gone' | 'not copied'> {
  const copy = staging.create(parkedName(object));
  try {
    for await (const bytes of landing.read(object)) await copy.write(bytes);
    await copy.close();
    return 'copied';
  } catch (error) {
    copy.abort();
    if (error instanceof ObjectGoneError) return 'gone';
    // An earlier attempt has copied it.
    if (error instanceof ObjectChangedError) return 'copied';
    if (error instanceof StoreError) return 'not copied';
    throw error;
  }
}
