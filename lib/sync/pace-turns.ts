/** Give each calendar that is due its start at its host's pace; whoever has none near enough is skipped, and whoever waits is sent later. */
import type { Host } from "../contract/host.ts";
import type { ImportTask } from "../contract/task.ts";
import { startOutside } from "../core/blackout.ts";
import { reserveNear, secondsUntil, startsPerSecond } from "../core/pace.ts";
import { hasNoTurnSoon } from "../core/reservations.ts";
import type { DueCalendar, HostBook, PacedTask } from "./run-tick.ts";

export type SlottedCalendar = Pick<DueCalendar, "calendarId" | "host"> & { readonly slot: string };

/** Host records as one tick knows them: read once, and moved by what it reserves. */
export type KnownHosts = {
  readonly book: HostBook;
  records: Map<string, Host> | undefined;
  /** Starts that this tick took without a reservation; nobody else knows of them. */
  readonly begunAtMs: Map<string, number>;
};

export type Paced = { readonly tasks: PacedTask[]; readonly exceeded: Map<string, number>; waiting: number };

type Moment = { readonly turn: number; readonly now: Date };

const RESERVED_AT_ONCE = 10;
/** As long as SQS can delay. */
const SOON_MS = 900_000;
/** Starts a second; a late tick and the next one may come within seconds, and a slower host would get a start of each. */
const UNWRITTEN_PACE = 1;

/** The tasks of the minute `turn`, and how many calendars got none: those that wait for their host, and those over its pace. */
export async function paceTurns(
  hosts: KnownHosts,
  calendars: readonly SlottedCalendar[],
  turn: number,
  now: Date,
): Promise<Paced> {
  const paced: Paced = { tasks: [], exceeded: new Map(), waiting: 0 };
  if (calendars.length === 0) return paced;
  hosts.records ??= new Map(await hosts.book.hosts());
  const groups = Map.groupBy(calendars, (calendar) => calendar.host);
  for (const [name, group] of groups) {
    const openMs = startOutside(hostOf(hosts, name), now.getTime());
    if (openMs === now.getTime()) await paceHost(hosts, name, group, { turn, now }, paced);
    else passOver(group, { turn, now }, openMs, paced);
  }
  return paced;
}

function hostOf({ records }: KnownHosts, name: string): Host {
  return records?.get(name) ?? { version: 1, host: name };
}

async function paceHost(
  hosts: KnownHosts,
  name: string,
  group: readonly SlottedCalendar[],
  { turn, now }: Moment,
  paced: Paced,
): Promise<void> {
  const starts = await startsOf(hosts, name, group.length, now);
  for (const [index, { calendarId }] of group.entries()) {
    const startAtMs = starts[index];
    if (startAtMs !== undefined) {
      const delaySeconds = secondsUntil(startAtMs, now.getTime());
      paced.tasks.push({ task: periodicTask(calendarId, turn, startAtMs), host: name, delaySeconds });
    } else if (closesSoon(hostOf(hosts, name), now)) paced.waiting += 1;
    else paced.exceeded.set(name, (paced.exceeded.get(name) ?? 0) + 1);
  }
}

/** A host that has no start left before its window is not over its pace. */
function closesSoon(host: Host, now: Date): boolean {
  const soonMs = now.getTime() + SOON_MS;
  return startOutside(host, soonMs) !== soonMs;
}

/**
 * In a host's window a turn is skipped where the next one comes soon after it. Any other is sent to its worker, who asks nobody and books
 * it on a schedule: thousands of those are no work for one tick.
 */
function passOver(group: readonly SlottedCalendar[], { turn, now }: Moment, openMs: number, paced: Paced): void {
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
  const host = hostOf(hosts, name);
  const begunAtMs = hosts.begunAtMs.get(name);
  if (begunAtMs !== undefined) {
    return await reserved(hosts, host, count, Math.max(nowMs, begunAtMs + 1000 / startsPerSecond(host)), nowMs);
  }
  const isFree = (host.nextStartAtMs ?? 0) <= nowMs && (host.cooldownUntil ?? "") <= now.toISOString();
  if (count > 1 || !isFree || startsPerSecond(host) < UNWRITTEN_PACE) return await reserved(hosts, host, count, nowMs, nowMs);
  hosts.begunAtMs.set(name, nowMs);
  return [nowMs];
}

/** Ten starts a write; as many as SQS can delay, for the next tick has need of the others. */
async function reserved(hosts: KnownHosts, known: Host, count: number, earliestMs: number, nowMs: number): Promise<number[]> {
  const starts: number[] = [];
  let host = known;
  while (starts.length < count) {
    const wanted = Math.min(RESERVED_AT_ONCE, count - starts.length);
    const { startsAtMs, nextStartAtMs } = reserveNear(host, wanted, nowMs, earliestMs);
    if (startsAtMs.length === 0) break;
    const moved = await hosts.book.reserve(host, nextStartAtMs);
    if (moved !== undefined) starts.push(...startsAtMs);
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
