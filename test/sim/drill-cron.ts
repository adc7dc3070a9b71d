/** Calendars with a cron schedule: which ones may be, what their schedule's calls come to, and that each time is one turn. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { CronCall } from "../../lib/contract/task.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { played } from "./calls.ts";
import { Pupil } from "./drill.ts";
import type { Drill } from "./drill.ts";

const MINUTE_MS = 60_000;
const OWNER = "default";
const DAILY = { kind: "cron", expression: "0 9 * * *", zone: "Asia/Seoul" } as const;

export async function drillCron(drill: Drill): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  const before = new Set(metas.keys());
  await drillTimes(drill);
  const source = drill.weather.addSource();
  const calendarId = await create(drill, { source: { kind: "url", url: source.url }, schedule: DAILY });
  if (calendarId === undefined) throw new Error(`a calendar with a schedule was refused: ${drill.refused}`);
  const pupil = new Pupil(drill.simulation, calendarId, source);
  drill.must(pupil.checkpoint.wheel === undefined, `${calendarId} goes by its schedule and is on the wheel as well`);
  await drillCalls(drill, pupil);
  await drillGone(drill, pupil);
  await drillOwnTurn(drill, pupil);
  await drillBrokenOff(drill, pupil);
  for (const id of metas.keys()) {
    if (!before.has(id))
      await drill.ask("remove", async (ports) => await removeCalendar(id, ports, (feedId) => `${feedId}<${id}`));
  }
  drill.must(drill.simulation.world.crons.standing.size === 0, "a schedule is left of calendars that were removed");
}

/** A registration with such times is there, or refused with nothing written. */
async function drillTimes(drill: Drill): Promise<void> {
  const { metas, checkpoints } = drill.simulation.world.calendars;
  const [own, removed, anothers] = drill.pupilsApart();
  const url = (): object => ({ kind: "url", url: drill.weather.addSource().url });
  const push = { kind: "push" };
  const days = (calendarId: string): object => ({ zone: "Asia/Seoul", holidays: { calendarId } });
  const rows: readonly (readonly [draft: object, refused: string | undefined])[] = [
    [{ source: url() }, undefined],
    [{ source: push }, undefined],
    [{ source: url(), schedule: DAILY }, undefined],
    [{ source: push, schedule: DAILY }, "source-kind-wrong"],
    [{ source: url(), schedule: { ...DAILY, expression: "*/2 * * * *" } }, "schedule-invalid"],
    [{ source: url(), businessDays: { zone: "Asia/Seoul" } }, undefined],
    [{ source: url(), businessDays: days(own.calendarId) }, undefined],
    [{ source: url(), businessDays: days("nobody") }, "holidays-missing"],
    [{ source: url(), businessDays: days(removed.calendarId) }, "holidays-missing"],
    [{ source: url(), businessDays: days(anothers.calendarId) }, "holidays-missing"],
  ];
  const kept = [removed.calendar, anothers.calendar];
  metas.set(removed.calendarId, { ...removed.calendar, state: "removed" });
  metas.set(anothers.calendarId, { ...anothers.calendar, ownerId: "somebody" });
  for (const [draft, wanted] of rows) {
    const records = metas.size + checkpoints.size;
    await create(drill, draft);
    drill.must(drill.refused === wanted, `${JSON.stringify(draft)} is refused as ${drill.refused}, wanted ${wanted}`);
    const written = metas.size + checkpoints.size - records;
    drill.must(written === (wanted === undefined ? 2 : 0), `${JSON.stringify(draft)} wrote ${written} records`);
  }
  for (const calendar of kept) metas.set(calendar.calendarId, calendar);
}

async function create(drill: Drill, fields: object): Promise<string | undefined> {
  const draft = CalendarDraft.parse({ firstImport: "turn", ...fields });
  let calendarId: string | undefined;
  await drill.ask("create", async (ports) => {
    const { calendar } = await createCalendar(draft, ports, drill.context());
    ({ calendarId } = calendar);
  });
  return calendarId;
}

/** A time is one turn, however often it is called; who is not to be polled misses none. */
async function drillCalls(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const { metas } = drill.simulation.world.calendars;
  const turn = nextTurn(drill, pupil);
  const rows: readonly (readonly [turn: number, state: Calendar["state"], wanted: string])[] = [
    [turn, "paused", "paused"],
    [turn, "suspended", "paused"],
    [turn, "active", "sent"],
    [turn, "active", "duplicate"],
    [turn - 1, "active", "duplicate"],
    [turn + 1, "active", "sent"],
  ];
  for (const [minute, state, wanted] of rows) {
    const { calendar } = pupil;
    metas.set(calendarId, { ...calendar, state });
    const asked = pupil.source.served.length;
    const { result, calls } = await call(drill, pupil, minute);
    metas.set(calendarId, calendar);
    const count = wanted === "sent" ? 1 : 0;
    const what = `turn ${minute} of a cron calendar that is ${state}`;
    drill.must(result === wanted, `${what} was ${result}, wanted ${wanted}`);
    drill.must(pupil.source.served.length - asked === count, `${what} asked its source other than ${count} times`);
    drill.must(
      calls.filter((method) => method === "urgent.sendUrgent").length === count,
      `${what} was sent other than ${count} times`,
    );
    if (wanted === "sent") drill.must(pupil.checkpoint.lastTurn === minute, `${what} closed turn ${pupil.checkpoint.lastTurn}`);
    drill.must(isStanding(drill, pupil), `${what} lost its schedule`);
  }
}

/** What goes by its interval now, or was removed, has left its schedule behind. */
async function drillGone(drill: Drill, pupil: Pupil): Promise<void> {
  const { world } = drill.simulation;
  const { metas } = world.calendars;
  const { calendar, calendarId } = pupil;
  const stands: readonly (readonly [name: string, stand: () => void])[] = [
    ["is removed", () => metas.set(calendarId, { ...calendar, state: "removed" })],
    ["goes by its interval", () => metas.set(calendarId, { ...calendar, schedule: undefined })],
    ["says that it goes by its interval", () => metas.set(calendarId, { ...calendar, schedule: { kind: "interval" } })],
    ["is not there", () => metas.delete(calendarId)],
  ];
  for (const [name, stand] of stands) {
    stand();
    const { result, calls } = await call(drill, pupil, nextTurn(drill, pupil));
    metas.set(calendarId, calendar);
    drill.must(result === "gone" && !isStanding(drill, pupil), `the call of a calendar that ${name} was ${result}`);
    drill.must(!calls.includes("urgent.sendUrgent"), `a calendar that ${name} was sent`);
    await world.crons.keep(calendar);
  }
}

/** A turn of its own that waited on a schedule is called for by the same function. */
async function drillOwnTurn(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const asked = pupil.source.served.length;
  const now = drill.simulation.world.clock.now();
  const turn = { calendarId, taskId: `${now.toISOString()}~own`, reason: "sync-now" } as const;
  const { result } = await played(drill, "own turn", async (ports) => await takeCall(turn, ports, now));
  drill.must(result === "sent" && pupil.source.served.length === asked + 1, `a turn of ${calendarId}'s own was ${result}`);
}

/** However often Scheduler has to call, and whenever fan-out dies, the turn is taken. */
async function drillBrokenOff(drill: Drill, pupil: Pupil): Promise<void> {
  let turn = nextTurn(drill, pupil);
  await breakOffEverywhere(drill, {
    name: "cron call",
    before: async () => {
      turn = await Promise.resolve(nextTurn(drill, pupil));
    },
    work: async (ports) => await takeCall(callOf(pupil, turn), ports, drill.simulation.world.clock.now()),
    after: (where) => {
      const { lastTurn } = pupil.checkpoint;
      drill.must(lastTurn === turn, `a cron calendar's last turn is ${lastTurn}, called for was ${turn}: ${where}`);
    },
  });
}

async function call(drill: Drill, pupil: Pupil, turn: number): ReturnType<typeof played<string>> {
  const now = drill.simulation.world.clock.now();
  return await played(drill, `call for ${turn}`, async (ports) => await takeCall(callOf(pupil, turn), ports, now));
}

function callOf({ calendarId }: Pupil, turn: number): CronCall {
  return { calendarId, ownerId: OWNER, reason: "cron", dueAt: new Date(turn * MINUTE_MS).toISOString() };
}

function nextTurn({ simulation }: Drill, { checkpoint }: Pupil): number {
  return Math.max(Math.floor(simulation.nowMs / MINUTE_MS), checkpoint.lastTurn) + 1;
}

function isStanding({ simulation }: Drill, { calendarId }: Pupil): boolean {
  return simulation.world.crons.standing.has(`${OWNER}.${calendarId}`);
}
