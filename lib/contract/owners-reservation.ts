/** One sync or export at a time that somebody chose: the record is written before its one-time schedule, which calls fan-out then. */
import * as z from "zod";

import { OwnedPageQuery } from "./page.ts";

/** What is to be done then, to which calendar or feed. */
const Target = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sync"), calendarId: z.string() }),
  z.object({ kind: z.literal("export"), feedId: z.string() }),
]);
export type ReservationTarget = z.infer<typeof Target>;

export const OwnersReservation = z.object({
  version: z.literal(1),
  reservationId: z.string(),
  ownerId: z.string(),
  target: Target,
  /** UTC instant, whole seconds. */
  at: z.string(),
  /** Moves by one with each move; a call of an older one is none. */
  revision: z.number().int().positive(),
  /** `sent`: fan-out was called; from then on it can be neither moved nor cancelled. */
  state: z.enum(["waiting", "sent", "cancelled"]),
  createdAt: z.string(),
  /** Of a reservation that was sent. */
  taskId: z.string().optional(),
  /** What fan-out did with the task; absent where it died before it did anything. `booked`: it waits for its host. */
  sent: z.enum(["sent", "booked", "paused", "gone"]).optional(),
  /** UTC instant at which it was sent or cancelled. */
  settledAt: z.string().optional(),
  /** How an export ended; a sync has a run for that. */
  ended: z.object({ status: z.string(), at: z.string() }).optional(),
});
export type OwnersReservation = z.infer<typeof OwnersReservation>;

const Instant = z.iso.datetime({ offset: true });

/** Body of POST /v1/reservations and arguments of `calferry reservation make`. */
export const ReservationDraft = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sync"), calendarId: z.string().min(1).max(100), at: Instant }),
  z.strictObject({ kind: z.literal("export"), feedId: z.string().min(1).max(100), at: Instant }),
]);
export type ReservationDraft = z.infer<typeof ReservationDraft>;

/** Body of PATCH /v1/reservations/{id}. */
export const ReservationMove = z.strictObject({ at: Instant });
export type ReservationMove = z.infer<typeof ReservationMove>;

export const ReservationPageQuery = OwnedPageQuery.extend({
  calendarId: z.string().min(1).max(100).optional().describe("syncs of this calendar alone"),
  feedId: z.string().min(1).max(100).optional().describe("exports of this feed alone"),
});
export type ReservationPageQuery = z.infer<typeof ReservationPageQuery>;

/** What its owner sees: `done` where its task has ended. */
export const ReservationView = z
  .object({
    reservationId: z.string(),
    ownerId: z.string(),
    kind: z.enum(["sync", "export"]),
    calendarId: z.string().optional(),
    feedId: z.string().optional(),
    at: z.string(),
    state: z.enum(["waiting", "sent", "done", "cancelled"]),
    createdAt: z.string(),
    settledAt: z.string().optional(),
    /** How it ended: a run's status, or that calendar or feed was paused or gone. */
    outcome: z.string().optional(),
    /** Of a sync that was sent: how it can be followed. */
    runId: z.string().optional(),
  })
  .meta({ id: "Reservation", description: "One sync or export at a time that somebody chose." });
export type ReservationView = z.infer<typeof ReservationView>;
