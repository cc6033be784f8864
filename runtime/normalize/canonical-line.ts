import type { MembershipChange } from '../change';
import { formatTimestamp } from './timestamp';

/** A change as the five documented fields, one JSON object and a line break. */
export function canonicalLine(change: MembershipChange): string {
  return `${JSON.stringify({
    mpId: change.mpId,
    audience_id: change.audienceId,
    audience_name: change.audienceName ?? null,
    membership_action: change.action,
    timestamp: formatTimestamp(change.changedAt),
  })}\n`;
}
