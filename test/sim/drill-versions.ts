/** Versions are brought back: each that was committed and none that was not, wherever people are broken off and whoever comes between. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { snapshotKey } from "../../lib/core/object-keys.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { listVersions } from "../../lib/sync/list-versions.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { App } from "./app.ts";
import { callsOf } from "./calls.ts";
import { Pupil } from "./drill.ts";
import type { Drill } from "./drill.ts";
import { grow, importMeanwhile } from "./losses.ts";
import type { Process } from "./simulation.ts";
import { sampleEvents } from "../sync/sources.ts";

const isImport = ({ task }: Process): boolean => task?.kind === "import";

export async function drillVersions(drill: Drill): Promise<void> {
  const [one, two, three, four] = drill.pupilsApart();
  await drillTable(drill, one);
  await drillLeftSnapshots(drill, two);
  await drillOutcomes(drill, three);
  await drillPush(drill);
  await drillNever(drill);
  await drillWanted(drill, four);
}

/** What is brought back is one version more, broken off or not, and whatever a worker commits meanwhile. */
export async function drillBrokenRollbacks(drill: Drill): Promise<void> {
  const [one, two] = drill.pupilsApart();
  const { calendarId } = one;
  let [toVersion, content] = [0, ""];
  await breakOffEverywhere(drill, {
    name: "rollback",
    before: async () => {
      [toVersion, content] = [one.checkpoint.calendarVersion, one.content];
      await grow(drill, one, "broken");
    },
    work: async (ports) => drill.answers.broughtBack(await rollbackCalendar({ calendarId, toVersion }, ports, drill.context())),
    after: (where) => {
      const { checkpoint } = one;
      drill.must(one.content === content, `${calendarId} has ${one.content}, wanted version ${toVersion}: ${where}`);
      drill.must(checkpoint.calendarVersion === toVersion + 2, `${calendarId} is at ${checkpoint.calendarVersion}: ${where}`);
      drill.must(hasRun(drill, calendarId, toVersion + 2), `no run says that version ${toVersion} was brought back: ${where}`);
    },
    ways: ["crash-after"],
  });
  await drillContested(drill, two);
}

async function drillContested(drill: Drill, pupil: Pupil): Promise<void> {
  const { content } = pupil;
  const toVersion = pupil.checkpoint.calendarVersion;
  await grow(drill, pupil, "first");
  pupil.source.events = pupil.source.events.slice(0, -1);
  const rival = { name: "import", work: async (): Promise<void> => await importMeanwhile(drill, pupil) };
  const whose = ({ name }: Process): boolean => name === `rollback to ${toVersion} (drill)`;
  let run: Run | undefined;
  await interpose(drill, { at: "calendars.save", whose, rival }, async () => {
    run = await rollBack(drill, pupil, toVersion);
  });
  const { calendarId, checkpoint } = pupil;
  drill.must(
    run?.calendarVersion === toVersion + 3,
    `${calendarId} was written meanwhile, and is at ${checkpoint.calendarVersion}`,
  );
  drill.must(pupil.content === content, `${calendarId} has ${pupil.content}, wanted version ${toVersion}`);
}

/** What each version makes of the present one: nothing where it says the same, one version more where it does not. */
async function drillTable(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  source.refreshMinutes = undefined;
  await grow(drill, pupil, "table");
  const whole = source.events;
  const first = pupil.checkpoint.calendarVersion;
  source.events = whole.slice(0, -1);
  await drill.sync(pupil);
  source.events = whole;
  await drill.sync(pupil);
  await drillSame(drill, pupil, first + 2);
  await drillSame(drill, pupil, first);
  source.refreshMinutes = 30;
  source.events = whole;
  await drill.sync(pupil);
  drill.must(pupil.checkpoint.calendarVersion === first + 3, `${calendarId} has no version of another REFRESH-INTERVAL`);
  const older = await rollBack(drill, pupil, first + 2);
  drill.must(older?.status === "imported" && refreshOf(drill, pupil) === undefined, `${calendarId} kept its REFRESH-INTERVAL`);
  const before = await rollBack(drill, pupil, undefined);
  drill.must(
    before?.calendarVersion === first + 5 && refreshOf(drill, pupil) === 30,
    "another version than the last one came back",
  );
  for (const version of [first + 12, 0]) {
    const { checkpoint } = pupil;
    await rollBack(drill, pupil, version);
    drill.must(drill.refused === "version-unknown", `version ${version} of ${calendarId} was brought back: ${drill.refused}`);
    drill.must(pupil.checkpoint === checkpoint, `${calendarId} was written although version ${version} is not kept`);
  }
  source.refreshMinutes = undefined;
  for (const what of ["moved", "moved again"]) {
    source.events = whole.map(({ uid, title }) => ({ uid, title: `${title}, ${what}` }));
    await drill.sync(pupil);
  }
  const titles = await rollBack(drill, pupil, undefined);
  drill.must(titles?.status === "imported", `${calendarId} has other titles, and was not brought back: ${titles?.status}`);
  await grow(drill, pupil, "after");
}

/** A version that says what the present one says changes nothing, sends nothing, and is answered all the same. */
async function drillSame(drill: Drill, pupil: Pupil, version: number): Promise<void> {
  const { checkpoint, calendarId } = pupil;
  let run: Run | undefined;
  const calls = await callsOf(drill, `rollback to ${version}`, async (ports) => {
    run = await rollbackCalendar({ calendarId, toVersion: version }, ports, drill.context());
    drill.answers.broughtBack(run);
  });
  const isPresent = version === checkpoint.calendarVersion;
  const wanted = ["calendars.load", "objects.snapshots", ...(isPresent ? [] : ["objects.getSnapshot", "objects.getSnapshot"])];
  drill.must(run?.status === "unchanged" && run.deleted === 0, `version ${version} says the same, its run says ${run?.status}`);
  drill.must(pupil.checkpoint === checkpoint, `${calendarId} was written, version ${version} says the same`);
  drill.must(
    calls.join(" ") === [...wanted, "calendars.putRun"].join(" "),
    `version ${version} of ${calendarId} says the same, and was brought back by ${calls.join(" ")}`,
  );
}

/** Snapshots of workers that lost, or died before their commit, are no versions. */
async function drillLeftSnapshots(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  const { simulation } = drill;
  await grow(drill, pupil, "left");
  const base = source.events;
  source.events = base.slice(0, -1);
  const overtake = async (): Promise<void> => {
    source.events = base.slice(0, -2);
    await importMeanwhile(drill, pupil);
  };
  await interpose(
    drill,
    { at: "calendars.save", whose: isImport, rival: { name: "overtake", work: overtake } },
    async () => await drill.sync(pupil),
  );
  const contested = pupil.checkpoint.calendarVersion;
  await checkListed(drill, pupil);
  source.events = base;
  await drill.sync(pupil);
  await checkListed(drill, pupil);
  await rollBack(drill, pupil, contested);
  drill.must(pupil.content === uidsOf(base.slice(0, -2)), `${calendarId} has ${pupil.content}, wanted version ${contested}`);
  // One that died before its commit, and one of which nothing but such ones is left.
  await putLeft(drill, pupil, pupil.checkpoint.calendarVersion + 1, "died");
  await rollBack(drill, pupil, pupil.checkpoint.calendarVersion + 1);
  drill.must(drill.refused === "version-unknown", `a version of ${calendarId} that was never committed was brought back`);
  const key = simulation.snapshots.get(`${calendarId} ${contested - 1}`) ?? "none";
  for (const what of ["one", "other"]) await putLeft(drill, pupil, contested - 1, what);
  simulation.world.objects.stored.delete(key);
  await checkListed(drill, pupil);
}

/** Another snapshot of that version than was ever committed. */
async function putLeft({ simulation }: Drill, pupil: Pupil, calendarVersion: number, what: string): Promise<void> {
  const left: Snapshot = {
    ...snapshotOf(simulation.world.objects, pupil.checkpoint.snapshotKey),
    calendarVersion,
    takenAt: what,
  };
  await simulation.world.objects.putSnapshot(snapshotKey(pupil.calendarId, calendarVersion, what), left);
}

/** The list has each version that was committed and is still there, newest first, and reads each once. */
async function checkListed(drill: Drill, { calendarId, checkpoint }: Pupil): Promise<void> {
  const { snapshots, world } = drill.simulation;
  const wanted = [...snapshots]
    .flatMap(([name, key]) => (name.startsWith(`${calendarId} `) && world.objects.stored.has(key) ? [key] : []))
    .map((key) => snapshotOf(world.objects, key))
    .map(({ calendarVersion, takenAt, eventCount }) => ({
      calendarVersion,
      takenAt,
      eventCount,
      isPresent: calendarVersion === checkpoint.calendarVersion,
    }))
    .toSorted((one, other) => other.calendarVersion - one.calendarVersion);
  await drill.ask(`list ${calendarId}`, async (ports) => {
    const listed = JSON.stringify(await listVersions(calendarId, ports));
    drill.must(listed === JSON.stringify(wanted), `${calendarId} lists ${listed}, wanted ${JSON.stringify(wanted)}`);
  });
  drill.must(drill.refused === undefined, `the versions of ${calendarId} cannot be listed: ${drill.refused}`);
}

/** Who was well is so with another version, and says why; who fails fails. The body as it was is no news. */
async function drillOutcomes(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  const says = (what: string): void => {
    const { outcome, calendarVersion } = pupil.checkpoint;
    const isSaid = outcome?.status === "imported" && outcome.reason?.includes("was brought back") === true;
    drill.must(isSaid, `${calendarId} was ${what} and brought back, and is ${outcome?.status} at version ${calendarVersion}`);
  };
  await grow(drill, pupil, "well");
  await rollBack(drill, pupil, undefined);
  says("imported");
  source.validators = "none";
  const { calendarVersion } = pupil.checkpoint;
  await drill.sync(pupil);
  drill.must(
    pupil.status === "unchanged" && pupil.checkpoint.calendarVersion === calendarVersion,
    `${calendarId} lost again what was brought back, and its source said nothing new`,
  );
  await rollBack(drill, pupil, undefined);
  says("unchanged");
  source.manner = { kind: "failing", code: "source-not-found" };
  await drill.sync(pupil);
  const { outcome } = pupil.checkpoint;
  await rollBack(drill, pupil, undefined);
  drill.must(drill.refused === undefined && pupil.checkpoint.outcome?.at === outcome?.at, `${calendarId} hides what fails`);
  source.manner = { kind: "well" };
  source.validators = "given";
  drill.hours(2);
}

/** An app's PUT is its last word, also where it says what it said before. */
async function drillPush(drill: Drill): Promise<void> {
  const app = await App.of(drill);
  const { calendarId } = app;
  await app.put(sampleEvents(3, "First", "first-"));
  const events = sampleEvents(4, "Second", "second-");
  await app.put(events);
  await drill.ask(`rollback ${calendarId}`, async (ports) => {
    drill.answers.broughtBack(await rollbackCalendar({ calendarId, toVersion: undefined }, ports, drill.context()));
  });
  drill.must(app.version === 3, `push calendar ${calendarId} is at ${app.version} after it was brought back: ${drill.refused}`);
  await app.put(events);
  drill.must(app.version === 4, `push calendar ${calendarId} did not take its app's last word`);
}

/** Of what was never imported nothing can be brought back. */
async function drillNever(drill: Drill): Promise<void> {
  const source = drill.weather.addSource();
  const draft = CalendarDraft.parse({ source: { kind: "url", url: source.url }, intervalMinutes: 10, firstImport: "turn" });
  let calendarId = "none";
  await drill.ask("create", async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  const pupil = new Pupil(drill.simulation, calendarId, source);
  for (const toVersion of [undefined, 0, 1]) {
    await rollBack(drill, pupil, toVersion);
    drill.must(drill.refused === "version-unknown", `version ${toVersion} of ${calendarId} was brought back: ${drill.refused}`);
  }
  await checkListed(drill, pupil);
}

/** Whoever names a version that is not kept is told which ones are. */
async function drillWanted(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  await grow(drill, pupil, "wanted");
  const { calendarVersion } = pupil.checkpoint;
  const kept = Array.from({ length: calendarVersion }, (_, index) => calendarVersion - index).join(", ");
  await drill.ask("rollback to what is not kept", async (ports) => {
    const why = await rollbackCalendar({ calendarId, toVersion: 99 }, ports, drill.context()).then(() => "done", String);
    drill.must(why.includes(`wanted one of ${kept}`), `${calendarId} keeps ${kept}, and was answered ${why}`);
  });
}

async function rollBack(drill: Drill, { calendarId }: Pupil, toVersion: number | undefined): Promise<Run | undefined> {
  let run: Run | undefined;
  await drill.ask(`rollback to ${toVersion}`, async (ports) => {
    run = await rollbackCalendar({ calendarId, toVersion }, ports, drill.context());
    drill.answers.broughtBack(run);
  });
  return run;
}

function refreshOf({ simulation }: Drill, { checkpoint }: Pupil): number | undefined {
  return snapshotOf(simulation.world.objects, checkpoint.snapshotKey).properties.refreshMinutes;
}

function snapshotOf(objects: { text(key: string): string }, key = "none"): Snapshot {
  const snapshot: Snapshot = JSON.parse(objects.text(key));
  return snapshot;
}

function uidsOf(events: readonly { readonly uid: string }[]): string {
  return events
    .map(({ uid }) => uid)
    .toSorted()
    .join(" ");
}

function hasRun({ simulation }: Drill, calendarId: string, version: number): boolean {
  return [...simulation.world.calendars.runs.values()].some(
    (run) =>
      run.calendarId === calendarId && run.reason === "rollback" && run.status === "imported" && run.calendarVersion === version,
  );
}
