export * from './change';
export type * from './normalize/delivered-object';
export { DEFAULT_NORMALIZE_OPTIONS, normalize } from './normalize/normalize';
export { canonicalLine } from './normalize/canonical-line';
export * from './warehouse/tables';
