/** One tick of fan-out: the minutes owed since the cursor become import tasks, each host's at its own pace. */
import type { Host } from "../contract/host.ts";
import type { ImportTask } from "../contract/task.ts";
import { beginningOf } from "../core/pace.ts";
import { minuteOf, minutesOwed, slotsDue } from "../core/slots.ts";
import { paceTurns } from "./pace-turns.ts";
import type { KnownHosts, SlottedCalendar } from "./pace-turns.ts";

/** A calendar as the wheel's index shows it; a hint, for the worker reads the item. */
export type DueCalendar = { readonly calendarId: string; readonly host: string; readonly notBefore?: string | undefined };

export interface Cursor {
  /** Claims the cursor until `until`; undefined where another tick's claim is alive. `covered` is the last minute done. */
  claim(now: Date, until: Date): Promise<{ readonly covered: number | undefined } | undefined>;
  /** Moves the cursor after a minute's sends. */
  cover(minute: number): Promise<void>;
  release(): Promise<void>;
}

export interface Wheel {
  /** Every calendar of one slot. */
  due(slot: string): Promise<readonly DueCalendar[]>;
}

export interface HostBook {
  /** Every host record there is, by one query. */
  hosts(): Promise<ReadonlyMap<string, Host>>;
  /** Moves `nextStartAtMs` from what was read and gives the new record; undefined where somebody else moved it first. */
  reserve(host: Host, nextStartAtMs: number): Promise<Host | undefined>;
  /** The host as it stands now. */
  host(name: string): Promise<Host>;
}

export interface ImportQueue {
  /** Sends every task or throws; each with its own delay, grouped by host. */
  sendImports(tasks: readonly PacedTask[]): Promise<void>;
}
export type PacedTask = { readonly task: ImportTask; readonly host: string; readonly delaySeconds: number };

export type TickPorts = {
  readonly cursor: Cursor;
  readonly wheel: Wheel;
  readonly hosts: HostBook;
  readonly imports: ImportQueue;
};
export type TickContext = { readonly now: () => Date; readonly deadline: Date };

/** What one tick did; the counts go to the metrics. */
export type TickReport = {
  readonly outcome: "done" | "claimed-elsewhere" | "out-of-time";
  readonly minutes: number;
  readonly sent: number;
  readonly waiting: number;
  /** Tasks whose start lay too far away, by host. */
  readonly paceExceeded: Readonly<Record<string, number>>;
};

const SLOTS_AT_ONCE = 16;

/** Runs one tick. A late, doubled or missed call does no harm: the cursor says what is owed. */
export async function runTick(ports: TickPorts, context: TickContext): Promise<TickReport> {
  const tickMinute = minuteOf(context.now());
  const claim = await ports.cursor.claim(context.now(), context.deadline);
  const report = { minutes: 0, sent: 0, waiting: 0, paceExceeded: new Map<string, number>() };
  if (claim === undefined) return { ...report, paceExceeded: {}, outcome: "claimed-elsewhere" };
  let outcome: TickReport["outcome"] = "done";
  const hosts: KnownHosts = { book: ports.hosts, records: undefined, begunAtMs: new Map() };
  for (const minute of minutesOwed(claim.covered, tickMinute)) {
    if (context.now() >= context.deadline) {
      outcome = "out-of-time";
      break;
    }
    const due = await calendarsDue(ports.wheel, minute, tickMinute, context.now());
    const paced = await paceTurns(hosts, due.calendars, minute, context.now());
    report.waiting += due.waiting + paced.waiting;
    for (const [host, count] of paced.exceeded) report.paceExceeded.set(host, (report.paceExceeded.get(host) ?? 0) + count);
    await ports.imports.sendImports(paced.tasks);
    report.sent += paced.tasks.length;
    await ports.cursor.cover(minute);
    report.minutes += 1;
  }
  await ports.cursor.release();
  return { ...report, paceExceeded: Object.fromEntries(report.paceExceeded), outcome };
}

async function calendarsDue(
  wheel: Wheel,
  minute: number,
  tickMinute: number,
  now: Date,
): Promise<{ calendars: SlottedCalendar[]; waiting: number }> {
  const slots = slotsDue(minute, tickMinute);
  const calendars: SlottedCalendar[] = [];
  let waiting = 0;
  for (let at = 0; at < slots.length; at += SLOTS_AT_ONCE) {
    const some = slots.slice(at, at + SLOTS_AT_ONCE);
    const answers = await Promise.all(some.map(async (slot) => ({ slot, due: await wheel.due(slot) })));
    for (const { slot, due } of answers) {
      const ready = due.filter(({ notBefore }) => notBefore === undefined || notBefore <= now.toISOString());
      waiting += due.length - ready.length;
      for (const { calendarId, host } of ready) calendars.push({ calendarId, host, slot });
    }
  }
  return { calendars: turnedBy(calendars, minute), waiting };
}

/** Each turn begins at another calendar and wraps, so that a host with more demand than pace starves none. */
function turnedBy(calendars: readonly SlottedCalendar[], minute: number): SlottedCalendar[] {
  const at = beginningOf(minute, calendars.length);
  return [...calendars.slice(at), ...calendars.slice(0, at)];
}
