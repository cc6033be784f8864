import { resolveProps } from '../../lib/props/audience-import-props';
import { erasureSettings } from '../../lib/erasure/erasure-settings';
import { PROPS } from '../../test/support/stacks/stacks';

/** The settings of a workspace whose optional props are all left out. */
export const DEFAULT_ERASURE_SETTINGS = erasureSettings(resolveProps(PROPS));
