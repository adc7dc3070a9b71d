/** People look at a calendar: found by its app's name for it, with the versions that can be brought back, and what its hold would take away. */
import { findCalendar } from "../../lib/sync/find-calendar.ts";
import { listVersions } from "../../lib/sync/list-versions.ts";
import { showHold } from "../../lib/sync/show-hold.ts";
import { sampleEvents } from "../sync/sources.ts";
import type { SourceEvent } from "../sync/sources.ts";
import { App } from "./app.ts";
import type { Asked } from "./app.ts";
import type { Drill, Pupil } from "./drill.ts";

const NAME = "looked-for";

export async function drillLooks(drill: Drill): Promise<void> {
  const app = await App.of(drill, { externalId: NAME });
  await drillNames(drill, app);
  await drillVersions(drill, app);
  const [pupil] = drill.pupilsApart();
  await drillHold(drill, app, pupil);
}

async function drillNames(drill: Drill, app: App): Promise<void> {
  const [found, other] = [await findBy(app, NAME), await findBy(app, "nobody's")];
  drill.must(found.answer?.calendar.calendarId === app.calendarId, "a calendar is not found by its app's name for it");
  drill.must(other.answer === undefined && other.refused === undefined, "a name that nobody has leads to a calendar");
}

async function findBy(app: App, externalId: string): Promise<Asked<Awaited<ReturnType<typeof findCalendar>>>> {
  return await app.ask(async (ports) => await findCalendar("default", externalId, ports));
}

/** Newest first, and one of them is the present one; a calendar that is gone has none. */
async function drillVersions(drill: Drill, app: App): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  const list = async (calendarId = app.calendarId): Promise<Asked<Awaited<ReturnType<typeof listVersions>>>> =>
    await app.ask(async (ports) => await listVersions(calendarId, ports));
  drill.must((await list()).answer?.length === 0, "a calendar that nobody wrote has versions");
  for (const count of [2, 3, 4]) await app.put(sampleEvents(count, "Look", "look-"));
  const seen = (await list()).answer?.map(({ calendarVersion, eventCount, isPresent }) =>
    [calendarVersion, eventCount, isPresent ? "present" : "older"].join(" "),
  );
  drill.must(seen?.join(", ") === "3 4 present, 2 3 older, 1 2 older", `three versions are listed as ${seen?.join(", ")}`);
  drill.must((await list("nobody")).refused === "calendar-unknown", "versions of no calendar are listed");
  const meta = metas.get(app.calendarId);
  if (meta === undefined) return drill.must(false, "a calendar is gone");
  metas.set(app.calendarId, { ...meta, state: "removed" });
  drill.must((await list()).refused === "calendar-unknown", "versions of a removed calendar are listed");
  metas.set(app.calendarId, meta);
}

/** A hold says what applying it would delete now; a body that nobody can read any more would delete nothing. */
async function drillHold(drill: Drill, app: App, pupil: Pupil): Promise<void> {
  const { objects } = drill.simulation.world;
  const { source } = pupil;
  const none = await show(app, pupil);
  drill.must(none.answer === undefined && none.refused === undefined, "a calendar that nothing is held of shows a hold");
  const before = [...source.events, ...sampleEvents(3, "Held", "held-")];
  source.events = before;
  await drill.sync(pupil);
  source.events = before.slice(0, 1);
  await drill.sync(pupil);
  await mustTake(drill, app, pupil, before.length, before.slice(1));
  const key = pupil.hold?.objectKey ?? "";
  const held = objects.stored.get(key);
  objects.stored.set(key, { bytes: Buffer.from("<html>Sign in</html>"), modifiedMs: 0 });
  await mustTake(drill, app, pupil, before.length, []);
  if (held !== undefined) objects.stored.set(key, held);
  source.events = before;
  await drill.sync(pupil);
  drill.must((await show(app, pupil)).answer === undefined, "a hold is shown that a sound body has ended");
}

async function show(app: App, { calendarId }: Pupil): Promise<Asked<Awaited<ReturnType<typeof showHold>>>> {
  return await app.ask(async (ports) => await showHold(calendarId, ports, app.drill.simulation.world.clock.now()));
}

async function mustTake(drill: Drill, app: App, pupil: Pupil, present: number, gone: readonly SourceEvent[]): Promise<void> {
  const { answer } = await show(app, pupil);
  const [seen, wanted] = [uidsOf(answer?.removed ?? []), uidsOf(gone)];
  drill.must(seen === wanted, `a hold shows that ${seen} would go, wanted ${wanted}`);
  const counts = `${answer?.removedCount} of ${answer?.presentCount}`;
  drill.must(
    counts === `${gone.length} of ${present}`,
    `a hold would take ${counts} events away, wanted ${gone.length} of ${present}`,
  );
}

function uidsOf(events: readonly { readonly uid: string }[]): string {
  return events
    .map(({ uid }) => uid)
    .toSorted()
    .join(" ");
}
