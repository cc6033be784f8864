import { whyAbsent } from './built-programs';
import { startCloud, type Cloud } from './cloud';
import { discoveryDocument, missingDocuments } from './discovery';
import { judgeCalls } from './judged-calls';
import { RestSchema } from './rest-schema';

/** Synthesis, two programs and a dozen tables, on a busy machine. */
const START_MS = 120_000;

/** A test that is followed by what the emulators wrote when it fails. */
export type Judge = (promise: string, work: () => Promise<void>) => void;

/**
 * Tests against one running cloud, in their order. Where its programs cannot be had they are skipped, and
 * the name of what was skipped says why.
 */
export function judges(name: string, register: (judge: Judge, cloud: () => Cloud) => void): void {
  const absent = whyAbsent();
  if (absent !== undefined) {
    test.skip(`${name}: ${absent}`, () => undefined);
    return;
  }
  describe(name, () => {
    let cloud: Cloud | undefined;
    beforeAll(async () => {
      cloud = await startCloud();
    }, START_MS);
    afterAll(async () => {
      await cloud?.stop();
    });
    const running = (): Cloud => {
      if (!cloud) throw new Error('the cloud runs only while its tests do');
      return cloud;
    };
    const judge: Judge = (promise, work) => {
      test(promise, async () => {
        try {
          await work();
        } catch (error) {
          console.error(running().output());
          throw error;
        }
      });
    };
    register(judge, running);
    const missing = missingDocuments();
    const promise = 'Every request that the services received is one that Google describes';
    if (missing !== undefined) {
      test.skip(`${promise}: ${missing}`, () => undefined);
      return;
    }
    judge(promise, async () => {
      const { storage, bigquery } = running().services;
      expect({
        storage: judgeCalls(new RestSchema(discoveryDocument('storage.v1')), storage.calls).faults,
        bigquery: judgeCalls(new RestSchema(discoveryDocument('bigquery.v2')), bigquery.calls)
          .faults,
      }).toEqual({ storage: [], bigquery: [] });
      return Promise.resolve();
    });
  });
}
