/** One schedule as EventBridge Scheduler keeps it, and when it is due: rate(), cron() and at() with a time zone. */
import { Cron } from "croner";
import * as z from "zod";

import { arnOf } from "./arn.ts";
import { instantShown, offsetAt } from "./wall-clock.ts";

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** In an input Scheduler puts the instant there that it calls for. */
const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";

const Target = z.object({
  Arn: z.string().regex(/^arn:aws:(?:lambda:[^:]*:\d*:function|sqs):/u, "one machine has functions and queues as targets"),
  RoleArn: z.string().optional(),
  Input: z.string().default("{}"),
  RetryPolicy: z.object({ MaximumRetryAttempts: z.number().optional() }).optional(),
  DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
});

/** The body of CreateSchedule with AWS's defaults; dates are seconds since the epoch, as on the wire. */
export const Schedule = z.strictObject({
  ClientToken: z.string().optional(),
  Name: z.string().default(""),
  GroupName: z.string().default("default"),
  Description: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  ActionAfterCompletion: z.enum(["NONE", "DELETE"]).default("NONE"),
  FlexibleTimeWindow: z.object({ Mode: z.enum(["OFF", "FLEXIBLE"]), MaximumWindowInMinutes: z.number().optional() }),
  Target,
});
export type Schedule = z.infer<typeof Schedule>;

/** What the machine keeps besides; `Declaration` is the template's text that the schedule was made from. */
export const KeptSchedule = Schedule.extend({
  Arn: z.string(),
  CreationDate: z.number(),
  LastModificationDate: z.number(),
  Declaration: z.string().optional(),
  FiredMs: z.number().optional(),
});
export type KeptSchedule = z.infer<typeof KeptSchedule>;

/** An update replaces all but the creation date; with the same expression it does not fire again for an instant that it fired for. */
export function completeSchedule(
  wanted: Schedule,
  kept: KeptSchedule | undefined,
  declaration: string | undefined,
): KeptSchedule {
  parseExpression(wanted);
  const unknown = wanted.Target.Input.replaceAll(SCHEDULED_TIME, "").match(/<aws\.scheduler\.[\w-]*>/u);
  if (unknown !== null) throw new RangeError(`Input has ${unknown[0]}, which one machine does not know.`);
  const nowSeconds = Date.now() / 1000;
  return {
    ...wanted,
    Arn: arnOf("scheduler", `schedule/${wanted.GroupName}/${wanted.Name}`),
    CreationDate: kept?.CreationDate ?? nowSeconds,
    LastModificationDate: nowSeconds,
    Declaration: declaration,
    FiredMs: kept?.ScheduleExpression === wanted.ScheduleExpression ? kept.FiredMs : undefined,
  };
}

/** The first instant after the last firing, in UTC milliseconds; one that passed while the machine was off is due once. */
export function nextDueMs(schedule: KeptSchedule): number | undefined {
  return parseExpression(schedule)(schedule.LastModificationDate * 1000, schedule.FiredMs);
}

/** What the target is sent when the schedule is due. */
export function inputAt({ Target: { Input: input } }: KeptSchedule, dueMs: number): string {
  return input.replaceAll(SCHEDULED_TIME, `${new Date(dueMs).toISOString().slice(0, "2026-05-06T01:00:00".length)}Z`);
}

/** Gives the due instant from when the schedule begins and when it last fired. */
type Due = (beginMs: number, firedMs: number | undefined) => number | undefined;
type Expression = Pick<Schedule, "ScheduleExpression" | "ScheduleExpressionTimezone">;

/** Throws at what AWS would refuse. */
export function parseExpression({ ScheduleExpression: expression, ScheduleExpressionTimezone: zone }: Expression): Due {
  const [, kind, inner = ""] = /^(rate|cron|at)\((.*)\)$/u.exec(expression) ?? [];
  // Throws on a zone that nobody knows.
  new Intl.DateTimeFormat("en", { timeZone: zone });
  const due = kind === "rate" ? rate(inner) : kind === "cron" ? cron(inner, zone) : at(inner, zone);
  if (due === undefined) throw new RangeError(`Invalid Schedule Expression ${expression}.`);
  return due;
}

/** Wall time; croner would read the 30th of February as a day of March. */
function at(inner: string, zone: string): Due | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/u.test(inner) && new Date(`${inner}Z`).toISOString().startsWith(inner);
  const atMs = isTime ? new Cron(inner, { timezone: zone, paused: true }).nextRun(new Date(0))?.getTime() : undefined;
  return atMs === undefined ? undefined : (_beginMs, firedMs) => (firedMs === undefined ? atMs : undefined);
}

function rate(inner: string): Due | undefined {
  const [, value = "", unit = ""] = /^([1-9]\d*) (minute|hour|day)s?$/u.exec(inner) ?? [];
  const { [unit]: unitMs } = UNIT_MS;
  return unitMs === undefined
    ? undefined
    : (beginMs, firedMs) => (firedMs === undefined ? beginMs : firedMs + Number(value) * unitMs);
}

/** Six fields: minutes, hours, day of month, month, day of week (1 = SUN), year; one of the two day fields is `?`. */
function cron(inner: string, zone: string): Due | undefined {
  const [minutes, hours, day, month, weekday, year, ...more] = inner.trim().split(/\s+/u);
  if (year === undefined || more.length > 0 || (day === "?") === (weekday === "?")) return undefined;
  // A bare L is Saturday there, and `6L` (the last Friday) is croner's `6#L`.
  const weekdays = weekday
    ?.replace("?", "*")
    .replace(/^L$/u, "7")
    .replace(/^([1-7]|[A-Z]{3})L$/u, "$1#L");
  const pattern = ["0", minutes, hours, day?.replace("?", "*"), month, weekdays, year].join(" ");
  const job = new Cron(pattern, { timezone: "UTC", alternativeWeekdays: true, sloppyRanges: true, paused: true });
  return (beginMs, firedMs) => nextShown(job, zone, firedMs ?? beginMs);
}

/** As Scheduler documents it: a time that the clocks skip is skipped, one that they show twice is due at the first of the two. */
function nextShown(job: Cron, zone: string, afterMs: number): number | undefined {
  let wall = job.nextRun(new Date(afterMs + offsetAt(zone, afterMs)));
  while (wall !== null) {
    const atMs = instantShown(zone, wall.getTime());
    if (atMs !== undefined && atMs > afterMs) return atMs;
    wall = job.nextRun(wall);
  }
  return undefined;
}
