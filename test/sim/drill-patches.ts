/** Edits of a calendar's times: each goes to the place where its turns come from now, and costs nothing that it does not need. */
import type * as z from "zod";

import { CalendarDraft, CalendarPatch } from "../../lib/contract/calendar.ts";
import type { IntervalMinutes } from "../../lib/contract/slot.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import type { Source } from "../sync/sources.ts";
import { callsOf } from "./calls.ts";
import type { Drill } from "./drill.ts";

type Patch = z.input<typeof CalendarPatch>;
/** `costs`: calls besides the reads of the calendar and its write. `slot`: the interval of its place on the wheel. */
type Edit = { readonly patch: Patch; readonly costs: string; readonly slot: IntervalMinutes | undefined; readonly cron?: string };

const MORNING = "0 9 * * *";
const NOON = "0 12 * * *";
/** What its source asks for, minutes. */
const HINT = 60;
const READS = new Set(["calendars.load", "editor.changeCalendar"]);

export async function drillPatches(drill: Drill): Promise<void> {
  const pulled = await plant(drill, (source) => (source.refreshMinutes = HINT));
  for (const edit of ON_WHEEL) await play(drill, pulled, edit);
  await drill.ask("pause", async (ports) => await pauseCalendar(pulled, "calendar", ports));
  for (const edit of PAUSED) await play(drill, pulled, edit);
  await drill.ask("resume", async (ports) => await resumeCalendar(pulled, "calendar", ports));
  for (const edit of RESUMED) await play(drill, pulled, edit);
  const unread = await plant(drill, () => undefined, { firstImport: "turn" });
  for (const edit of UNREAD) await play(drill, unread, edit);
  const pushed = await plant(drill, () => undefined, { source: { kind: "push" } });
  for (const edit of PUSHED) await play(drill, pushed, edit);
  await refuse(drill, pushed, pulled);
  for (const calendarId of [pulled, unread, pushed]) {
    await drill.ask("remove", async (ports) => await removeCalendar(calendarId, ports, drill.simulation.world.newId));
  }
}

function cron(expression: string): Patch {
  return { schedule: { kind: "cron", expression, zone: "Europe/Berlin" } };
}

/** The source's hint lengthens the interval while it is followed. */
const ON_WHEEL: readonly Edit[] = [
  { patch: { name: "New" }, costs: "", slot: HINT },
  { patch: { metadata: { room: "7" } }, costs: "", slot: HINT },
  { patch: { businessDays: { weekend: ["SU"], zone: "Europe/Berlin" } }, costs: "", slot: HINT },
  { patch: { intervalMinutes: 30 }, costs: "objects.getSnapshot", slot: HINT },
  { patch: { policy: { refreshHint: "ignore" } }, costs: "calendars.moveSlot,objects.getSnapshot", slot: 30 },
  { patch: { intervalMinutes: 120 }, costs: "calendars.moveSlot,objects.getSnapshot", slot: 120 },
  // The same again moves nothing.
  { patch: { intervalMinutes: 120 }, costs: "objects.getSnapshot", slot: 120 },
  { patch: { policy: { refreshHint: "follow" } }, costs: "objects.getSnapshot", slot: 120 },
  { patch: cron(MORNING), costs: "calendars.leaveWheel,crons.keep", slot: undefined, cron: MORNING },
  { patch: cron(NOON), costs: "crons.keep", slot: undefined, cron: NOON },
  { patch: { name: "Newer", businessDays: null }, costs: "", slot: undefined, cron: NOON },
  {
    patch: { schedule: { kind: "interval" }, intervalMinutes: 15 },
    costs: "calendars.enterWheel,crons.drop,objects.getSnapshot",
    slot: HINT,
  },
];
const PAUSED: readonly Edit[] = [
  { patch: { intervalMinutes: 30, policy: { refreshHint: "ignore" } }, costs: "", slot: undefined },
  { patch: cron(MORNING), costs: "crons.keep", slot: undefined, cron: MORNING },
  { patch: { schedule: { kind: "interval" }, intervalMinutes: 30 }, costs: "crons.drop", slot: undefined },
];
const RESUMED: readonly Edit[] = [{ patch: { intervalMinutes: 30 }, costs: "objects.getSnapshot", slot: 30 }];
/** Nobody knows yet what its source asks for. */
const UNREAD: readonly Edit[] = [
  { patch: { intervalMinutes: 30 }, costs: "calendars.moveSlot", slot: 30 },
  { patch: cron(MORNING), costs: "calendars.leaveWheel,crons.keep", slot: undefined, cron: MORNING },
  { patch: { schedule: { kind: "interval" }, intervalMinutes: 30 }, costs: "calendars.enterWheel,crons.drop", slot: 30 },
];
/** It has no turns, whatever is said of them. */
const PUSHED: readonly Edit[] = [
  { patch: { intervalMinutes: 15 }, costs: "", slot: undefined },
  { patch: { policy: { userAgent: "Robot/1" } }, costs: "", slot: undefined },
  { patch: { name: "Pushed" }, costs: "", slot: undefined },
];

async function play(drill: Drill, calendarId: string, { patch, costs, slot, cron: expression }: Edit): Promise<void> {
  const what = `${JSON.stringify(patch)} of ${calendarId}`;
  const { calendars, crons } = drill.simulation.world;
  const calls = await callsOf(
    drill,
    `edit ${calendarId}`,
    async (ports) => {
      await changeCalendar(calendarId, CalendarPatch.parse(patch), ports, drill.context());
    },
    (method) => {
      // Who dies between the two leaves a calendar that has turns twice, not one that has none.
      const isAlone = method === "calendars.leaveWheel" && !crons.standing.has(`default.${calendarId}`);
      drill.must(!isAlone, `${what}: it left the wheel before its schedule stood`);
    },
  );
  drill.must(drill.refused === undefined, `${what} was refused as ${drill.refused}`);
  const cost = calls
    .filter((call) => !READS.has(call))
    .toSorted()
    .join();
  drill.must(cost === costs, `${what} cost ${cost}, wanted ${costs}`);
  const { wheel } = calendars.checkpoints.get(calendarId) ?? {};
  const wanted = slot === undefined ? undefined : slotOf(calendarId, slot);
  drill.must(wheel === wanted, `after ${what} it is at ${wheel}, wanted ${wanted}`);
  const standing = crons.standing.get(`default.${calendarId}`)?.expression;
  drill.must(standing === expression, `after ${what} its schedule says ${standing}, wanted ${expression}`);
  for (const [field, value] of Object.entries(said(patch))) {
    const stored: unknown = Reflect.get(calendars.metas.get(calendarId) ?? {}, field);
    drill.must(JSON.stringify(stored) === JSON.stringify(value), `after ${what} it says ${JSON.stringify(stored)}`);
  }
}

/** Fields that stand as they were given. */
function said({ name, metadata }: Patch): object {
  return { ...(name === undefined ? {} : { name }), ...(metadata === undefined ? {} : { metadata }) };
}

/** What it cannot be; then nothing of it is written. */
async function refuse(drill: Drill, pushed: string, pulled: string): Promise<void> {
  const { url } = drill.weather.addSource();
  const wrong = [
    [pushed, { source: { url } }, "source-kind-wrong"],
    [pushed, cron(MORNING), "source-kind-wrong"],
    [pulled, cron("61 8 * * *"), "schedule-invalid"],
    [pulled, { name: "Lost", source: { url: "ftp://x.example" } }, "url-invalid"],
    ["nobody", { name: "Lost" }, "calendar-unknown"],
  ] as const;
  for (const [calendarId, patch, code] of wrong) {
    const calls = await callsOf(drill, `edit ${calendarId}`, async (ports) => {
      await changeCalendar(calendarId, CalendarPatch.parse(patch), ports, drill.context());
    });
    const isSo = drill.refused === code && !calls.some((call) => call !== "calendars.load");
    drill.must(isSo, `${JSON.stringify(patch)} of ${calendarId} was refused as ${drill.refused}, after ${calls.join()}`);
  }
}

async function plant(
  drill: Drill,
  set: (source: Source) => unknown,
  fields: Partial<z.input<typeof CalendarDraft>> = {},
): Promise<string> {
  const source = drill.weather.addSource();
  source.refreshMinutes = undefined;
  set(source);
  const draft = CalendarDraft.parse({ source: { kind: "url", url: source.url }, intervalMinutes: 10, ...fields });
  let calendarId = "";
  await drill.ask("create", async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  return calendarId;
}
