import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';

/** The second of the two switches that let a plan destroy data: see {@link AudienceImportProps.destroyData}. */
export const DESTROY_DATA_CONTEXT = 'cdktf-audience-import:destroyData';

/**
 * Whether a plan may destroy data: only if both switches are set. One alone adds a warning to the construct,
 * which the CDKTF command line prints.
 *
 * @param destroyData the first switch, a prop.
 */
export function mayDestroyData(scope: Construct, destroyData: boolean): boolean {
  const isAllowed = scope.node.tryGetContext(DESTROY_DATA_CONTEXT) === true;
  if (destroyData !== isAllowed) {
    Annotations.of(scope).addWarning(
      `data is retained: destroying it takes both the prop destroyData and the context key ${DESTROY_DATA_CONTEXT}`,
    );
  }
  return destroyData && isAllowed;
}
