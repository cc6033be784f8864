import * as z from 'zod';

import { REJECTION_REASONS, type RejectionReason } from './change';

const reasonCodes = Object.keys(REJECTION_REASONS) as [RejectionReason, ...RejectionReason[]];

/** Shape of {@link MembershipChange} for the edges: what comes back from storage or from another process. */
export const membershipChangeSchema = z.object({
  mpId: z.string().regex(/^(?:0|-?[1-9]\d{0,18})$/),
  audienceId: z.string().min(1),
  audienceName: z.string().min(1).optional(),
  action: z.enum(['add', 'delete']),
  changedAt: z.int().nonnegative(),
  sequence: z.bigint().nonnegative(),
  identities: z.array(z.object({ type: z.string().min(1), value: z.string().min(1) })).max(5),
  source: z.object({
    object: z.string().min(1),
    generation: z.string().min(1),
    line: z.int().positive(),
  }),
});

/** Shape of {@link Rejection} for the edges. */
export const rejectionSchema = z.object({
  source: z.object({
    object: z.string().min(1),
    generation: z.string().min(1),
    line: z.int().positive(),
  }),
  byteOffset: z.int().nonnegative(),
  reason: z.enum(reasonCodes),
  field: z.string().min(1).optional(),
});
