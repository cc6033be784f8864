import type { MembershipChange, Rejection } from '../change';
import { formatTimestamp } from '../normalize/timestamp';

/**
 * A change as a row of `membership_changes`, one JSON object and a line break. `ingested_at` is left out, so
 * that the warehouse fills it in; integers beyond 2^53 travel as text, as BigQuery asks.
 *
 * @param deliveredAt when the object arrived: microseconds since 1970-01-01T00:00:00Z.
 */
export function stagedChange(change: MembershipChange, deliveredAt: number): string {
  return `${JSON.stringify({
    mp_id: change.mpId,
    audience_id: change.audienceId,
    is_member: change.action === 'add',
    changed_at: formatTimestamp(change.changedAt),
    sequence: change.sequence.toString(),
    audience_name: change.audienceName ?? null,
    identities: change.identities,
    source_object: change.source.object,
    source_generation: change.source.generation,
    source_line: change.source.line,
    delivered_at: formatTimestamp(deliveredAt),
  })}\n`;
}

/** A rejection as a row of `rejected_changes`: see {@link stagedChange}. */
export function stagedRejection(rejection: Rejection, deliveredAt: number): string {
  return `${JSON.stringify({
    source_object: rejection.source.object,
    source_generation: rejection.source.generation,
    source_line: rejection.source.line,
    byte_offset: rejection.byteOffset,
    reason: rejection.reason,
    field: rejection.field ?? null,
    delivered_at: formatTimestamp(deliveredAt),
  })}\n`;
}
