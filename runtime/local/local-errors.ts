import { ObjectChangedError, ObjectGoneError, StoreError } from '../ingest/stores';

/** An error of the file system as one of a store. Its message names the path and the cause. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new ObjectGoneError(message);
  if (code === 'EEXIST') return new ObjectChangedError(message);
  return new StoreError(message);
}
