/** When a calendar has its turns: every so many minutes on the wheel, or as a cron expression says in a time zone; and on which days it has none. */
import * as z from "zod";

/** An IANA zone as the runtime knows it. */
export const ZoneName = z
  .string()
  .max(60)
  // Offsets such as +09:00 are no zones to EventBridge Scheduler.
  .regex(/^[A-Za-z][\w+/-]*$/u)
  .refine(isKnownZone, { error: "an IANA time zone such as Europe/Berlin" });

export const CronSchedule = z.strictObject({
  kind: z.literal("cron"),
  /** Minutes, hours, day of month, month, day of week (0 and 7 are Sunday), as people write it. */
  expression: z.string().min(9).max(200),
  zone: ZoneName,
});
export type CronSchedule = z.infer<typeof CronSchedule>;

export const CalendarSchedule = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("interval") }), CronSchedule]);
export type CalendarSchedule = z.infer<typeof CalendarSchedule>;

/** RFC 5545 3.3.10's names, as the weekday of a date counts them from Sunday. */
export const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"] as const;
export const Weekday = z.enum(WEEKDAYS);
export type Weekday = z.infer<typeof Weekday>;

/** Which events of a calendar are holidays: its all-day ones, or those of them with this category or with this word in their title. */
export const HolidaySource = z.strictObject({
  /** Imported like every other, and of the same owner. */
  calendarId: z.string().min(1).max(100),
  category: z.string().min(1).max(100).optional(),
  keyword: z.string().min(1).max(100).optional(),
});
export type HolidaySource = z.infer<typeof HolidaySource>;

export const BusinessDays = z.strictObject({
  weekend: z.array(Weekday).max(6).default(["SA", "SU"]),
  holidays: HolidaySource.optional(),
  /** What becomes of a turn on another day: nothing, or it moves to the next business day at the same local time. */
  policy: z.enum(["skip", "next"]).default("skip"),
  zone: ZoneName,
});
export type BusinessDays = z.infer<typeof BusinessDays>;

function isKnownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
