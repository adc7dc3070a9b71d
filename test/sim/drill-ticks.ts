/** Ticks one at a time: each calendar that is due gets its start at its host's pace, and what is late, doubled or broken off is made good. */
import type { Host } from "../../lib/contract/host.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { reserveUpTo } from "../../lib/sync/reserve-starts.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import type { TickReport } from "../../lib/sync/run-tick.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import { aloneOnWheel } from "./wheel.ts";
import type { Turner } from "./wheel.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What SQS can delay. */
const NEAR_MS = 900_000;
const LIVES_MS = 40_000;

type HostNow = (nowMs: number) => Partial<Host>;
/** One tick over the calendars of one host. */
type Row = {
  readonly what: string;
  /** Calendars that are due at the tick's own minute, and at the one before, which it owes as well. @default 1 and 0 */
  readonly due?: number;
  readonly owed?: number;
  /** @default 5 */
  readonly intervalMinutes?: number;
  /** Milliseconds from the tick until the calendars may be asked. */
  readonly waitsMs?: number;
  readonly host?: HostNow;
  /** Starts that are given, milliseconds from the tick. */
  readonly starts: readonly number[];
  /** @default 0 */
  readonly waiting?: number;
  readonly exceeded?: number;
  readonly writes?: number;
};

const iso = (ms: number): string => new Date(ms).toISOString();
const closed =
  (fromMs: number, toMs: number, startsPerSecond?: number): HostNow =>
  (nowMs) => ({ startsPerSecond, blackout: [{ kind: "once", from: iso(nowMs + fromMs), to: iso(nowMs + toMs) }] });

const FREE: readonly Row[] = [
  { what: "nobody is due", due: 0, starts: [] },
  { what: "one is due", starts: [0] },
  { what: "the next free start is now", host: (nowMs) => ({ nextStartAtMs: nowMs }), starts: [0] },
  { what: "the next free start is soon", host: (nowMs) => ({ nextStartAtMs: nowMs + 1 }), starts: [1], writes: 1 },
  { what: "the cooldown ends now", host: (nowMs) => ({ cooldownUntil: iso(nowMs) }), starts: [0] },
  { what: "the host cools down", host: (nowMs) => ({ cooldownUntil: iso(nowMs + 60_000) }), starts: [60_000], writes: 1 },
  { what: "the host takes one a second", host: () => ({ startsPerSecond: 1 }), starts: [0] },
  { what: "the host takes one in two seconds", host: () => ({ startsPerSecond: 0.5 }), starts: [0], writes: 1 },
  { what: "two are due", due: 2, starts: [0, 1000], writes: 1 },
  { what: "one is due in each of two minutes", owed: 1, starts: [0, 1000], writes: 1 },
  { what: "one is due and then two", owed: 1, due: 2, starts: [0, 1000, 2000], writes: 1 },
  { what: "it is asked to wait for a moment", waitsMs: 1, starts: [], waiting: 1 },
  { what: "its waiting ends now", waitsMs: 0, starts: [0] },
  { what: "its waiting is over", waitsMs: -1, starts: [0] },
];

const BUSY: readonly Row[] = [
  {
    what: "the next start is the last near one",
    host: (nowMs) => ({ nextStartAtMs: nowMs + NEAR_MS }),
    starts: [NEAR_MS],
    writes: 1,
  },
  { what: "no start is near", host: (nowMs) => ({ nextStartAtMs: nowMs + NEAR_MS + 1 }), starts: [], exceeded: 1 },
  { what: "one start of three is near", due: 3, host: () => ({ startsPerSecond: 0.001 }), starts: [0], exceeded: 2, writes: 1 },
  { what: "a window keeps the others away", due: 3, host: closed(MINUTE_MS, HOUR_MS, 0.01), starts: [0], waiting: 2, writes: 1 },
  {
    what: "a window is over soon, and there is no near start after it",
    due: 3,
    host: closed(MINUTE_MS, 2 * MINUTE_MS, 0.001),
    starts: [0],
    exceeded: 2,
    writes: 1,
  },
  { what: "the host is closed for less than its next turn", host: closed(-MINUTE_MS, HOUR_MS), starts: [], waiting: 1 },
  {
    what: "the host is closed, and the next turn is a day away",
    intervalMinutes: 1440,
    host: closed(-MINUTE_MS, HOUR_MS),
    starts: [0],
  },
];

export async function drillTicks(drill: Drill): Promise<void> {
  const turner = aloneOnWheel(drill);
  for (const row of [...FREE, ...BUSY]) await tickOver(drill, turner, row);
  await drillDeadline(drill, turner);
  await turner.putBack();
  drill.hours(2);
  await drill.course.turns();
}

/** Two ticks at once, somebody who is quicker, and a tick that dies. */
export async function drillTickRaces(drill: Drill): Promise<void> {
  const turner = aloneOnWheel(drill);
  await drillTwoTicks(drill, turner);
  await drillRace(drill, turner);
  await drillBrokenOff(drill, turner);
  await turner.putBack();
  await drill.course.turns();
}

async function tickOver(drill: Drill, turner: Turner, row: Row): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { owed = 0, waiting = 0, exceeded = 0 } = row;
  const { nowMs, restore } = await arrange(drill, turner, pupil, row);
  const { ticked, calls } = await watched(drill, async () => await tick(drill, { nowMs, lateMinutes: owed + 1 }));
  const { report, starts, delays } = ticked;
  const what = `where ${row.what}, a tick`;
  const wanted = row.starts.join(", ");
  const seen = starts.map((startMs) => startMs - nowMs).join(", ");
  drill.must(seen === wanted, `${what} starts at ${seen}, wanted ${wanted}`);
  const isInTime = delays.every((delayMs, index) => delayMs >= (row.starts[index] ?? 0));
  drill.must(isInTime && report?.sent === row.starts.length, `${what} says ${report?.sent} are sent in ${delays.join(", ")} ms`);
  drill.must(report?.waiting === waiting, `${what} says ${report?.waiting} wait, wanted ${waiting}`);
  const over = report?.paceExceeded[pupil.host ?? ""] ?? 0;
  drill.must(over === exceeded, `${what} says ${over} are over the pace, wanted ${exceeded}`);
  drill.must(isCheap(row, calls), `${what} called ${calls.join(", ")}`);
  checkTaken(drill, pupil, { starts, calls }, what);
  restore();
}

type Taken = { readonly starts: readonly number[]; readonly calls: readonly string[] };

/** The first start that was not given is the next one's. */
function checkTaken(drill: Drill, { host = "" }: Pupil, { starts, calls }: Taken, what: string): void {
  if (!calls.includes("hosts.reserve")) return;
  const { nextStartAtMs, startsPerSecond = 1 } = drill.simulation.world.hosts.stored.get(host) ?? {};
  const freeMs = (starts.at(-1) ?? 0) + SECOND_MS / startsPerSecond;
  const isFree = nextStartAtMs === freeMs;
  drill.must(isFree, `${what} took starts that it gave nobody: the next one is at ${nextStartAtMs}, wanted ${freeMs}`);
}

/** Hosts are read once, if anybody is to be asked; a host's record is written where a start has to be reserved. */
function isCheap({ due = 1, owed = 0, waitsMs = 0, writes = 0 }: Row, calls: readonly string[]): boolean {
  const isAnyReady = due + owed > 0 && waitsMs <= 0;
  const times = (wanted: string): number => calls.filter((method) => method === wanted).length;
  return times("hosts.reserve") === writes && times("hosts.hosts") === (isAnyReady ? 1 : 0);
}

async function watched(drill: Drill, play: () => Promise<Ticked>): Promise<{ ticked: Ticked; calls: readonly string[] }> {
  const calls: string[] = [];
  let ticked: Ticked = { report: undefined, starts: [], delays: [] };
  await drill.planned(
    ({ name }, method) => {
      if (name === "tick (drill)") calls.push(method);
      return undefined;
    },
    async () => {
      ticked = await play();
    },
  );
  return { ticked, calls };
}

/** Near its end a tick begins no minute: the cursor says what is owed. */
async function drillDeadline(drill: Drill, turner: Turner): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { nowMs, restore } = await arrange(drill, turner, pupil, {});
  const { cursor } = drill.simulation.world;
  const { report } = await tick(drill, { nowMs, lateMinutes: 1, livesMs: 0 });
  const isOwed = cursor.covered === minuteOf(new Date(nowMs)) - 1 && cursor.claimedUntil === undefined;
  drill.must(isOwed && report?.outcome === "out-of-time", `a tick without time was ${report?.outcome} at ${cursor.covered}`);
  drill.must(report?.minutes === 0 && report.sent === 0, `a tick without time covered ${report?.minutes} minutes`);
  const again = await tick(drill, { nowMs, lateMinutes: 1, livesMs: 1 });
  drill.must(again.report?.outcome === "done" && again.report.sent === 1, `a tick with time was ${again.report?.outcome}`);
  restore();
}

/** A doubled tick leaves while the first is at it; the next one finds nothing owed. */
async function drillTwoTicks(drill: Drill, turner: Turner): Promise<void> {
  const [pupil] = drill.pupilsApart();
  for (const at of ["imports.sendImports", "cursor.cover", "cursor.release"]) {
    const { nowMs, restore } = await arrange(drill, turner, pupil, {});
    const reports: TickReport[] = [];
    const rival = { name: "doubled tick", work: async (ports: Ports) => void reports.push(await tickOnce(ports, nowMs)) };
    await interpose(drill, { at, rival }, async () => {
      const { report } = await tick(drill, { nowMs, lateMinutes: 1 });
      drill.must(report?.outcome === "done" && report.sent === 1, `a tick was ${report?.outcome} while another called`);
    });
    const [doubled] = reports;
    const hasLeft = doubled?.outcome === "claimed-elsewhere" && doubled.sent + doubled.minutes === 0;
    drill.must(hasLeft, `a tick that was doubled before ${at} was ${doubled?.outcome}`);
    const { report } = await tick(drill, { nowMs, lateMinutes: 0 });
    drill.must(report?.outcome === "done" && report.minutes === 0, `right after a tick another was ${report?.outcome}`);
    restore();
  }
}

/** Whoever reserves at the same moment has other starts. */
async function drillRace(drill: Drill, turner: Turner): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { nowMs, restore } = await arrange(drill, turner, pupil, { due: 2 });
  const given: number[] = [];
  const work = async ({ hosts }: Ports): Promise<void> =>
    void given.push(...(await reserveUpTo(2, pupil.host ?? "", hosts, nowMs)));
  await interpose(drill, { at: "hosts.reserve", rival: { name: "another sender", work } }, async () => {
    given.push(...(await tick(drill, { nowMs, lateMinutes: 1 })).starts);
  });
  drill.must(new Set(given).size === 4, `a tick and another sender were given ${given.join(", ")}, wanted four starts`);
  restore();
}

/** A tick that died is made good by the one after its claim. */
async function drillBrokenOff(drill: Drill, turner: Turner): Promise<void> {
  const [one, other] = drill.pupilsApart();
  let minute = 0;
  await breakOffEverywhere(drill, {
    name: "tick",
    before: async () => {
      const { nowMs } = await arrange(drill, turner, one, { due: 2 });
      minute = minuteOf(new Date(nowMs));
      await turner.due([other], minute, {});
      drill.simulation.world.cursor.covered = minute - 1;
    },
    // The index is read by many calls at once, which all fail alike.
    work: async (ports) => await tickOnce({ ...ports, wheel: drill.simulation.world.calendars }, drill.simulation.nowMs),
    after: async (where) => {
      drill.simulation.skip(LIVES_MS);
      await drill.ask("next tick", async (ports) => await tickOnce(ports, drill.simulation.nowMs));
      const { covered = 0, claimedUntil } = drill.simulation.world.cursor;
      drill.must(covered >= minute && claimedUntil === undefined, `the cursor stands at ${covered}, wanted ${minute}: ${where}`);
      for (const { calendarId, checkpoint } of [...turner.neighbours(one).slice(0, 2), other]) {
        drill.must(
          checkpoint.lastTurn === minute,
          `${calendarId} had turn ${checkpoint.lastTurn} last, wanted ${minute}: ${where}`,
        );
      }
    },
  });
}

/** A minute in which these calendars are due, and nobody else is. */
async function arrange(
  { simulation }: Drill,
  turner: Turner,
  pupil: Pupil,
  { due = 1, owed = 0, intervalMinutes = 5, waitsMs, host }: Partial<Row>,
): Promise<{ readonly nowMs: number; readonly restore: () => void }> {
  const { world } = simulation;
  const name = pupil.host ?? "";
  // Nobody has a start within one pace of what was sent before.
  const apartMs = 2 * MINUTE_MS + SECOND_MS / (host?.(0).startsPerSecond ?? 1);
  simulation.skip(Math.floor((simulation.nowMs + apartMs) / MINUTE_MS) * MINUTE_MS - simulation.nowMs);
  const { nowMs } = simulation;
  const minute = minuteOf(new Date(nowMs));
  const neighbours = turner.neighbours(pupil);
  const times = { intervalMinutes, notBefore: waitsMs === undefined ? undefined : iso(nowMs + waitsMs) };
  await turner.clear();
  await turner.due(neighbours.slice(0, due), minute, times);
  await turner.due(neighbours.slice(due, due + owed), minute - 1, times);
  const before = world.hosts.stored.get(name);
  world.hosts.stored.set(name, { version: 1, host: name, ...host?.(nowMs) });
  const restore = (): void => {
    if (before === undefined) world.hosts.stored.delete(name);
    else world.hosts.stored.set(name, before);
  };
  return { nowMs, restore };
}

type Ticked = {
  readonly report: TickReport | undefined;
  /** UTC milliseconds, in order. */
  readonly starts: readonly number[];
  /** Until each of them is received, milliseconds. */
  readonly delays: readonly number[];
};

/** `lateMinutes` are owed; the clock stands still meanwhile. */
async function tick(
  drill: Drill,
  { nowMs, lateMinutes, livesMs }: { readonly nowMs: number; readonly lateMinutes: number; readonly livesMs?: number },
): Promise<Ticked> {
  const { cursor, imports } = drill.simulation.world;
  cursor.covered = minuteOf(new Date(nowMs)) - lateMinutes;
  const starts: number[] = [];
  const delays: number[] = [];
  const hear = imports.observe;
  imports.observe = (body): void => {
    hear?.(body);
    const { startAt }: { readonly startAt: string } = JSON.parse(body);
    starts.push(Date.parse(startAt));
    delays.push(([...imports.messages.values()].at(-1)?.visibleAtMs ?? 0) - nowMs);
  };
  let report: TickReport | undefined;
  await drill.ask("tick", async (ports) => {
    report = await tickOnce(ports, nowMs, livesMs);
  });
  imports.observe = hear;
  return { report, starts, delays };
}

async function tickOnce(ports: Ports, nowMs: number, livesMs = LIVES_MS): Promise<TickReport> {
  return await runTick(ports, { now: () => new Date(nowMs), deadline: new Date(nowMs + livesMs) });
}
