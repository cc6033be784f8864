import type { MembershipChange, Micros, Rejection } from '../change';
import { formatTimestamp } from '../fields/timestamp';

/**
 * Changes of one object as rows of `membership_changes`, a JSON object and a line break each. `ingested_at` is
 * left out, so that the warehouse fills it in; integers beyond 2^53 travel as text, as BigQuery asks.
 *
 * Ids, times and numbers hold nothing that JSON escapes; only free text goes through `JSON.stringify`, which takes
 * a third of the time that it takes for whole rows.
 *
 * @param deliveredAt when the object arrived.
 */
export function stagedChanges(changes: readonly MembershipChange[], deliveredAt: Micros): string {
  const delivered = formatTimestamp(deliveredAt);
  let rows = '';
  for (const change of changes) {
    const { mpId, audienceId, audienceName = null, action, sequence, identities, source } = change;
    rows += `{"mp_id":"${mpId}","audience_id":${JSON.stringify(audienceId)},"is_member":${action === 'add'},"changed_at":"${formatTimestamp(change.changedAt)}","sequence":"${sequence}","audience_name":${JSON.stringify(audienceName)},"identities":${identities.length === 0 ? '[]' : JSON.stringify(identities)},"source_object":${JSON.stringify(source.object)},"source_generation":${JSON.stringify(source.generation)},"source_line":${source.line},"delivered_at":"${delivered}"}\n`;
  }
  return rows;
}

/** Rejections of one object as rows of `rejected_changes`: see {@link stagedChanges}. */
export function stagedRejections(rejections: readonly Rejection[], deliveredAt: Micros): string {
  return rejections
    .map(
      ({ source, byteOffset, reason, field, records }) =>
        `${JSON.stringify({
          source_object: source.object,
          source_generation: source.generation,
          source_line: source.line,
          byte_offset: byteOffset,
          reason,
          field: field ?? null,
          delivered_at: formatTimestamp(deliveredAt),
          records: records ?? null,
        })}\n`,
    )
    .join('');
}
