/** The stored record of a task that changed something, failed, or was asked for by a person; kept 90 days. */
import * as z from "zod";

export const Run = z
  .object({
    version: z.literal(1),
    /** `<UTC instant>~<task id>`: sorts by time. */
    runId: z.string(),
    calendarId: z.string(),
    taskId: z.string(),
    reason: z.string(),
    status: z.enum(["queued", "imported", "unchanged", "deferred", "failed", "held", "duplicate", "skipped"]),
    code: z.string().optional(),
    detail: z.string().optional(),
    calendarVersion: z.number().int().nonnegative().optional(),
    created: z.number().int().nonnegative().optional(),
    updated: z.number().int().nonnegative().optional(),
    deleted: z.number().int().nonnegative().optional(),
    skipped: z.number().int().nonnegative().optional(),
    startedAt: z.string(),
    endedAt: z.string().optional(),
  })
  .meta({ id: "Run", description: "How an import ended, or that it waits." });
export type Run = z.infer<typeof Run>;
