import type { TableName, ViewName } from './tables';

/**
 * How one engine names the things a statement refers to. The statements themselves are the same text for
 * every engine: only these references and the engine's own prelude of macros differ.
 */
export interface Dialect {
  /** A table of the core dataset. */
  table(name: TableName): string;
  /** A view of the published dataset. */
  view(name: ViewName): string;
  /** A value that the run provides: a script variable, or a query parameter. Its name starts with `v_`. */
  parameter(name: `v_${string}`): string;
  /** The elements of an array column as rows, bound to `alias`. */
  elements(array: string, alias: string): string;
}
