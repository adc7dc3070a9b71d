/** A mass removal is held, confirmed by time, rejected, approved, and brought back. */
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import type { Drill, Pupil } from "./drill.ts";

export async function drillHolds(drill: Drill): Promise<void> {
  const [pupil, other] = drill.pupilsApart();
  await drillTime(drill, pupil);
  await drillDecisions(drill, other);
  await drillVersions(drill, other);
}

/** A partial loss is believed after a day, a total one after three. */
async function drillTime(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  source.events = [...source.events, ...extra(calendarId, "time")];
  await drill.sync(pupil);
  drill.must(pupil.content === pupil.wanted, `${calendarId} was not imported`);
  const before = pupil.content;
  // Time does not apply what a person rejected before.
  const isTotal = drill.simulation.random.chance(0.5) && pupil.checkpoint.refusedHash === undefined;
  source.events = isTotal ? [] : source.events.slice(-1);
  await drill.sync(pupil);
  drill.must(pupil.status === "held" && pupil.hold !== undefined, `${calendarId} lost most of its events and is ${pupil.status}`);
  drill.must(pupil.hold?.eventCount === source.events.length, `${calendarId} is held with ${pupil.hold?.eventCount} events`);
  await drill.sync(pupil);
  drill.must(
    pupil.hold?.confirmations === 1,
    `${calendarId} was confirmed ${pupil.hold?.confirmations} times after one more look`,
  );
  drill.hours(23);
  await drill.sync(pupil);
  await drill.sync(pupil);
  drill.must(pupil.content === before, `${calendarId} applied a hold within a day`);
  drill.hours(2);
  await drill.sync(pupil);
  drill.must((pupil.content === before) === isTotal, `${calendarId} has ${pupil.content} after a day, all was lost: ${isTotal}`);
  drill.hours(50);
  await drill.sync(pupil);
  drill.must(pupil.content === pupil.wanted && pupil.hold === undefined, `${calendarId} never applied its hold`);
  drill.must(pupil.status === "imported" || !isTotal, `${calendarId} is ${pupil.status} after its hold was applied`);
}

async function drillDecisions(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  source.events = [...source.events, ...extra(calendarId, "decide")];
  await drill.sync(pupil);
  const before = pupil.content;
  source.refreshMinutes = 60;
  source.events = source.events.slice(0, 1);
  await drill.sync(pupil);
  const holdId = pupil.hold?.holdId ?? "none";
  await drill.ask(
    "approve another hold",
    async (ports) => await approveHold({ calendarId, holdId: "x" }, ports, drill.context()),
  );
  drill.must(drill.refused === "hold-unknown", `a hold that is not there was approved: ${drill.refused}`);
  await drill.ask(`reject ${holdId}`, async (ports) =>
    drill.answers.decided(holdId, await rejectHold({ calendarId, holdId }, ports, drill.context())),
  );
  drill.must(drill.refused === undefined && pupil.hold === undefined, `hold ${holdId} was rejected and stands: ${drill.refused}`);
  drill.must(pupil.content === before && pupil.status === "unchanged", `${calendarId} is ${pupil.status} after a rejected hold`);
  await drill.sync(pupil);
  drill.must(pupil.hold?.isRefused === true, `${calendarId} forgot that its content was rejected`);
  drill.hours(90);
  for (let times = 0; times < 4; times += 1) await drill.sync(pupil);
  drill.must(pupil.content === before && pupil.status === "held", `${calendarId} applied by time what a person had rejected`);
  await drillApproval(drill, pupil);
}

/** What was held is applied while the source fails; that it fails is not hidden by it. */
async function drillApproval(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  source.manner = { kind: "failing", code: "source-not-found" };
  await drill.sync(pupil);
  source.manner = { kind: "well" };
  const interval = pupil.checkpoint.wheel;
  drill.must(
    pupil.status === "failed" && pupil.checkpoint.failures === 1,
    `${calendarId} is ${pupil.status} when its source is not found`,
  );
  const again = pupil.hold?.holdId ?? "none";
  const { calendarVersion } = pupil.checkpoint;
  await drill.ask(`approve ${again}`, async (ports) =>
    drill.answers.decided(again, await approveHold({ calendarId, holdId: again }, ports, drill.context())),
  );
  drill.must(
    drill.refused === undefined && pupil.content === pupil.wanted,
    `hold ${again} was approved, and is not applied: ${drill.refused}`,
  );
  drill.must(pupil.hold === undefined && pupil.status === "failed", `${calendarId} is ${pupil.status} after an approved hold`);
  drill.must(pupil.checkpoint.calendarVersion === calendarVersion + 1, `an approved hold made no version of ${calendarId}`);
  drill.must(interval !== pupil.checkpoint.wheel, `${calendarId} does not follow the hint of what was approved`);
  drill.must(hasRun(drill, calendarId, "approve"), `no run says that ${again} was approved`);
  await drill.sync(pupil);
  drill.must(pupil.status === "unchanged", `${calendarId} is ${pupil.status} when its source says what was approved`);
}

/** What was approved by mistake is brought back, and stays until its source says something new. */
async function drillVersions(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  const { calendarVersion } = pupil.checkpoint;
  const roll = async (toVersion: number | undefined): Promise<void> =>
    await drill.ask(`rollback ${calendarId} to ${toVersion}`, async (ports) => {
      drill.answers.broughtBack(await rollbackCalendar({ calendarId, toVersion }, ports, drill.context()));
    });
  await roll(calendarVersion + 7);
  drill.must(drill.refused === "version-unknown", `version ${calendarVersion + 7} was brought back: ${drill.refused}`);
  await roll(calendarVersion);
  drill.must(
    pupil.checkpoint.calendarVersion === calendarVersion,
    `the present version of ${calendarId} was brought back as another`,
  );
  const few = pupil.content;
  await roll(undefined);
  drill.must(drill.refused === undefined && pupil.content !== few, `${calendarId} was not brought back: ${drill.refused}`);
  const many = pupil.content;
  await drill.sync(pupil);
  drill.must(pupil.content === many, `${calendarId} lost again what was brought back, and its source said nothing new`);
  await roll(calendarVersion);
  drill.must(pupil.content === few, `${calendarId} was not brought back to version ${calendarVersion}`);
  drill.must(pupil.checkpoint.calendarVersion === calendarVersion + 2, `versions of ${calendarId} do not only grow`);
  drill.must(hasRun(drill, calendarId, "rollback"), `no run says that ${calendarId} was brought back`);
  source.refreshMinutes = undefined;
  source.events = [...source.events, ...extra(calendarId, "new")];
  await drill.sync(pupil);
  drill.must(pupil.content === pupil.wanted, `${calendarId} does not follow its source after it was brought back`);
}

function hasRun(drill: Drill, calendarId: string, reason: string): boolean {
  return [...drill.simulation.world.calendars.runs.values()].some(
    (run) => run.calendarId === calendarId && run.reason === reason && run.status === "imported",
  );
}

/** Enough that losing them is a mass removal. */
function extra(calendarId: string, what: string): { uid: string; title: string }[] {
  return Array.from({ length: 12 }, (_, index) => ({
    uid: `${what}${index}-${calendarId}@example.org`,
    title: `${what} ${index}`,
  }));
}
