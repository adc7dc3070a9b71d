/** What was left half done by hand is mended by one look at the whole table; a second look finds nothing. */
import type { Letter } from "../../lib/contract/letter.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import type { Drill, Pupil } from "./drill.ts";

export async function drillMending(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { world } = drill.simulation;
  const { calendars, feeds } = world;
  const { calendarId } = pupil;
  const [feedId = "none"] = feeds.metas.keys();
  const [member] = feeds.members.get(feedId)?.keys() ?? [];
  drill.hours(1);
  await sweep(drill);
  drill.must(Object.keys(await sweep(drill)).length === 0, "a second sweep found something");
  if (member === undefined) return;

  await calendars.leaveWheel(calendarId);
  calendars.pointers.get(member)?.delete(feedId);
  const [pushed = "none"] = drill.weather.pushCalendars;
  await calendars.enterWheel(pushed, "10#1#1");
  owe(drill, pupil);
  putGhosts(drill, feedId);
  await sweep(drill);
  drill.must(pupil.checkpoint.wheel !== undefined, `${calendarId} is still off the wheel`);
  drill.must(calendars.pointers.get(member)?.has(feedId) === true, `${member} still does not know of feed ${feedId}`);
  drill.must(calendars.checkpoints.get(pushed)?.wheel === undefined, `push calendar ${pushed} is still on the wheel`);
  drill.must(pupil.checkpoint.pending === undefined, `${calendarId} still owes what was promised`);
  drill.must(feeds.members.get(feedId)?.has("ghost") === false, `feed ${feedId} still has a ghost`);
  drill.must(calendars.checkpoints.get("ghost")?.wheel === undefined, "a ghost is still on the wheel");
  calendars.checkpoints.delete("ghost");

  await drillOldBuild(drill, feedId, member);
  await drillUnanswered(drill, pupil);
  drill.must(Object.keys(await sweep(drill)).length === 0, "a sweep after the mending found something");
}

/** A feed that shows less than its member has. */
async function drillOldBuild(drill: Drill, feedId: string, member: string): Promise<void> {
  const { feeds } = drill.simulation.world;
  const build = feeds.builds.get(feedId);
  if (build === undefined) return;
  const version = build.members[member] ?? 0;
  feeds.builds.set(feedId, { ...build, members: { ...build.members, [member]: version - 1 } });
  await sweep(drill);
  drill.must((feeds.builds.get(feedId)?.members[member] ?? 0) >= version, `feed ${feedId} is still older than ${member}`);
}

/** A replay of which nobody heard is opened again after a day, and people are told. */
async function drillUnanswered(drill: Drill, { calendarId, source }: Pupil): Promise<void> {
  const { letters } = drill.simulation.world;
  const letterId = `import-${calendarId}`;
  source.manner = { kind: "failing", code: "source-unauthorized" };
  await drill.course.turns();
  source.manner = { kind: "well" };
  const letter = letters.stored.get(letterId);
  drill.must(letter?.state === "open", `letter ${letterId} is ${letter?.state}`);
  if (letter === undefined) return;
  const at = new Date(drill.simulation.nowMs).toISOString();
  const replaying: Letter = { ...letter, state: "replaying", replay: { taskId: "lost", at } };
  letters.stored.set(letterId, replaying);
  await sweep(drill);
  drill.must(
    letters.stored.get(letterId)?.state === "replaying",
    `letter ${letterId} was opened although its replay is on its way`,
  );
  drill.hours(25);
  await sweep(drill);
  drill.must(letters.stored.get(letterId)?.state === "open", `letter ${letterId} waits for its replay for ever`);
  await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(letters.stored.get(letterId)?.state === "resolved", `letter ${letterId} is not resolved by its replay`);
}

function owe({ simulation }: Drill, { calendarId, checkpoint }: Pupil): void {
  const { calendars, objects } = simulation.world;
  const { calendarVersion: version, outcome } = checkpoint;
  const changesKey = [...objects.stored.keys()].find(
    (key) =>
      key.startsWith(`changes/${calendarId}/`) &&
      simulation.changes.has(key) &&
      key.includes(`/${String(version).padStart(9, "0")}-`),
  );
  if (changesKey === undefined || outcome === undefined) return;
  const at = new Date(simulation.nowMs - 3_600_000).toISOString();
  calendars.checkpoints.set(calendarId, {
    ...checkpoint,
    outcome: { ...outcome, at },
    pending: { version, changesKey, cursor: 0 },
  });
}

/** A membership and a checkpoint whose calendar is registered no more. */
function putGhosts({ simulation }: Drill, feedId: string): void {
  const { calendars, feeds } = simulation.world;
  const [checkpoint] = calendars.checkpoints.values();
  const members = feeds.members.get(feedId);
  const [member] = members?.values() ?? [];
  if (checkpoint === undefined || member === undefined) return;
  members?.set("ghost", { ...member, calendarId: "ghost", position: 99 });
  calendars.checkpoints.set("ghost", { ...checkpoint, calendarId: "ghost", wheel: "10#1#2", pending: undefined });
}

/** What one look at the whole table mends; everything that follows from it is done. */
async function sweep(drill: Drill): Promise<Readonly<Record<string, number>>> {
  let heard: Readonly<Record<string, number>> = {};
  drill.weather.sweep((report) => {
    heard = report;
  });
  await drill.course.drain();
  return heard;
}
