/** A calendar's source is another one: it is asked at once and in full, and nothing of the old one is kept or sent to it. */
import type * as z from "zod";

import { CalendarDraft, CalendarPatch } from "../../lib/contract/calendar.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import type { Source } from "../sync/sources.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import { Pupil } from "./drill.ts";
import type { Drill } from "./drill.ts";
import type { Ports } from "./desk.ts";

type Patch = z.input<typeof CalendarPatch>;
export type Moved = { readonly pupil: Pupil; readonly sources: readonly [Source, Source] };

const READS = new Set(["calendars.load", "editor.changeCalendar"]);
const FORGETS = "editor.forgetSource";
const TRIES = 4;

export async function drillMoves(drill: Drill): Promise<void> {
  const moved = await plant(drill);
  await moveTo(drill, moved);
  await moveStopped(drill, moved);
  await moveGone(drill, moved);
}

export async function drillMoveRaces(drill: Drill): Promise<void> {
  const moved = await plant(drill);
  await overtaken(drill, moved);
  await overtakenAlways(drill, moved);
  await brokenOff(drill, moved);
  await removedMeanwhile(drill, moved);
}

/** Another address, another who asks: each is another source; the same again is none. */
async function moveTo(drill: Drill, { pupil, sources: [here, there] }: Moved): Promise<void> {
  const { calendarId } = pupil;
  const asks = `${FORGETS},hosts.host,hosts.reserve,objects.getSnapshot,urgent.sendUrgent`;
  const patches = [
    [{ source: { url: there.url } }, asks],
    [{ source: { url: there.url } }, "objects.getSnapshot"],
    [{ name: "Moved" }, ""],
    [{ source: { auth: { kind: "header", name: "X-Key", value: "s3cret" } } }, asks],
    [{ policy: { userAgent: "Robot/1" } }, asks],
    [{ policy: { userAgent: "Robot/1" } }, "objects.getSnapshot"],
    [{ source: { url: here.url } }, asks],
  ] as const;
  for (const [patch, costs] of patches) {
    const what = `${JSON.stringify(patch)} of ${calendarId}`;
    const calls = await edit(drill, pupil, patch);
    drill.must(drill.refused === undefined, `${what} was refused as ${drill.refused}`);
    const cost = calls
      .filter((call) => !READS.has(call))
      .toSorted()
      .join();
    drill.must(cost === costs, `${what} cost ${cost}, wanted ${costs}`);
    mustShow(drill, pupil, patch === patches.at(-1)?.[0] ? here : there, what);
  }
}

/** Who is paused is moved and not asked; it is when it goes on. */
async function moveStopped(drill: Drill, { pupil, sources: [, there] }: Moved): Promise<void> {
  const { calendarId } = pupil;
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  const calls = await edit(drill, pupil, { source: { url: there.url } });
  const cost = calls
    .filter((call) => !READS.has(call))
    .toSorted()
    .join();
  drill.must(cost === FORGETS, `a paused calendar's new address cost ${cost}, wanted ${FORGETS}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
  await drill.sync(pupil);
  mustShow(drill, pupil, there, "resumed");
}

/** Its source was gone for good, and it was given up. */
async function moveGone(drill: Drill, { pupil, sources: [here, there] }: Moved): Promise<void> {
  there.manner = { kind: "failing", code: "source-gone" };
  await drill.sync(pupil);
  drill.must(pupil.calendar.state === "suspended", `a calendar whose source is gone is ${pupil.calendar.state}`);
  await edit(drill, pupil, { name: "Gone", source: { auth: null } });
  drill.must(pupil.calendar.state === "suspended", "the same address that is gone was asked again");
  await edit(drill, pupil, { source: { url: here.url } });
  const { state } = pupil.calendar;
  const isPolled = state === "active" && pupil.checkpoint.wheel === slotOf(pupil.calendarId, 10);
  drill.must(isPolled, `at another address it is ${state}, at ${pupil.checkpoint.wheel}`);
  mustShow(drill, pupil, here, "given up and moved");
  there.manner = { kind: "well" };
}

/** Somebody else's edit, or a worker that had asked the old address, comes between. */
async function overtaken(drill: Drill, { pupil, sources: [, there] }: Moved): Promise<void> {
  const { calendarId } = pupil;
  await callsAmidst(drill, "edit by two", async (ports) => await change(drill, calendarId, { metadata: { one: "1" } }, ports), {
    at: "editor.changeCalendar",
    work: async (ports) => await change(drill, calendarId, { name: "Two" }, ports),
  });
  const { name, metadata } = pupil.calendar;
  drill.must(name === "Two" && metadata?.["one"] === "1", `two edits at once left ${name} and ${JSON.stringify(metadata)}`);
  const { etag, engineKey, contentHash } = pupil.checkpoint;
  // Both addresses number their versions alike: the old one's ETag would be answered 304 by the new one.
  drill.must(etag === '"v2"', `the old address gave the ETag ${etag}`);
  const { checkpoints } = drill.simulation.world.calendars;
  await callsAmidst(
    drill,
    "move past a worker",
    async (ports) => await change(drill, calendarId, { source: { url: there.url } }, ports),
    {
      at: "editor.changeCalendar",
      work: async () =>
        void (await Promise.resolve(checkpoints.set(calendarId, { ...pupil.checkpoint, etag, engineKey, contentHash }))),
    },
  );
  mustShow(drill, pupil, there, "moved past a worker of the old address");
}

/** Whoever loses each time is told so, and changes nothing. */
async function overtakenAlways(drill: Drill, { pupil }: Moved): Promise<void> {
  const { calendarId } = pupil;
  let seen = 0;
  await drill.planned(
    (process, method) => {
      if (process.name !== "edit against all (drill)" || method !== "editor.changeCalendar") return undefined;
      seen += 1;
      const rival = async (ports: Ports): Promise<void> => await change(drill, calendarId, { name: `Rival ${seen}` }, ports);
      return { name: "edit", work: rival };
    },
    async () => await drill.ask("edit against all", async (ports) => await change(drill, calendarId, { name: "Mine" }, ports)),
  );
  const isSo = drill.refused === "write-contended" && seen === TRIES && pupil.calendar.name === `Rival ${TRIES}`;
  drill.must(isSo, `after ${seen} losses its asker was told ${drill.refused}, and it is called ${pupil.calendar.name}`);
}

/** What a crash left half is made good by the same patch again. */
async function brokenOff(drill: Drill, { pupil, sources: [here, there] }: Moved): Promise<void> {
  let to = there;
  await breakOffEverywhere(drill, {
    name: "move",
    ways: ["error-after", "crash-before"],
    before: async () => await Promise.resolve(void (to = addressOf(pupil) === here.url ? there : here)),
    work: async (ports) => {
      const intervalMinutes = to === here ? 10 : 15;
      await change(drill, pupil.calendarId, { source: { url: to.url }, intervalMinutes }, ports);
    },
    after: (where) => {
      drill.must(drill.refused === undefined, `was refused as ${drill.refused}: ${where}`);
      const wanted = slotOf(pupil.calendarId, to === here ? 10 : 15);
      drill.must(
        pupil.checkpoint.wheel === wanted,
        `${pupil.calendarId} is at ${pupil.checkpoint.wheel}, wanted ${wanted}: ${where}`,
      );
      mustShow(drill, pupil, to, where);
    },
  });
}

async function removedMeanwhile(drill: Drill, { pupil, sources: [here, there] }: Moved): Promise<void> {
  const { calendarId } = pupil;
  const to = addressOf(pupil) === here.url ? there : here;
  await callsAmidst(
    drill,
    "move what goes",
    async (ports) => await change(drill, calendarId, { source: { url: to.url } }, ports),
    {
      at: "editor.changeCalendar",
      work: async (ports) => void (await removeCalendar(calendarId, ports, drill.simulation.world.newId)),
    },
  );
  drill.must(drill.refused === "calendar-unknown", `what was removed meanwhile was changed: ${drill.refused}`);
  drill.must(!drill.simulation.world.calendars.metas.has(calendarId), `${calendarId} came back by an edit`);
}

function addressOf({ calendar: { source } }: Pupil): string | undefined {
  return source.kind === "url" ? source.url : undefined;
}

/** Its copy is what the source says, and its pace is kept by that host. */
export function mustShow(drill: Drill, pupil: Pupil, source: Source, where: string): void {
  const wanted = source.events
    .map(({ uid }) => uid)
    .toSorted()
    .join(" ");
  drill.must(pupil.content === wanted, `${pupil.calendarId} has ${pupil.content}, its source says ${wanted}: ${where}`);
  const { host } = new URL(source.url);
  drill.must(pupil.host === host, `${pupil.calendarId} is of host ${pupil.host}, wanted ${host}: ${where}`);
}

async function edit(drill: Drill, { calendarId }: Pupil, patch: Patch): Promise<readonly string[]> {
  return await callsOf(drill, `edit ${calendarId}`, async (ports) => await change(drill, calendarId, patch, ports));
}

export async function change(drill: Drill, calendarId: string, patch: Patch, ports: Ports): Promise<void> {
  await changeCalendar(calendarId, CalendarPatch.parse(patch), ports, drill.context());
}

/** A calendar of the first of two sources on two hosts, imported. */
export async function plant(drill: Drill): Promise<Moved> {
  const [here, there] = [drill.weather.addSource(), drill.weather.addSource()];
  for (const source of [here, there]) {
    source.validators = "given";
    source.refreshMinutes = undefined;
    // Alike but for one event, or the move would be held; and both number their versions alike.
    source.events = [...here.events.slice(0, 3), ...there.events.slice(0, source === there ? 1 : 0)];
  }
  const draft = CalendarDraft.parse({ source: { kind: "url", url: here.url }, intervalMinutes: 10 });
  const pupils: Pupil[] = [];
  await drill.ask("create", async (ports) => {
    const { calendarId } = (await createCalendar(draft, ports, drill.context())).calendar;
    pupils.push(new Pupil(drill.simulation, calendarId, here));
  });
  const [pupil] = pupils;
  if (pupil === undefined) throw new Error(`a calendar was refused as ${drill.refused}`);
  return { pupil, sources: [here, there] };
}
