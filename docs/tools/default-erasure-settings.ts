import { resolveProps } from '../../lib/props/audience-import-props';
import { erasureSettings } from '../../lib/erasure/erasure-settings';
import { PROPS } from './example-props';

/** The settings of a workspace that has no optional prop. */
export const DEFAULT_ERASURE_SETTINGS = erasureSettings(resolveProps(PROPS));
