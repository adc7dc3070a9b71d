/** A download that is asked for again and again, at the times of a cron expression. */
import * as z from "zod";

import { DownloadColumn, downloadFields, DownloadFormat, DownloadSubject, hasOneSubject } from "./download.ts";
import { ZoneName } from "./schedule.ts";

const Every = z.strictObject({
  cron: z.string().min(9).max(200).describe("minutes, hours, day of month, month, day of week: `0 7 * * 1` is Monday at seven"),
  zone: ZoneName.default("UTC"),
});

/** Body of POST /v1/repeats: the same download each time, its window in days from then on. */
export const RepeatDraft = z
  .strictObject({ ...downloadFields, every: Every })
  .refine(hasOneSubject, "one of calendarId and feedId")
  .refine(({ format, days }) => format === "ics" || days !== undefined, "days");
export type RepeatDraft = z.infer<typeof RepeatDraft>;

export const Repeat = z.object({
  version: z.literal(1),
  repeatId: z.string(),
  ownerId: z.string(),
  subject: DownloadSubject,
  format: DownloadFormat,
  days: z.number().int().positive().optional(),
  zone: z.string(),
  columns: z.array(DownloadColumn).optional(),
  every: z.object({ cron: z.string(), zone: z.string() }),
  createdAt: z.string(),
});
export type Repeat = z.infer<typeof Repeat>;

export const RepeatView = Repeat.omit({ version: true })
  .extend({ nextAt: z.string().optional().describe("when it is asked for next") })
  .meta({ id: "Repeat", description: "A download that is asked for at the times of a cron expression." });
export type RepeatView = z.infer<typeof RepeatView>;

/** What its schedule calls fan-out with. */
export const RepeatCall = z.object({
  repeatId: z.string(),
  /** Names the schedule, should the repeat be gone. */
  ownerId: z.string(),
  /** UTC instant for which Scheduler calls, the same where it calls twice. */
  dueAt: z.string(),
});
export type RepeatCall = z.infer<typeof RepeatCall>;
