/** Send one calendar's own turn (a reservation, a cron time, a task that was put off) as an urgent task, at its host's pace. */
import type { Run } from "../contract/run.ts";
import type { ImportTask, OwnTurn } from "../contract/task.ts";
import { delaySeconds } from "../core/pace.ts";
import { runOf } from "../core/runs.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts, Reservations } from "./book-task.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export type SendTurnPorts = BookPorts & {
  readonly calendars: {
    load(calendarId: string): Promise<LoadedCalendar | undefined>;
    putRun(run: Run): Promise<void>;
  };
  readonly reservations: Reservations;
};

/** A reserved start holds for so long after it; Scheduler and SQS may be late by that much. */
const HELD_MS = 60_000;

/** `paused`: the calendar is not to be polled now; `booked`: the host's next free start is far away, the task waits for it. */
export async function sendTurn(turn: OwnTurn, ports: SendTurnPorts, now: Date): Promise<"sent" | "gone" | "paused" | "booked"> {
  const end = await sendOrBook(turn, ports, now);
  // After the task is on its way: a crash before it leaves the record, which tells of what was lost.
  if (turn.bookings !== undefined) await ports.reservations.end(turn.taskId, turn.bookings);
  return end;
}

async function sendOrBook(turn: OwnTurn, ports: SendTurnPorts, now: Date): Promise<"sent" | "gone" | "paused" | "booked"> {
  const { calendarId, taskId, reason, replayOf, bookings, turn: minute } = turn;
  const loaded = await ports.calendars.load(calendarId);
  if (loaded?.checkpoint.host === undefined || loaded.calendar.state === "removed") return "gone";
  const { host } = loaded.checkpoint;
  const task = { version: 1, kind: "import", taskId, calendarId, reason, replayOf, bookings, turn: minute } as const;
  if (isStopped(loaded, turn)) {
    // Nobody asked for a cron time.
    if (minute !== undefined) return "paused";
    const at = now.toISOString();
    await ports.calendars.putRun(runOf({ ...task, startAt: at }, { kind: "done", status: "paused" }, at, at));
    return "paused";
  }
  const delay = await heldDelay(turn, host, ports, now);
  if (delay === undefined) return await bookTask(task, { ownerId: loaded.calendar.ownerId, host }, ports, now);
  await ports.urgent.sendUrgent({ ...task, startAt: turn.startAt ?? now.toISOString() } satisfies ImportTask, delay);
  return "sent";
}

/** A suspended calendar may be tried by a person; a paused one was stopped by one. */
function isStopped({ calendar: { state } }: LoadedCalendar, { reason }: OwnTurn): boolean {
  if (state === "suspended") return reason !== "sync-now" && reason !== "replay";
  return state !== "active";
}

/** Seconds to the start that was reserved for the turn; undefined where there is none, or it is over, or the host cools down over it. */
async function heldDelay({ startAt }: OwnTurn, name: string, { hosts }: SendTurnPorts, now: Date): Promise<number | undefined> {
  if (startAt === undefined || Date.parse(startAt) < now.getTime() - HELD_MS) return undefined;
  const { cooldownUntil = "" } = await hosts.host(name);
  return cooldownUntil > startAt ? undefined : delaySeconds(Date.parse(startAt), now.getTime());
}
