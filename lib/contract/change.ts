/** What an app hears of a calendar: events created, updated and deleted between two versions. */
import * as z from "zod";

import { decimal } from "./decimal.ts";

export const EventChange = z.object({
  kind: z.enum(["created", "updated", "deleted"]),
  uid: z.string(),
  recurrenceId: z.string().optional(),
  sequence: z.number().int().nonnegative(),
  /** The whole VEVENT, unfolded lines joined by "\n"; absent on deletion. */
  text: z.string().optional(),
});
export type EventChange = z.infer<typeof EventChange>;

/** The object `changes/<calendarId>/<version>-<hash>`. */
export const ChangeSet = z.object({
  version: z.literal(1),
  calendarId: z.string(),
  calendarVersion: z.number().int().positive(),
  previousVersion: z.number().int().nonnegative(),
  /** The snapshot that it leads to, and the one that it comes from: tells the committed set from those that lost. */
  snapshotKey: z.string().optional(),
  previousKey: z.string().optional(),
  /** The run that made it, where one is kept. */
  runId: z.string().optional(),
  taskId: z.string().optional(),
  reason: z.string().optional(),
  /** UTC instant at which the run began. */
  at: z.string(),
  changes: z.array(EventChange),
});
export type ChangeSet = z.infer<typeof ChangeSet>;

/** Query parameters of GET /v1/calendars/{id}/changes. */
export const ChangesQuery = z.strictObject({
  /** The version that the receiver has; 0 where it has nothing. */
  from: decimal(0, Number.MAX_SAFE_INTEGER),
  limit: decimal(1, 200).default(50),
  /** What the page before gave as `cursor`. */
  cursor: z.string().min(1).max(200).optional(),
});
export type ChangesQuery = z.infer<typeof ChangesQuery>;

/** One message on the changes topic; each holds one kind. At least once, no order promised. */
export const ChangeMessage = z.object({
  version: z.literal(1),
  calendarId: z.string(),
  /** Of the calendar; absent in messages of older releases. */
  ownerId: z.string().optional(),
  /** The app's own name of the calendar. */
  externalId: z.string().optional(),
  calendarVersion: z.number().int().positive(),
  previousVersion: z.number().int().nonnegative(),
  part: z.number().int().positive(),
  parts: z.number().int().positive(),
  kind: z.enum(["created", "updated", "deleted"]),
  /** Absent when the part is over 200 KB; then `changesKey` names the object that has it. */
  changes: z.array(EventChange).optional(),
  changesKey: z.string().optional(),
});
export type ChangeMessage = z.infer<typeof ChangeMessage>;
