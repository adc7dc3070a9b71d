/** A POST that was sent with an Idempotency-Key: what it asked, and what it was answered. */
import * as z from "zod";

/** Visible ASCII; a UUID for each thing that is to be done once. */
export const IdempotencyKey = z.string().regex(/^[\u0021-\u007e]{1,255}$/u);

/** What is sealed of an answer. */
export const SealedContent = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });
export type SealedContent = z.infer<typeof SealedContent>;

/** One record for each caller and key; kept a day. */
export const IdempotencyRecord = z.object({
  version: z.literal(1),
  /** Keyed hash of method, path, query and body. */
  requestHash: z.string(),
  /** Of whose key it was, so that it goes with its owner; absent for an operator's. */
  ownerId: z.string().optional(),
  /** Which attempt this is: only who holds it writes the answer. */
  claimId: z.string(),
  /** UTC instant at which an attempt without an answer counts as dead. */
  claimedUntil: z.string(),
  /** UTC instant from which the key is as good as new. */
  endsAt: z.string(),
  /** Absent while the request is under way. */
  answer: z
    .object({
      status: z.number().int(),
      location: z.string().optional(),
      /** Headers and body, sealed for the caller alone; absent where they were too large to keep. */
      sealed: z.instanceof(Uint8Array).optional(),
    })
    .optional(),
});
export type IdempotencyRecord = z.infer<typeof IdempotencyRecord>;
