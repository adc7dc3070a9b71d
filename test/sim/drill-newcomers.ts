/** Calendars that are registered while their owner or their host is paused, or just then; and those that the wheel has no place for. */
import type * as z from "zod";

import { CalendarDraft, CalendarPatch } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { interpose } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

type Made = {
  readonly calendar: Calendar;
  readonly calls: readonly string[];
  /** An import is on its way. */
  readonly isAsked: boolean;
};
type Fields = Partial<z.input<typeof CalendarDraft>>;
type Pauser = "owner" | "host";
type Wanted = Pick<Calendar, "state" | "pausedBy"> & { readonly isAsked: boolean; readonly place: "wheel" | "none" };

const OWNER = "newcomer";
const CRON = { kind: "cron", expression: "0 9 * * 1-5", zone: "Europe/Berlin" } as const;
const TWO_RECORDS = "calendars.putCheckpoint,calendars.putCalendar";

export async function drillNewcomers(drill: Drill): Promise<void> {
  const made = [
    await newOnWheel(drill),
    await newByPush(drill),
    await newByCron(drill),
    await underPause(drill, "owner"),
    await underPause(drill, "host"),
    await pausedMeanwhile(drill, "owner"),
    await pausedMeanwhile(drill, "host"),
    await resumedMeanwhile(drill),
    await pausedOtherwise(drill),
    await editedMeanwhile(drill),
  ];
  const { crons, externalIds, newId } = drill.simulation.world;
  for (const { calendar } of made) {
    await drill.ask("remove a newcomer", async (ports) => await removeCalendar(calendar.calendarId, ports, newId));
  }
  drill.must(crons.standing.size + externalIds.claims.size === 0, "a schedule or a name outlived its calendar");
}

async function newOnWheel(drill: Drill): Promise<Made> {
  const made = await make(drill);
  must(drill, made, { state: "active", isAsked: true, place: "wheel" });
  drill.must(calendarCalls(made) === TWO_RECORDS, `a new calendar cost ${calendarCalls(made)}`);
  drill.must(!made.calls.includes("crons.keep"), "a calendar of the wheel was given a schedule of its own");
  drill.must(!made.calls.includes("externalIds.claim"), "a calendar without a name of its own claimed one");
  return made;
}

async function newByPush(drill: Drill): Promise<Made> {
  const made = await make(drill, { source: { kind: "push" } });
  must(drill, made, { state: "active", isAsked: false, place: "none" });
  drill.must(!made.calls.some((call) => call.startsWith("hosts.")), `a pushed calendar has no host: ${made.calls.join()}`);
  return made;
}

async function newByCron(drill: Drill): Promise<Made> {
  const made = await make(drill, { schedule: CRON, externalId: "by-cron" });
  const { crons, externalIds } = drill.simulation.world;
  const { calendarId } = made.calendar;
  must(drill, made, { state: "active", isAsked: true, place: "none" });
  drill.must(crons.standing.has(`${OWNER}.${calendarId}`), "a cron calendar has no schedule");
  const isThere = made.calls.indexOf("calendars.putCalendar") < made.calls.indexOf("crons.keep");
  drill.must(isThere, "a schedule stood before its calendar: whoever it calls then drops it");
  drill.must(externalIds.claims.get(`${OWNER} by-cron`)?.calendarId === calendarId, "a name was given and not claimed");
  return made;
}

/** From its first write on it is as if it had been there before the pause; the owner's goes before the host's. */
async function underPause(drill: Drill, pausedBy: Pauser): Promise<Made> {
  if (pausedBy === "owner") pause(drill, "owner");
  pause(drill, "host");
  const made = await make(drill);
  must(drill, made, { state: "paused", pausedBy, isAsked: false, place: "none" });
  drill.must(calendarCalls(made) === TWO_RECORDS, `a calendar new under a pause cost ${calendarCalls(made)}`);
  resume(drill);
  return made;
}

/** Who pauses lists the calendars after the mark, and did not find this one. */
async function pausedMeanwhile(drill: Drill, pausedBy: Pauser): Promise<Made> {
  const made = await make(drill, {}, () => pause(drill, pausedBy));
  must(drill, made, { state: "paused", pausedBy, isAsked: false, place: "none" });
  drill.must(looks(made) === 3, `a calendar that was paused meanwhile was read ${looks(made)} times`);
  resume(drill);
  return made;
}

async function resumedMeanwhile(drill: Drill): Promise<Made> {
  pause(drill, "owner");
  const made = await make(drill, {}, () => resume(drill));
  must(drill, made, { state: "active", isAsked: true, place: "wheel" });
  drill.must(looks(made) === 2, `a calendar that was resumed meanwhile was read ${looks(made)} times`);
  return made;
}

/** The host goes on, and the owner stops. */
async function pausedOtherwise(drill: Drill): Promise<Made> {
  pause(drill, "host");
  const made = await make(drill, {}, () => {
    resume(drill);
    pause(drill, "owner");
  });
  must(drill, made, { state: "paused", pausedBy: "owner", isAsked: false, place: "none" });
  resume(drill);
  return made;
}

/** Whoever gives it another schedule while its pause is settled has the last word on it. */
async function editedMeanwhile(drill: Drill): Promise<Made> {
  const { calendars, crons } = drill.simulation.world;
  const schedule = { ...CRON, expression: "0 10 * * 1-5" } as const;
  const made: Made[] = [];
  const work = async (ports: Ports): Promise<void> => {
    const newest = [...calendars.metas.keys()].at(-1) ?? "none";
    await changeCalendar(newest, CalendarPatch.parse({ schedule }), ports, drill.context());
  };
  await interpose(drill, { at: "calendars.leaveWheel", rival: { name: "give it another schedule", work } }, async () => {
    made.push(await make(drill, { schedule: CRON }, () => pause(drill, "owner")));
  });
  const [one] = made;
  if (one === undefined) throw new Error("no calendar was made");
  must(drill, one, { state: "paused", pausedBy: "owner", isAsked: false, place: "none" });
  const { expression } = crons.standing.get(`${OWNER}.${one.calendar.calendarId}`) ?? {};
  drill.must(expression === schedule.expression, `a schedule that was changed to ${schedule.expression} calls at ${expression}`);
  resume(drill);
  return one;
}

/** `meanwhile`: between the look at who is paused and the registration. */
async function make(drill: Drill, fields: Fields = {}, meanwhile?: () => void): Promise<Made> {
  const { url } = drill.weather.addSource();
  const draft = CalendarDraft.parse({ ownerId: OWNER, source: { kind: "url", url }, intervalMinutes: 10, ...fields });
  const made: Calendar[] = [];
  const between = { at: "calendars.putCalendar", work: async (): Promise<void> => await Promise.resolve(meanwhile?.()) };
  const name = `create ${url}`;
  const work = async (ports: Ports): Promise<void> =>
    void made.push((await createCalendar(draft, ports, drill.context())).calendar);
  const calls = await (meanwhile === undefined ? callsOf(drill, name, work) : callsAmidst(drill, name, work, between));
  const [calendar] = made;
  if (calendar === undefined) throw new Error(`${url} was refused: ${drill.refused}`);
  return { calendar, calls, isAsked: calls.includes("urgent.sendUrgent") || calls.includes("reservations.book") };
}

/** What its maker is told is so. */
function must(drill: Drill, { calendar, isAsked }: Made, wanted: Wanted): void {
  const { metas, checkpoints } = drill.simulation.world.calendars;
  const { calendarId } = calendar;
  const [stored, place] = [metas.get(calendarId), checkpoints.get(calendarId)?.wheel === undefined ? "none" : "wheel"];
  for (const [who, one] of [["the answer", calendar] as const, ["the registration", stored] as const]) {
    const isSo = one?.state === wanted.state && one.pausedBy === wanted.pausedBy;
    drill.must(isSo, `${who} of ${calendarId} says ${one?.state} by ${one?.pausedBy}, wanted ${JSON.stringify(wanted)}`);
  }
  drill.must(place === wanted.place, `${calendarId} has a place on ${place}, wanted ${JSON.stringify(wanted)}`);
  drill.must(isAsked === wanted.isAsked, `${calendarId} is ${isAsked ? "" : "not "}asked, wanted ${JSON.stringify(wanted)}`);
}

function calendarCalls({ calls }: Made): string {
  return calls.filter((call) => call.startsWith("calendars.")).join();
}

function looks({ calls }: Made): number {
  return calls.filter((call) => call === "calendars.load").length;
}

/** The mark alone: there is nothing else of the owner's or the host's to pause. */
function pause({ simulation: { world } }: Drill, whose: Pauser): void {
  const since = world.clock.now().toISOString();
  if (whose === "owner") world.owners.records.set(OWNER, { version: 1, ownerId: OWNER, state: "paused", since });
  else for (const { host } of hostsOf(world.sources.byUrl.keys())) void world.hosts.pauseHost(host, since);
}

function resume({ simulation: { world } }: Drill): void {
  world.owners.records.delete(OWNER);
  for (const [name, { pausedAt: _over, ...host }] of world.hosts.stored) world.hosts.stored.set(name, host);
}

function hostsOf(urls: Iterable<string>): URL[] {
  return [...urls].map((url) => new URL(url));
}
