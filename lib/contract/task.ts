/** What travels through SQS: ids and times only, never a feed's URL. */
import * as z from "zod";

import { RepeatCall } from "./repeat.ts";

/** Why a task exists; only `tick` and `cron` have a turn of their own. */
export const TaskReason = z.enum([
  "tick",
  "created",
  "requested",
  "sync-now",
  "reservation",
  "cron",
  "replay",
  "mend",
  "commit",
  "changed",
]);
export type TaskReason = z.infer<typeof TaskReason>;

/** Import one url calendar. `turn` is the due minute since the epoch; one-off tasks have none and are known by their id. */
export const ImportTask = z.object({
  version: z.literal(1),
  kind: z.literal("import"),
  taskId: z.string(),
  calendarId: z.string(),
  turn: z.number().int().positive().optional(),
  /** UTC instant before which the host must not be asked: the reserved start. */
  startAt: z.string(),
  reason: TaskReason,
  /** The dead letter that this task replays. */
  replayOf: z.string().optional(),
  /** Times that a one-time schedule put the task off. */
  bookings: z.number().int().positive().optional(),
});
export type ImportTask = z.infer<typeof ImportTask>;

/** Build one feed because a calendar reached a version, or because the feed itself changed (no calendar). */
export const ExportTask = z.object({
  version: z.literal(1),
  kind: z.literal("export"),
  taskId: z.string(),
  feedId: z.string(),
  calendarId: z.string().optional(),
  calendarVersion: z.number().int().nonnegative().optional(),
  /** Hash of the feed's definition that asks for a build: one that has it, or the present one, is enough. */
  definition: z.string().optional(),
  reason: TaskReason,
  replayOf: z.string().optional(),
});
export type ExportTask = z.infer<typeof ExportTask>;

/** Make one part of a download; part 0 is its plan. */
export const DownloadTask = z.object({
  version: z.literal(1),
  kind: z.literal("download"),
  taskId: z.string(),
  downloadId: z.string(),
  part: z.number().int().nonnegative(),
  reason: TaskReason,
  replayOf: z.string().optional(),
});
export type DownloadTask = z.infer<typeof DownloadTask>;

export const Task = z.discriminatedUnion("kind", [ImportTask, ExportTask, DownloadTask]);
export type Task = z.infer<typeof Task>;

/** Whatever is not JSON is an issue, not a throw. */
const JsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: "custom", message: "not JSON", input: text });
    return z.NEVER;
  }
});

/** The body of a message of any queue. */
export const TaskBody = JsonText.pipe(Task);

/** Message attributes a worker adds when it gives a task up; the alert function reads them. */
export const FailureAttributes = z.object({
  code: z.string(),
  reason: z.string(),
  host: z.string().optional(),
  attempts: z.number().int(),
});
export type FailureAttributes = z.infer<typeof FailureAttributes>;

/** One calendar's own turn: a reservation, a cron time, or a one-off task that was put off. */
export const OwnTurn = z.object({
  calendarId: z.string(),
  taskId: z.string(),
  reason: TaskReason,
  replayOf: z.string().optional(),
  /** The start that was reserved for it. */
  startAt: z.string().optional(),
  bookings: z.number().int().positive().optional(),
  /** The due minute of a cron time that no worker has seen yet. */
  turn: z.number().int().positive().optional(),
});
export type OwnTurn = z.infer<typeof OwnTurn>;

/** A cron calendar is due. */
export const CronCall = z.object({
  calendarId: z.string(),
  /** Names its schedule, should the calendar be gone. */
  ownerId: z.string(),
  reason: z.literal("cron"),
  /** UTC instant for which Scheduler calls, the same where it calls twice. */
  dueAt: z.iso.datetime({ offset: true }),
});
export type CronCall = z.infer<typeof CronCall>;

/** A reservation is due; one that was moved since has a higher revision. */
export const ReservationCall = z.object({ reservationId: z.string(), revision: z.number().int().positive() });
export type ReservationCall = z.infer<typeof ReservationCall>;

/** The minute has come. */
const Tick = z.object({ tick: z.literal(true) });
/** As a message, for Scheduler or Lambda could not deliver it: a tick, of which the next one does the work, or a reservation, which the sweep makes again. */
export const LostForNothing = JsonText.pipe(z.union([Tick, ReservationCall]));
/** As a message: a calendar's turn that nobody would send again. A task of another version, which has a kind, is none. */
export const LostTurn = JsonText.pipe(z.union([OwnTurn.extend({ kind: z.never().optional() }), CronCall]));

/** As a message: a repeat's call, whose download nobody asked for. */
export const LostRepeat = JsonText.pipe(RepeatCall);

/** What EventBridge Scheduler sends to fan-out: the minute's tick, or one calendar's own turn. */
export const FanOutEvent = z.union([OwnTurn, CronCall, ReservationCall, RepeatCall, Tick]);
export type FanOutEvent = z.infer<typeof FanOutEvent>;
