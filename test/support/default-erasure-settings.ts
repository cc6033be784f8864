import { resolveProps } from '../../lib/audience-import-props';
import { erasureSettings } from '../../lib/erasure-settings';
import { PROPS } from './stacks';

/** The settings of a workspace whose optional props are all left out. */
export const DEFAULT_ERASURE_SETTINGS = erasureSettings(resolveProps(PROPS));
