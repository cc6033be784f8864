import type { MembershipChange } from '../change';
import { formatTimestamp } from '../fields/timestamp';

/**
 * A change as the five documented fields, one JSON object and a line break.
 *
 * Ids, actions and times hold nothing that JSON escapes; only free text goes through `JSON.stringify`.
 */
export function canonicalLine(change: MembershipChange): string {
  const { mpId, audienceId, audienceName = null, action, changedAt } = change;
  return `{"mpId":"${mpId}","audience_id":${JSON.stringify(audienceId)},"audience_name":${JSON.stringify(audienceName)},"membership_action":"${action}","timestamp":"${formatTimestamp(changedAt)}"}\n`;
}
