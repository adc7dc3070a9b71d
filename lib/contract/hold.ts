/** What a person decides about a calendar: a hold by its id, a version to bring back. */
import * as z from "zod";

/** Body of POST /v1/calendars/{id}/hold/approve and /reject: a newer hold is not decided by mistake. */
export const HoldDecision = z.strictObject({ holdId: z.string().min(1).max(120) });
export type HoldDecision = z.infer<typeof HoldDecision>;

/** Body of POST /v1/calendars/{id}/rollback; without a version it is the one before the present. */
export const RollbackRequest = z.strictObject({ toVersion: z.number().int().positive().optional() });
export type RollbackRequest = z.infer<typeof RollbackRequest>;
