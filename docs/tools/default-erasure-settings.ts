import { resolveProps } from '../../lib/props/resolved-props';
import { PROPS } from './example-props';

/** The settings of a workspace that has no optional prop. */
export const DEFAULT_ERASURE_SETTINGS = resolveProps(PROPS).erasure;
