/** What a source is asked with, and who has none to ask. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { validatorsKeyOf } from "../../lib/core/read-feed.ts";
import { askSource } from "../../lib/sync/ask-source.ts";
import { callsOf } from "./calls.ts";
import type { Drill } from "./drill.ts";

export async function drillAsking(drill: Drill): Promise<void> {
  await drillOtherEngine(drill);
  await drillPush(drill);
}

/** What another engine read is read anew, once, and only what changed its meaning is a version. */
async function drillOtherEngine(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { calendars } = drill.simulation.world;
  const { source, calendarId } = pupil;
  source.validators = "given";
  await drill.sync(pupil);
  await drill.sync(pupil);
  drill.must(source.served.at(-1)?.kind === "unchanged", `${calendarId} was asked without what is known of it`);
  const { calendarVersion } = pupil.checkpoint;
  await calendars.putCheckpoint({ ...pupil.checkpoint, engineKey: "another" });
  await drill.sync(pupil);
  drill.must(source.served.at(-1)?.kind === "complete", `${calendarId}, which another engine read, was not read again`);
  drill.must(pupil.checkpoint.engineKey === validatorsKeyOf(pupil.calendar), `${calendarId} was read by another engine still`);
  drill.must(pupil.checkpoint.calendarVersion === calendarVersion, `${calendarId} has a version of nothing new`);
  await drill.sync(pupil);
  drill.must(source.served.at(-1)?.kind === "unchanged", `${calendarId} was read again twice`);
}

/** A calendar that an app writes has nobody to ask: whoever tries hears so before any host is looked at. */
async function drillPush(drill: Drill): Promise<void> {
  const { simulation, weather } = drill;
  const { clock, newId, random, calendars } = simulation.world;
  const [calendarId = ""] = weather.pushCalendars;
  const startAt = clock.now().toISOString();
  const task: ImportTask = { version: 1, kind: "import", taskId: newId(), calendarId, startAt, reason: "requested" };
  const { signal } = new AbortController();
  let refused = "";
  const calls = await callsOf(drill, "ask an app", async (ports) => {
    const loaded = await calendars.load(calendarId);
    if (loaded === undefined) throw new Error(`${calendarId} is not there`);
    const context = { now: clock.now, random: () => random.next(), newId, signal, attempts: 1 };
    await askSource(task, loaded, ports, context).catch((error: unknown) => {
      refused = error instanceof Error ? error.message : String(error);
    });
  });
  drill.must(
    refused.includes(calendarId) && calls.length === 0,
    `asking an app answers "${refused}" after ${calls.length} calls`,
  );
}
