/** People decide on holds: whatever else has happened to the calendar, wherever they are broken off, whoever comes between. */
import type { Run } from "../../lib/contract/run.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import { grow, importMeanwhile, lose } from "./losses.ts";
import type { Process } from "./simulation.ts";
import { heldEvents } from "./weather.ts";

const isImport = ({ task }: Process): boolean => task?.kind === "import";

export async function drillApprovals(drill: Drill): Promise<void> {
  const [one, two, three] = drill.pupilsApart();
  await drillNone(drill, one);
  await drillPlain(drill, one);
  await drillLater(drill, one);
  await drillPaused(drill, two);
  await drillUnreadable(drill, three);
  await drillFailing(drill, three);
  await drillUnchanged(drill, inFeed(drill));
}

/** A person is broken off at each step, and asks again. */
export async function drillBrokenDecisions(drill: Drill): Promise<void> {
  const [one, two] = drill.pupilsApart();
  let [holdId, version] = ["none", 0];
  await breakOffEverywhere(drill, {
    name: "approve",
    before: async () => {
      holdId = await lose(drill, one, "broken");
      version = one.checkpoint.calendarVersion;
    },
    work: async (ports) => await approve(drill, one, holdId, ports),
    after: (where) => {
      const { calendarId, hold, content, wanted, checkpoint } = one;
      drill.must(hold === undefined && content === wanted, `hold ${holdId} was approved, ${calendarId} has ${content}: ${where}`);
      drill.must(checkpoint.calendarVersion === version + 1, `${calendarId} is at ${checkpoint.calendarVersion}: ${where}`);
      drill.must(hasRun(drill, calendarId, "approve", version + 1), `no run says that ${holdId} was approved: ${where}`);
    },
    ways: ["duplicate", "crash-after"],
  });
  let runs = 0;
  await breakOffEverywhere(drill, {
    name: "reject",
    before: async () => {
      if (two.hold === undefined) await lose(drill, two, "broken");
      holdId = two.hold?.holdId ?? "none";
      runs = countRuns(drill, two.calendarId, "reject");
    },
    work: async (ports) => await reject(drill, two, holdId, ports),
    after: async (where) => {
      drill.must(two.hold === undefined, `hold ${holdId} was rejected and stands: ${where}`);
      drill.must(countRuns(drill, two.calendarId, "reject") > runs, `no run says that ${holdId} was rejected: ${where}`);
      await drill.sync(two);
      drill.must(two.hold?.isRefused === true, `${two.calendarId} forgot that its content was rejected: ${where}`);
    },
  });
}

/** Others write the calendar while a person decides. */
export async function drillContestedDecisions(drill: Drill): Promise<void> {
  const [one, two, three, four] = drill.pupilsApart();
  await drillAtOnce(drill, four);
  await drillOlder(drill, four);
  await drillLost(drill, one);
  await drillEnded(drill, two);
  await drillApplied(drill, three);
}

async function drillPlain(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const holdId = await lose(drill, pupil, "plain");
  const [before, lost] = [pupil.checkpoint.calendarVersion, pupil.hold?.removedCount];
  let run: Run | undefined;
  const calls = await callsOf(drill, "approve plain", async (ports) => {
    run = await approve(drill, pupil, holdId, ports);
  });
  drill.must(
    run?.status === "imported" && run.calendarVersion === before + 1 && run.deleted === lost,
    `${holdId} was approved, its run says ${run?.status} of version ${run?.calendarVersion}, ${run?.deleted} deleted`,
  );
  drill.must(pupil.status === "imported" && pupil.content === pupil.wanted, `${calendarId} is ${pupil.status} after ${holdId}`);
  drill.must(calls.includes("objects.prune"), `${holdId} was approved, and what nobody points at was left`);
}

/** Where no hold stands there is nothing to decide. */
async function drillNone(drill: Drill, pupil: Pupil): Promise<void> {
  for (const decide of [approve, reject]) {
    await drill.ask(`${decide.name} nothing`, async (ports) => await decide(drill, pupil, `${pupil.calendarId}.none`, ports));
    drill.must(drill.refused === "hold-unknown", `${decide.name} of a hold that is not there: ${drill.refused}`);
  }
}

/** The host said "later" since; an approval does not make it forget. */
async function drillLater(drill: Drill, pupil: Pupil): Promise<void> {
  const holdId = await lose(drill, pupil, "later");
  pupil.source.manner = { kind: "throttled", seconds: 3600 };
  await drill.sync(pupil);
  await drill.ask("approve deferred", async (ports) => await approve(drill, pupil, holdId, ports));
  const { calendarId, status, content, wanted } = pupil;
  drill.must(status === "deferred" && content === wanted, `${calendarId} is ${status} after its hold was approved`);
  pupil.source.manner = { kind: "well" };
  drill.hours(2);
}

async function drillPaused(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  source.refreshMinutes = 120;
  const holdId = await lose(drill, pupil, "paused");
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  await drill.ask("approve paused", async (ports) => await approve(drill, pupil, holdId, ports));
  drill.must(pupil.content === pupil.wanted, `${calendarId} is paused, and its hold was not approved: ${drill.refused}`);
  drill.must(pupil.checkpoint.wheel === undefined, `${calendarId} is paused and was put at ${pupil.checkpoint.wheel}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
  source.refreshMinutes = undefined;
  await grow(drill, pupil, "resumed");
}

/** A held body that cannot be read any more is refused, and nothing is written or sent. */
async function drillUnreadable(drill: Drill, pupil: Pupil): Promise<void> {
  const { stored } = drill.simulation.world.objects;
  const holdId = await lose(drill, pupil, "unreadable");
  const [key, before] = [pupil.hold?.objectKey ?? "none", pupil.checkpoint];
  const body = stored.get(key);
  if (body === undefined) return drill.must(false, `${holdId} has no body`);
  stored.set(key, { ...body, bytes: Buffer.from("<html>") });
  const calls = await callsOf(drill, "approve unreadable", async (ports) => await approve(drill, pupil, holdId, ports));
  drill.must(drill.refused === "body-invalid", `what cannot be read was approved: ${drill.refused}`);
  drill.must(pupil.hold?.holdId === holdId && pupil.checkpoint === before, `${holdId} was refused, and something was written`);
  drill.must(calls.join(" ") === "calendars.load objects.getHeld", `${holdId} was refused after ${calls.join(" ")}`);
  stored.set(key, body);
}

/** What fails is not hidden by a rejection. */
async function drillFailing(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  const [holdId, content] = [pupil.hold?.holdId ?? "none", pupil.content];
  source.manner = { kind: "failing", code: "source-not-found" };
  await drill.sync(pupil);
  await drill.ask("reject failing", async (ports) => await reject(drill, pupil, holdId, ports));
  drill.must(pupil.hold === undefined && pupil.content === content, `${holdId} was rejected: ${drill.refused}`);
  drill.must(pupil.status === "failed", `${calendarId} is ${pupil.status} after a rejected hold, its source is not found`);
  source.manner = { kind: "well" };
  drill.hours(2);
}

/** Somebody brings the calendar back to what is held: nothing is left to apply, and feeds say no more that it is stale. */
async function drillUnchanged(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  source.refreshMinutes = 120;
  const first = await lose(drill, pupil, "few");
  await drill.ask("approve few", async (ports) => await approve(drill, pupil, first, ports));
  const few = pupil.checkpoint.calendarVersion;
  const small = source.events;
  await grow(drill, pupil, "many");
  source.events = small;
  await drill.sync(pupil);
  const holdId = pupil.hold?.holdId ?? "none";
  drill.hours(26);
  await drill.sync(pupil);
  drill.must(pupil.checkpoint.staleCode !== undefined, `${calendarId} gave nothing for a day and feeds do not say so`);
  const { wheel, calendarVersion } = pupil.checkpoint;
  let run: Run | undefined;
  const rival = {
    name: "approve unchanged",
    work: async (ports: Ports, { done }: Process): Promise<void> => {
      // Feeds have that version by now, and say that it is stale.
      await drill.simulation.until(() => isShown(drill, pupil));
      drill.must(pupil.status === "held", `${calendarId} was brought back and is ${pupil.status}, its source is still held`);
      run = await approve(drill, pupil, holdId, ports);
      drill.must(!done.includes("objects.prune"), `an approval of nothing looked through all that ${calendarId} has`);
    },
  };
  // Before anybody has heard of the version that was brought back.
  const whose = ({ name }: Process): boolean => name === "bring few back (drill)";
  await interpose(drill, { at: "changes.publish", whose, rival }, async () => {
    await drill.ask("bring few back", async (ports) => {
      drill.answers.broughtBack(await rollbackCalendar({ calendarId, toVersion: few }, ports, drill.context()));
    });
  });
  drill.must(run?.status === "unchanged" && run.deleted === undefined, `nothing was applied, and the run says ${run?.status}`);
  drill.must(pupil.checkpoint.calendarVersion === calendarVersion + 1, `an approval of nothing made a version of ${calendarId}`);
  drill.must(
    pupil.status === "unchanged" && pupil.checkpoint.wheel === wheel,
    `${calendarId} was moved to ${pupil.checkpoint.wheel}`,
  );
  drill.must(pupil.checkpoint.staleCode === undefined, `${calendarId} is still stale`);
  await drill.rebuild();
  source.refreshMinutes = undefined;
  await grow(drill, pupil, "more");
}

/** A worker confirms the hold before the person's write: it is decided again, on what stands then. */
async function drillLost(drill: Drill, pupil: Pupil): Promise<void> {
  const holdId = await lose(drill, pupil, "lost");
  const rival = { name: "confirm", work: async (): Promise<void> => await importMeanwhile(drill, pupil) };
  const whose = ({ name }: Process): boolean => name === "approve lost (drill)";
  await interpose(
    drill,
    { at: "calendars.save", whose, rival },
    async () => await drill.ask("approve lost", async (ports) => await approve(drill, pupil, holdId, ports)),
  );
  drill.must(pupil.content === pupil.wanted && pupil.hold === undefined, `${holdId} was approved, and is not applied`);
}

/** The source has its events again before the person's word: what it said stands, whether or not its worker has removed the hold. */
async function drillEnded(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  for (const decide of [approve, reject]) {
    const holdId = await lose(drill, pupil, "ended");
    const sound = pupil.content;
    source.events = heldEvents(drill.simulation, calendarId);
    const rival = {
      name: `${decide.name} ended`,
      work: async (ports: Ports): Promise<void> => {
        const refused = await decide(drill, pupil, holdId, ports).then(() => undefined, codeOf);
        drill.must(refused === "hold-unknown", `${decide.name} of ${holdId}, which a sound fetch had ended: ${refused}`);
      },
    };
    await interpose(drill, { at: "calendars.endHold", whose: isImport, rival }, async () => await drill.sync(pupil));
    drill.must(pupil.content === sound && pupil.hold === undefined, `${calendarId} has ${pupil.content} after a sound fetch`);
  }
}

/** One rejects and one approves at once: both read the same, and only the first who writes has decided. */
async function drillAtOnce(drill: Drill, pupil: Pupil): Promise<void> {
  const { simulation } = drill;
  const { calendarId, source } = pupil;
  const holdId = await lose(drill, pupil, "at once");
  const { content } = pupil;
  source.manner = { kind: "failing", code: "source-not-found" };
  await drill.sync(pupil);
  const rejecting = simulation.spawn("reject at once", async (ports) => void (await reject(drill, pupil, holdId, ports)));
  let hasRead = false;
  await drill.planned(
    ({ name }, method) => {
      if (name === "approve at once (drill)" && method === "objects.getHeld") hasRead = true;
      if (method !== "calendars.save") return undefined;
      if (name === "reject at once")
        return { name: "wait for who reads", work: async () => await simulation.until(() => hasRead) };
      if (name !== "approve at once (drill)") return undefined;
      return { name: "wait for who writes", work: async () => await simulation.until(() => rejecting.state === "ended") };
    },
    async () => await drill.ask("approve at once", async (ports) => await approve(drill, pupil, holdId, ports)),
  );
  drill.must(drill.refused === "hold-unknown", `${holdId} was rejected, and approved right after it: ${drill.refused}`);
  drill.must(pupil.content === content, `${calendarId} has ${pupil.content}, and what it lost was rejected`);
  source.manner = { kind: "well" };
  drill.hours(2);
}

/** A person's word that began before a fetch and read what that fetch said takes nothing of it back. */
async function drillOlder(drill: Drill, pupil: Pupil): Promise<void> {
  const holdId = await lose(drill, pupil, "older");
  const rival = { name: "confirm", work: async (): Promise<void> => await importMeanwhile(drill, pupil) };
  const whose = ({ name }: Process): boolean => name === "reject older (drill)";
  await interpose(
    drill,
    { at: "calendars.load", whose, rival },
    async () => await drill.ask("reject older", async (ports) => await reject(drill, pupil, holdId, ports)),
  );
  drill.must(drill.refused === undefined && pupil.hold === undefined, `${holdId} was rejected, and stands: ${drill.refused}`);
}

/** A worker applied the hold and has not removed it yet: nothing is left to do, and its success stays the last one. */
async function drillApplied(drill: Drill, pupil: Pupil): Promise<void> {
  const holdId = await lose(drill, pupil, "applied");
  drill.hours(13);
  await drill.sync(pupil);
  drill.hours(13);
  await drill.sync(pupil);
  let run: Run | undefined;
  const rival = {
    name: "approve applied",
    work: async (ports: Ports): Promise<void> => {
      run = await approve(drill, pupil, holdId, ports);
    },
  };
  await interpose(drill, { at: "calendars.endHold", whose: isImport, rival }, async () => await drill.sync(pupil));
  drill.must(run?.status === "unchanged", `${holdId} was applied already, and its approval says ${run?.status}`);
  drill.must(pupil.content === pupil.wanted && pupil.hold === undefined, `${holdId} was applied, and stands`);
}

async function approve(drill: Drill, { calendarId }: Pupil, holdId: string, ports: Ports): Promise<Run> {
  const run = await approveHold({ calendarId, holdId }, ports, drill.context());
  drill.answers.decided(holdId, run);
  return run;
}

async function reject(drill: Drill, { calendarId }: Pupil, holdId: string, ports: Ports): Promise<Run> {
  const run = await rejectHold({ calendarId, holdId }, ports, drill.context());
  drill.answers.decided(holdId, run);
  return run;
}

/** Whether each feed has the calendar's newest version. */
function isShown({ simulation }: Drill, { calendarId, checkpoint }: Pupil): boolean {
  const { calendars, feeds } = simulation.world;
  const builds = [...(calendars.pointers.get(calendarId) ?? [])].map((feedId) => feeds.builds.get(feedId));
  return builds.every((build) => build?.members[calendarId] === checkpoint.calendarVersion);
}

function inFeed(drill: Drill): Pupil {
  const { pointers } = drill.simulation.world.calendars;
  const pupil = drill.pupils().find(({ calendarId }) => (pointers.get(calendarId)?.size ?? 0) > 0);
  if (pupil === undefined) throw new Error("no pulled calendar is in a feed");
  return pupil;
}

function hasRun({ simulation }: Drill, calendarId: string, reason: string, version: number): boolean {
  return [...simulation.world.calendars.runs.values()].some(
    (run) =>
      run.calendarId === calendarId && run.reason === reason && run.status === "imported" && run.calendarVersion === version,
  );
}

function countRuns({ simulation }: Drill, calendarId: string, reason: string): number {
  return [...simulation.world.calendars.runs.values()].filter((run) => run.calendarId === calendarId && run.reason === reason)
    .length;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}
