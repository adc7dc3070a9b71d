/** One tick of fan-out: the minutes owed since the cursor become import tasks, each host's at its own pace. */
import type { Host } from "../contract/host.ts";
import type { ImportTask } from "../contract/task.ts";
import { startOutside } from "../core/blackout.ts";
import { beginningOf, delaySeconds, reserveStarts, startsPerSecond } from "../core/pace.ts";
import { hasNoTurnSoon } from "../core/reservations.ts";
import { minuteOf, minutesOwed, slotsDue } from "../core/slots.ts";

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
const RESERVED_AT_ONCE = 10;
/** As long as SQS can delay. */
const SOON_MS = 900_000;
/** Starts a second; a late tick and the next one may come within seconds, and a slower host would get a start of each. */
const UNWRITTEN_PACE = 1;

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
    const paced = await pace(hosts, due.calendars, minute, context.now());
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

type SlottedCalendar = Pick<DueCalendar, "calendarId" | "host"> & { readonly slot: string };

/** Host records as this tick knows them: read once, and moved by what it reserves. */
type KnownHosts = {
  readonly book: HostBook;
  records: Map<string, Host> | undefined;
  /** Starts that this tick took without a reservation; nobody else knows of them. */
  readonly begunAtMs: Map<string, number>;
};

type Paced = { readonly tasks: PacedTask[]; readonly exceeded: Map<string, number>; waiting: number };

async function pace(hosts: KnownHosts, calendars: readonly SlottedCalendar[], turn: number, now: Date): Promise<Paced> {
  const paced: Paced = { tasks: [], exceeded: new Map(), waiting: 0 };
  if (calendars.length === 0) return paced;
  hosts.records ??= new Map(await hosts.book.hosts());
  const groups = Map.groupBy(calendars, (calendar) => calendar.host);
  for (const [name, group] of groups) {
    const openMs = startOutside(hosts.records.get(name) ?? { host: name }, now.getTime());
    if (openMs === now.getTime()) await paceHost(hosts, name, group, { turn, now }, paced);
    else passOver(group, { turn, now, openMs }, paced);
  }
  return paced;
}

async function paceHost(
  hosts: KnownHosts,
  name: string,
  group: readonly SlottedCalendar[],
  { turn, now }: { readonly turn: number; readonly now: Date },
  paced: Paced,
): Promise<void> {
  const starts = await startsOf(hosts, name, group.length, now);
  for (const [index, { calendarId }] of group.entries()) {
    const startAtMs = starts[index];
    const delay = startAtMs === undefined ? undefined : delaySeconds(startAtMs, now.getTime());
    if (startAtMs !== undefined && delay !== undefined) {
      paced.tasks.push({ task: periodicTask(calendarId, turn, startAtMs), host: name, delaySeconds: delay });
    } else if (closesSoon(hosts.records?.get(name), now)) paced.waiting += 1;
    else paced.exceeded.set(name, (paced.exceeded.get(name) ?? 0) + 1);
  }
}

/** A host that has no start left before its window is not over its pace. */
function closesSoon(host: Host | undefined, now: Date): boolean {
  const soonMs = now.getTime() + SOON_MS;
  return host !== undefined && startOutside(host, soonMs) !== soonMs;
}

/**
 * In a host's window a turn is skipped where the next one comes soon after it. Any other is sent to its worker, who asks nobody and books
 * it on a schedule: thousands of those are no work for one tick.
 */
function passOver(
  group: readonly SlottedCalendar[],
  { turn, now, openMs }: { readonly turn: number; readonly now: Date; readonly openMs: number },
  paced: Paced,
): void {
  const until = new Date(openMs).toISOString();
  for (const { calendarId, host, slot } of group) {
    if (hasNoTurnSoon({ turn }, slot, until)) {
      paced.tasks.push({ task: periodicTask(calendarId, turn, now.getTime()), host, delaySeconds: 0 });
    } else paced.waiting += 1;
  }
}

/** A host with one task in the tick and nothing reserved needs no reservation. */
async function startsOf(hosts: KnownHosts, name: string, count: number, now: Date): Promise<number[]> {
  const nowMs = now.getTime();
  const host: Host = hosts.records?.get(name) ?? { version: 1, host: name };
  const begunAtMs = hosts.begunAtMs.get(name);
  if (begunAtMs !== undefined) {
    return await reserved(hosts, host, count, Math.max(nowMs, begunAtMs + 1000 / startsPerSecond(host)), nowMs);
  }
  const isFree = (host.nextStartAtMs ?? 0) <= nowMs && (host.cooldownUntil ?? "") <= now.toISOString();
  if (count > 1 || !isFree || startsPerSecond(host) < UNWRITTEN_PACE) return await reserved(hosts, host, count, nowMs, nowMs);
  hosts.begunAtMs.set(name, nowMs);
  return [nowMs];
}

/** Ten starts a write; as many as SQS can delay. */
async function reserved(hosts: KnownHosts, known: Host, count: number, earliestMs: number, nowMs: number): Promise<number[]> {
  const starts: number[] = [];
  let host = known;
  while (starts.length < count) {
    const reservation = reserveStarts(host, Math.min(RESERVED_AT_ONCE, count - starts.length), earliestMs);
    const [first = nowMs] = reservation.startsAtMs;
    if (delaySeconds(first, nowMs) === undefined) break;
    const moved = await hosts.book.reserve(host, reservation.nextStartAtMs);
    if (moved !== undefined) starts.push(...reservation.startsAtMs);
    host = moved ?? (await hosts.book.host(host.host));
    hosts.records?.set(host.host, host);
  }
  return starts;
}

/** The identity of a periodic task is its turn: sent twice, it is the same task. */
function periodicTask(calendarId: string, turn: number, startAtMs: number): ImportTask {
  return {
    version: 1,
    kind: "import",
    taskId: `${calendarId}@${turn}`,
    calendarId,
    turn,
    startAt: new Date(startAtMs).toISOString(),
    reason: "tick",
  };
}
