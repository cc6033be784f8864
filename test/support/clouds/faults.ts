import { WarehouseError, type Loader } from '../../../runtime/ingest/loader';
import {
  StoreError,
  type LandingStore,
  type ObjectWriter,
  type StagingStore,
} from '../../../runtime/ingest/stores';

/** What happens to one call: it fails before or after it was carried out, comes twice, or takes an hour. */
export const FAULT_KINDS = [
  'fails',
  'fails after it happened',
  'happens half, then fails',
  'happens twice',
  'takes an hour',
  'the process ends before it',
  'the process ends after it',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** Which call of the sweep, counted from 0. */
  readonly call: number;
  readonly kind: FaultKind;
}

const HOUR_MICROS = 3_600_000_000;

/** The end of a process: unlike an error, nothing is done after it. */
export class ProcessEnd extends Error {}

/**
 * Stands between a sweep and everything outside it, counts the calls, and makes one or several of them go wrong.
 * Every asynchronous call is seen, each chunk of a stream too, so that no crash point is left out.
 */
export class FaultyWorld {
  /** Names of the calls made so far. */
  readonly calls: string[] = [];
  private ended = false;

  constructor(
    private readonly faults: readonly Fault[],
    private readonly clock: { micros: number },
  ) {}

  landing(store: LandingStore): LandingStore {
    return {
      list: () => this.stream('list', () => store.list()),
      statusOf: (objects) => this.call('statusOf', () => store.statusOf(objects)),
      read: (object) => this.stream('read', () => store.read(object)),
      mark: (objects, mark, at) =>
        this.call(
          'mark',
          () => store.mark(objects, mark, at),
          () => store.mark(objects.slice(0, objects.length >> 1), mark, at),
        ),
    };
  }

  staging(store: StagingStore): StagingStore {
    return {
      locate: (name) => store.locate(name),
      find: (name) => this.call('find', () => store.find(name)),
      replace: (name, text, known) =>
        this.call(`replace ${name}`, () => store.replace(name, text, known)),
      create: (name) => this.writer(store.create(name)),
      remove: (object) => this.call('remove', () => store.remove(object)),
    };
  }

  loader(loader: Loader): Loader {
    return {
      start: (job) => this.call('start', () => loader.start(job), undefined, WarehouseError),
      stateOf: (job) => this.call('stateOf', () => loader.stateOf(job), undefined, WarehouseError),
    };
  }

  private writer(writer: ObjectWriter): ObjectWriter {
    return {
      // A row is not written twice: the stream of an upload is, or it is not.
      write: (bytes) => this.call('write', () => writer.write(bytes), undefined, StoreError, true),
      close: () => this.call('close', () => writer.close()),
      abort: () => {
        writer.abort();
      },
    };
  }

  private async *stream<T>(name: string, open: () => AsyncIterable<T>): AsyncGenerator<T> {
    const items = open()[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.call(`${name} next`, () => items.next(), undefined, StoreError, true);
      if (next.done) return;
      yield next.value;
    }
  }

  private async call<T>(
    name: string,
    work: () => Promise<T>,
    half: () => Promise<unknown> = () => Promise.resolve(),
    Failure: new (message: string) => Error = StoreError,
    once = false,
  ): Promise<T> {
    if (this.ended) throw new ProcessEnd();
    const kind = this.faults.find(({ call }) => call === this.calls.length)?.kind;
    this.calls.push(name);
    switch (kind) {
      case undefined:
        return work();
      case 'fails':
        throw new Failure(`${name} fails`);
      case 'fails after it happened':
        await work();
        throw new Failure(`${name} fails after it happened`);
      case 'happens half, then fails':
        await half();
        throw new Failure(`${name} fails half way`);
      case 'happens twice':
        if (!once) await work();
        return work();
      case 'takes an hour':
        this.clock.micros += HOUR_MICROS;
        return work();
      case 'the process ends before it':
        this.ended = true;
        throw new ProcessEnd();
      case 'the process ends after it':
        await work();
        this.ended = true;
        throw new ProcessEnd();
    }
  }
}
