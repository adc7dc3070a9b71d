/** A schedule calls for one calendar's own turn: it is sent, booked further away, or ended, as calendar, reserved start and host stand. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Host } from "../../lib/contract/host.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { ImportTask, OwnTurn } from "../../lib/contract/task.ts";
import { sendTurn } from "../../lib/sync/send-turn.ts";
import { played } from "./calls.ts";
import type { Drill } from "./drill.ts";

type End = Awaited<ReturnType<typeof sendTurn>>;
/** A call of a schedule, and how calendar and host stand when it comes. */
type Call = Pick<OwnTurn, "calendarId" | "reason"> &
  Pick<OwnTurn, "turn" | "bookings"> & {
    readonly state?: Calendar["state"];
    /** Milliseconds from now. */
    readonly startsIn?: number | undefined;
    readonly host?: (nowMs: number) => Partial<Host>;
  };
/** What fan-out made of it. */
type Called = {
  readonly taskId: string;
  readonly end: End | undefined;
  readonly sent: readonly ImportTask[];
  /** When the task is received, milliseconds from the call. */
  readonly receivedIn: number;
  /** Status of its run, as soon as fan-out was done. */
  readonly run: string | undefined;
  readonly calls: readonly string[];
  readonly nowMs: number;
};

const MINUTE_MS = 60_000;
const FAR_MS = 2_000_000;
/** Messages that were sent right after each other are received within this. */
const SOON_MS = 1000;

export async function drillOwnTurns(drill: Drill): Promise<void> {
  await drillWhom(drill);
  await drillCronTurns(drill);
  await drillHeldStarts(drill);
  await drillBookings(drill);
  drill.hours(1);
  await drill.course.turns();
}

/** What is there and may be polled is sent; a person may try what is suspended. */
async function drillWhom(drill: Drill): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const push = drill.weather.pushCalendars[0] ?? "";
  const rows: readonly (readonly [call: Call, wanted: End])[] = [
    [{ calendarId: "nobody", reason: "sync-now" }, "gone"],
    [{ calendarId: push, reason: "replay" }, "gone"],
    [{ calendarId, reason: "sync-now", state: "removed" }, "gone"],
    [{ calendarId, reason: "sync-now", state: "paused" }, "paused"],
    [{ calendarId, reason: "replay", state: "paused" }, "paused"],
    [{ calendarId, reason: "created", state: "suspended" }, "paused"],
    [{ calendarId, reason: "reservation", state: "suspended" }, "paused"],
    [{ calendarId, reason: "sync-now", state: "suspended" }, "sent"],
    [{ calendarId, reason: "replay", state: "suspended" }, "sent"],
    [{ calendarId, reason: "created" }, "sent"],
  ];
  for (const [call, wanted] of rows) {
    const { end, sent, run } = await callOf(drill, call);
    const what = `${call.reason} of ${call.calendarId}, which is ${call.state ?? "active"}`;
    drill.must(end === wanted, `${what}, was ${end}, wanted ${wanted}`);
    drill.must(sent.length === (wanted === "sent" ? 1 : 0), `${what}, was sent ${sent.length} times`);
    drill.must((run !== undefined) === (wanted === "paused"), `${what}, was ${end} and its run says ${run}`);
  }
}

/** Nobody asked for a cron time: it ends without a run where its calendar is paused. */
async function drillCronTurns(drill: Drill): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const turn = Math.floor(drill.simulation.nowMs / MINUTE_MS) + 1;
  const paused = await callOf(drill, { calendarId, reason: "cron", turn, state: "paused" });
  const isQuiet = paused.end === "paused" && !paused.calls.includes("calendars.putRun") && paused.sent.length === 0;
  drill.must(isQuiet, `a cron time of the paused ${calendarId} was ${paused.end} and called ${paused.calls.join(", ")}`);
  const { end, sent } = await callOf(drill, { calendarId, reason: "cron", turn });
  drill.must(end === "sent" && sent[0]?.turn === turn, `the cron time ${turn} of ${calendarId} was ${end} as ${sent[0]?.turn}`);
}

/** A start that was reserved for the turn holds, unless it is over or its host cools down over it; then another one is reserved. */
async function drillHeldStarts(drill: Drill): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const cooling =
    (ms: number): Call["host"] =>
    (nowMs) => ({ cooldownUntil: new Date(nowMs + ms).toISOString() });
  const near = 30_000;
  const rows: readonly (readonly [startsIn: number | undefined, host: Call["host"], wanted: "held" | number])[] = [
    [undefined, undefined, 0],
    [near, undefined, "held"],
    [-MINUTE_MS, undefined, "held"],
    [-MINUTE_MS - 1, undefined, 0],
    [near, cooling(2 * near), 2 * near],
    [near, cooling(near), "held"],
    [near, cooling(near / 2), "held"],
    [FAR_MS, undefined, 0],
  ];
  for (const [startsIn, host, wanted] of rows) {
    const called = await callOf(drill, { calendarId, reason: "sync-now", startsIn, ...(host && { host }) });
    const what = `a turn whose start was to be in ${startsIn} ms`;
    const isHeld = wanted === "held";
    const wantedMs = isHeld ? (startsIn ?? 0) : wanted;
    const [task] = called.sent;
    const startMs = Date.parse(task?.startAt ?? "") - called.nowMs;
    drill.must(called.end === "sent" && called.sent.length === 1, `${what} was ${called.end}`);
    drill.must(startMs === wantedMs, `${what} starts in ${startMs} ms, wanted ${wantedMs}`);
    const lateMs = called.receivedIn - Math.max(0, wantedMs);
    drill.must(lateMs >= 0 && lateMs <= SOON_MS, `${what} is received ${lateMs} ms after its start`);
    const writes = called.calls.filter((method) => method === "hosts.reserve").length;
    drill.must(writes === (isHeld ? 0 : 1), `${what} reserved ${writes} starts`);
  }
}

/** The record of a booked task goes after the task is on its way; where the host has no near start there is a new one. */
async function drillBookings(drill: Drill): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const { reservations } = drill.simulation.world;
  const unbooked = await callOf(drill, { calendarId, reason: "sync-now" });
  drill.must(!unbooked.calls.includes("reservations.end"), "a turn that was never booked ended a booking");
  const sent = await callOf(drill, { calendarId, reason: "sync-now", bookings: 1 });
  const isLast = sent.calls.at(-1) === "reservations.end" && sent.calls.includes("urgent.sendUrgent");
  drill.must(isLast, `a booking ended before its task was on its way: ${sent.calls.join(", ")}`);
  drill.must(!reservations.records.has(sent.taskId), `the record of ${sent.taskId} stays although it is on its way`);
  const host = (nowMs: number): Partial<Host> => ({ nextStartAtMs: nowMs + FAR_MS });
  const far = await callOf(drill, { calendarId, reason: "sync-now", bookings: 1, host });
  const record = reservations.records.get(far.taskId);
  drill.must(far.end === "booked" && far.sent.length === 0, `a turn with a far start was ${far.end}`);
  drill.must(record?.bookings === 2, `a turn with a far start is booked for the ${record?.bookings} time, wanted the second`);
  drill.must(Date.parse(record?.startAt ?? "") === far.nowMs + FAR_MS, `it starts at ${record?.startAt}`);
}

/** A call of fan-out; calendar and host stand as the call says while fan-out is at it, and as before afterwards. */
async function callOf(drill: Drill, { state, startsIn, host, ...call }: Call): Promise<Called> {
  const { world } = drill.simulation;
  const taskId = world.newId();
  // No two calls lie within one pace of their host.
  drill.simulation.skip(SOON_MS * 10);
  const { calls, result } = await played(drill, `turn ${taskId}`, async (ports) => {
    const now = world.clock.now();
    const restore = arrange(drill, call.calendarId, state, host?.(now.getTime()));
    const startAt = startsIn === undefined ? undefined : new Date(now.getTime() + startsIn).toISOString();
    const turn: OwnTurn = { ...call, taskId, startAt };
    if (turn.bookings !== undefined) world.reservations.records.set(taskId, recordOf(turn, now));
    const known = new Set(world.urgent.messages.keys());
    const end = await sendTurn(turn, ports, now);
    restore();
    const messages = [...world.urgent.messages.values()].filter(({ messageId }) => !known.has(messageId));
    return {
      end,
      sent: messages.map(({ body }): ImportTask => JSON.parse(body)),
      receivedIn: Math.max(...messages.map(({ visibleAtMs }) => visibleAtMs)) - now.getTime(),
      run: world.calendars.runs.get(`${call.calendarId} ${taskId}`)?.status,
      nowMs: now.getTime(),
    };
  });
  return { taskId, calls, ...(result ?? { end: undefined, sent: [], receivedIn: 0, run: undefined, nowMs: 0 }) };
}

/** @returns puts everything back */
function arrange(
  { simulation }: Drill,
  calendarId: string,
  state: Calendar["state"] | undefined,
  host: Partial<Host> | undefined,
): () => void {
  const { calendars, hosts } = simulation.world;
  const calendar = calendars.metas.get(calendarId);
  const name = calendars.checkpoints.get(calendarId)?.host;
  const record = hosts.stored.get(name ?? "");
  if (calendar !== undefined && state !== undefined) calendars.metas.set(calendarId, { ...calendar, state });
  if (name !== undefined && host !== undefined) hosts.stored.set(name, { version: 1, ...record, host: name, ...host });
  return () => {
    if (calendar !== undefined && state !== undefined) calendars.metas.set(calendarId, calendar);
    if (name === undefined || host === undefined) return;
    if (record === undefined) hosts.stored.delete(name);
    else hosts.stored.set(name, record);
  };
}

function recordOf({ calendarId, taskId, reason, bookings = 1 }: OwnTurn, now: Date): Reservation {
  return { version: 1, taskId, calendarId, ownerId: "owner", reason, dueAt: now.toISOString(), bookings };
}
