/** People look: at a hold, at coming turns, at business days. What they are shown is so, and looking writes nothing. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { BusinessDayAnswer, ComingTurns } from "../../lib/contract/time-view.ts";
import { BusinessDayQuery } from "../../lib/contract/time-view.ts";
import { addDays } from "../../lib/core/business-days.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { findBusinessDay } from "../../lib/sync/find-business-day.ts";
import { listComingTurns } from "../../lib/sync/list-coming-turns.ts";
import { listVersions } from "../../lib/sync/list-versions.ts";
import { showHold } from "../../lib/sync/show-hold.ts";
import { calendarText } from "../sync/sources.ts";
import { interpose } from "./broken-off.ts";
import { played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import { Pupil } from "./drill.ts";
import type { Drill } from "./drill.ts";
import { lose } from "./losses.ts";
import { heldEvents } from "./weather.ts";

const LOOKS = new Set([
  "calendars.load",
  "objects.getHeld",
  "objects.getSnapshot",
  "objects.snapshots",
  "hosts.host",
  "ownersReservations.list",
]);
const HOUR_MS = 3_600_000;
/** Enough to recognize a mistake by. */
const SHOWN = 20;

export async function drillViews(drill: Drill): Promise<void> {
  const [one, two, three] = drill.pupilsApart();
  await drillShownHold(drill, one);
  await drillUnknown(drill, two);
  await drillCooling(drill, three);
  await drillReserved(drill, two, three);
  await drillNoTurns(drill);
  await drillDays(drill);
}

/** A hold is shown with what its body would take away now, and no more where it would take nothing. */
async function drillShownHold(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const { stored } = drill.simulation.world.objects;
  const show = async (): Promise<ReturnType<typeof showHold>> =>
    await look(drill, "show", async (ports) => await showHold(calendarId, ports, drill.context().now()));
  drill.must((await show()) === undefined && drill.refused === undefined, `${calendarId} has no hold, and one is shown`);
  const holdId = await lose(drill, pupil, "shown");
  const present = pupil.checkpoint.eventCount;
  const mustShow = async (removed: number): Promise<void> => {
    const seen = numbersOf(await show());
    const wanted = `${holdId}: 1 of ${present}, ${removed} removed, ${Math.min(SHOWN, removed)} shown`;
    drill.must(seen === wanted, `a hold is shown as ${seen}, wanted ${wanted}`);
  };
  await mustShow(present - 1);
  const key = pupil.hold?.objectKey ?? "none";
  const body = stored.get(key);
  if (body === undefined) return drill.must(false, `${holdId} has no body`);
  stored.set(key, { ...body, bytes: Buffer.from("<html>") });
  await mustShow(0);
  stored.set(key, body);
  await drillEndedHold(drill, pupil, holdId);
}

function numbersOf(shown: Awaited<ReturnType<typeof showHold>>): string {
  if (shown === undefined) return "no hold";
  const { holdId, eventCount, presentCount, removedCount, removed } = shown;
  return `${holdId}: ${eventCount} of ${presentCount}, ${removedCount} removed, ${removed.length} shown`;
}

/** Of what a sound fetch has ended only the removal is missing: nobody is asked to decide on it. */
async function drillEndedHold(drill: Drill, pupil: Pupil, holdId: string): Promise<void> {
  const { calendarId, source } = pupil;
  source.events = heldEvents(drill.simulation, calendarId);
  const rival = {
    name: "show ended",
    work: async (ports: Ports): Promise<void> => {
      const ended = await showHold(calendarId, ports, drill.context().now());
      drill.must(ended === undefined, `${holdId} is shown, which a sound fetch had ended`);
    },
  };
  await interpose(
    drill,
    { at: "calendars.endHold", whose: ({ task }) => task?.kind === "import", rival },
    async () => await drill.sync(pupil),
  );
}

/** A calendar that is being taken out is as unknown as one that never was. */
async function drillUnknown(drill: Drill, pupil: Pupil): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  const { calendar, calendarId } = pupil;
  const now = drill.context().now();
  const looks = (id: string): readonly ((ports: Ports) => Promise<unknown>)[] => [
    async (ports) => await showHold(id, ports, now),
    async (ports) => await listVersions(id, ports),
    async (ports) => await listComingTurns(id, { count: 1 }, ports, now),
    async (ports) => await findBusinessDay(id, BusinessDayQuery.parse({}), ports, now),
  ];
  metas.set(calendarId, { ...calendar, state: "removed" });
  for (const id of [calendarId, "nobody"]) {
    for (const work of looks(id)) {
      await look(drill, `look at ${id}`, work);
      drill.must(drill.refused === "calendar-unknown", `${id} is not there, and was looked at: ${drill.refused}`);
    }
  }
  metas.set(calendarId, calendar);
  for (const work of looks(calendarId)) {
    await look(drill, `look at ${calendarId}`, work);
    drill.must(drill.refused === undefined, `${calendarId} is there, and was not looked at: ${drill.refused}`);
  }
}

/** One calendar's source says "later": turns of its host's others stand behind that. */
async function drillCooling(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, host } = pupil;
  const other = drill.pupils().find(({ calendarId, host: its }) => its === host && calendarId !== pupil.calendarId);
  if (other === undefined) throw new Error(`host ${host} has one calendar alone`);
  source.manner = { kind: "throttled", seconds: 1800 };
  await drill.sync(pupil);
  const { cooldownUntil = "" } = drill.simulation.world.hosts.stored.get(host ?? "") ?? {};
  const turns = (await coming(drill, other))?.turns ?? [];
  drill.must(
    turns.length === 10 && turns.every(({ at }) => at >= cooldownUntil),
    `turns of ${host} stand before it answers again`,
  );
  drill.must(turns[0]?.why.some((why) => why.includes("cools down")) === true, `nobody is told why ${host} is not asked`);
  source.manner = { kind: "well" };
  drill.hours(1);
}

/** Of an owner's reservations those stand among a calendar's turns that wait, and are its own. */
async function drillReserved(drill: Drill, pupil: Pupil, other: Pupil): Promise<void> {
  const { world, nowMs } = drill.simulation;
  const { ownerId } = pupil.calendar;
  const at = new Date(nowMs + 1000).toISOString();
  const [feedId = "none"] = world.feeds.metas.keys();
  const made = { version: 1, ownerId, at, revision: 1, createdAt: at } as const;
  const sync = { kind: "sync", calendarId: pupil.calendarId } as const;
  const all: readonly OwnersReservation[] = [
    { ...made, reservationId: "own", target: sync, state: "waiting" },
    { ...made, reservationId: "cancelled", target: sync, state: "cancelled" },
    { ...made, reservationId: "sent", target: sync, state: "sent" },
    { ...made, reservationId: "other", target: { ...sync, calendarId: other.calendarId }, state: "waiting" },
    { ...made, reservationId: "export", target: { kind: "export", feedId }, state: "waiting" },
  ];
  const { stored } = world.ownersReservations;
  for (const one of all) stored.set(one.reservationId, one);
  const reserved = ((await coming(drill, pupil))?.turns ?? []).flatMap(({ why }) =>
    why.filter((text) => text.startsWith("reserv")),
  );
  drill.must(reserved.join() === "reservation own", `${pupil.calendarId} has one reservation, and is shown ${reserved.join()}`);
  for (const { reservationId } of all) stored.delete(reservationId);
}

/** What an app writes has no host and no turns. */
async function drillNoTurns(drill: Drill): Promise<void> {
  const [calendarId = "none"] = drill.weather.pushCalendars;
  const work = async (ports: Ports): Promise<ComingTurns> =>
    await listComingTurns(calendarId, { count: 5 }, ports, drill.context().now());
  const { result, calls } = await played(drill, "turns of a push calendar", work);
  drill.must(result?.turns.length === 0 && result.notes.length === 1, `push calendar ${calendarId} is shown turns`);
  drill.must(!calls.includes("hosts.host"), `push calendar ${calendarId} has no host, and it was looked for`);
}

/** Days off are known from a calendar of holidays: turns leave them out, and whoever asks is told which day is one and why. */
async function drillDays(drill: Drill): Promise<void> {
  const now = drill.context().now();
  const day = (days: number): string => addDays(now.toISOString(), days);
  // A whole working week lies round the day off.
  const monday = day((8 - now.getUTCDay()) % 7 || 7);
  const [off, saturday] = [addDays(monday, 1), addDays(monday, 5)];
  const { calendar, source } = await create(drill, {});
  const { calendarId } = calendar;
  const ask = async (query: Readonly<Record<string, string>>): Promise<BusinessDayAnswer | undefined> =>
    await look(drill, "ask for a day", async (ports) => {
      return await findBusinessDay(calendarId, BusinessDayQuery.parse(query), ports, now);
    });
  await ask({ day: off });
  drill.must(
    drill.refused === "holidays-missing",
    `days off of ${calendarId} are told, which was never imported: ${drill.refused}`,
  );
  const text = calendarText([{ uid: "off@example.org", title: "Day off" }]);
  const date = off.replaceAll("-", "");
  source.manner = { kind: "saying", text: text.replace(/^DTSTART.*\r\nDURATION.*$/mu, `DTSTART;VALUE=DATE:${date}`) };
  await drill.sync(new Pupil(drill.simulation, calendarId, source));
  const asked: readonly (readonly [query: Readonly<Record<string, string>>, why: string, found: string | undefined])[] = [
    [{ day: off }, "holiday", undefined],
    [{ day: monday }, "business-day", monday],
    [{ day: saturday }, "weekend", undefined],
    [{ day: saturday, weekend: "" }, "business-day", saturday],
    [{ day: monday, weekend: "MO" }, "weekend", undefined],
    [{ day: monday, find: "next" }, "business-day", addDays(monday, 2)],
    [{ day: addDays(monday, 2), find: "previous" }, "business-day", monday],
    [{ day: off, find: "next" }, "holiday", addDays(monday, 2)],
  ];
  for (const [query, why, found] of asked) {
    const answer = await ask(query);
    const isSo = answer?.why === why && answer.found === found && answer.isBusinessDay === (why === "business-day");
    drill.must(isSo, `${JSON.stringify(query)} is answered ${answer?.why} ${answer?.found}, wanted ${why} ${found}`);
  }
  await drillDaysOff(drill, calendarId, off);
  source.manner = { kind: "well" };
}

async function drillDaysOff(drill: Drill, holidays: string, off: string): Promise<void> {
  const businessDays = { holidays: { calendarId: holidays }, zone: "UTC", weekend: [], policy: "skip" } as const;
  const { calendar, source } = await create(drill, { businessDays: { ...businessDays, weekend: [] } });
  const pupil = new Pupil(drill.simulation, calendar.calendarId, source);
  const turns = (await coming(drill, pupil, new Date(Date.parse(off) - HOUR_MS)))?.turns ?? [];
  const days = [...new Set(turns.map(({ at }) => at.slice(0, off.length)))].join();
  drill.must(days === [addDays(off, -1), addDays(off, 1)].join(), `${off} is a day off, and turns stand on ${days}`);
}

async function coming(drill: Drill, { calendarId }: Pupil, now = drill.context().now()): Promise<ComingTurns | undefined> {
  return await look(drill, "coming turns", async (ports) => await listComingTurns(calendarId, { count: 10 }, ports, now));
}

/** What somebody is shown, who writes nothing by looking. */
async function look<Shown>(drill: Drill, name: string, work: (ports: Ports) => Promise<Shown>): Promise<Shown | undefined> {
  const { result, calls } = await played(drill, name, work);
  const written = calls.filter((call) => !LOOKS.has(call));
  drill.must(written.length === 0, `${name} only looks, and called ${written.join()}`);
  return result;
}

type Created = Awaited<ReturnType<typeof createCalendar>> & { readonly source: Pupil["source"] };

async function create(drill: Drill, wanted: Partial<CalendarDraft>): Promise<Created> {
  const source = drill.weather.addSource();
  const draft = CalendarDraft.parse({
    source: { kind: "url", url: source.url },
    intervalMinutes: 10,
    firstImport: "turn",
    ...wanted,
  });
  const { result } = await played(drill, "create", async (ports) => await createCalendar(draft, ports, drill.context()));
  if (result === undefined) throw new Error(`no calendar was created: ${drill.refused}`);
  return { ...result, source };
}
