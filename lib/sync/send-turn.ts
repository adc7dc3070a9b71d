/** Send one calendar's own turn (a reservation or a cron time) as an urgent task, at its host's pace. */
import type { Host } from "../contract/host.ts";
import type { ImportTask, TaskReason } from "../contract/task.ts";
import { delaySeconds, reserveStarts } from "../core/pace.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { HostBook } from "./run-tick.ts";

interface PacedUrgentQueue {
  sendUrgent(task: ImportTask, delaySeconds: number): Promise<void>;
}
export type SendTurnPorts = {
  readonly calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> };
  readonly hosts: Pick<HostBook, "host" | "reserve">;
  readonly urgent: PacedUrgentQueue;
};
export type OwnTurn = { readonly calendarId: string; readonly taskId: string; readonly reason: TaskReason };

const TRIES = 5;

/** `paused`: the calendar is not to be polled now; `pace-exceeded`: the host's next free start is too far away. */
export async function sendTurn(
  turn: OwnTurn,
  ports: SendTurnPorts,
  now: Date,
): Promise<"sent" | "gone" | "paused" | "pace-exceeded"> {
  const { calendarId, taskId, reason } = turn;
  const loaded = await ports.calendars.load(calendarId);
  const host = loaded?.checkpoint.host;
  if (loaded === undefined || host === undefined || loaded.calendar.state === "removed") return "gone";
  if (loaded.calendar.state !== "active") return "paused";
  const startAtMs = await reserveOne(host, ports.hosts, now.getTime());
  const delay = delaySeconds(startAtMs, now.getTime());
  if (delay === undefined) return "pace-exceeded";
  const startAt = new Date(startAtMs).toISOString();
  await ports.urgent.sendUrgent({ version: 1, kind: "import", taskId, calendarId, startAt, reason }, delay);
  return "sent";
}

/** The host's next free start. Who loses every try takes the start that it last saw: a doubled start does little harm. */
async function reserveOne(name: string, hosts: SendTurnPorts["hosts"], nowMs: number): Promise<number> {
  let startAtMs = nowMs;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const host: Host = await hosts.host(name);
    const { startsAtMs, nextStartAtMs } = reserveStarts(host, 1, nowMs);
    startAtMs = startsAtMs[0] ?? nowMs;
    if (delaySeconds(startAtMs, nowMs) === undefined || (await hosts.reserve(host, nextStartAtMs)) !== undefined) break;
  }
  return startAtMs;
}
