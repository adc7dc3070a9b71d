/** The same done to many: what is done already is left as it is, whoever asks reaches its own alone, and one that fails keeps no other back. */
import type { BulkRequest } from "../../lib/contract/bulk.ts";
import type { CalendarState } from "../../lib/contract/calendar.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { placeOf } from "../../lib/core/place.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { addPushed, askAll, askBulk, bulk, isBulk, outcomesOf } from "./bulk-desk.ts";
import type { Drill } from "./drill.ts";

const OWNER = "many";
const OTHER = "few";
/** Ids are worked on so many a call. */
const PART = 20;

const STANDS = ["active", "paused", "suspended", "active", "paused"] as const satisfies readonly CalendarState[];
const ASKED = ["done", "skipped it is paused", "done", "skipped it is written by push", "skipped it is written by push"];
/** What comes of each of five calendars: three that are pulled, two that are pushed, as they stand above. */
const WANTED = {
  pause: ["done", "skipped it is paused", "skipped it is suspended", "done", "skipped it is paused"],
  resume: ["skipped it is active", "done", "done", "skipped it is active", "done"],
  sync: ASKED,
  refresh: ASKED,
} as const satisfies Partial<Record<BulkRequest["action"], readonly string[]>>;
const ACTIONS = ["pause", "resume", "sync", "refresh"] as const;

export async function drillBulk(drill: Drill): Promise<void> {
  const ids = await own(drill);
  for (const action of ACTIONS) {
    await drillAction(drill, ids, action, true);
    await drillAction(drill, ids, action, false);
  }
  await drillHalf(drill, ids);
  await drillSince(drill, ids);
  await drillRivals(drill, ids);
  await drillBroken(drill, ids);
  arrange(drill, ids, ["active", "active", "active", "active", "active"]);
}

export async function drillBulkParts(drill: Drill): Promise<void> {
  const names = Array.from({ length: 2 * PART + 1 }, (_, index) => `Many ${index}`);
  const ids = await addPushed(drill, OWNER, names);
  const others = await addPushed(drill, OTHER, ["Few"]);
  await drillNamed(drill, ids);
  await drillReach(drill, ids, others);
  await drillListed(drill, ids);
}

/** Three calendars that are pulled, two that are pushed. */
async function own(drill: Drill): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let made = 0; made < 3; made += 1) {
    const source = { kind: "url", url: drill.weather.addSource().url };
    const draft = CalendarDraft.parse({ ownerId: OWNER, source, intervalMinutes: 10, firstImport: "now" });
    await drill.ask("create", async (ports) => {
      ids.push((await createCalendar(draft, ports, drill.context())).calendar.calendarId);
    });
  }
  return [...ids, ...(await addPushed(drill, OWNER, ["Pushed 1", "Pushed 2"]))];
}

function arrange(drill: Drill, ids: readonly string[], states: readonly CalendarState[]): void {
  const { metas, checkpoints } = drill.simulation.world.calendars;
  for (const [index, calendarId] of ids.entries()) {
    const [calendar, checkpoint, state] = [metas.get(calendarId), checkpoints.get(calendarId), states[index] ?? "active"];
    if (calendar === undefined || checkpoint === undefined) throw new Error(`calendar ${calendarId} is gone`);
    metas.set(calendarId, { ...calendar, state, pausedBy: state === "paused" ? "calendar" : undefined });
    const wheel = state === "active" ? placeOf(calendar) : undefined;
    if (wheel !== checkpoint.wheel) void drill.simulation.world.calendars.putCheckpoint({ ...checkpoint, wheel });
  }
}

/** A look says what would be done and writes nothing; what is done already is not done again. */
async function drillAction(drill: Drill, ids: readonly string[], action: keyof typeof WANTED, dryRun: boolean): Promise<void> {
  arrange(drill, ids, STANDS);
  const before = runsOf(drill, ids);
  const { report, calls, writes } = await askBulk(drill, { action, dryRun, ownerId: OWNER, all: true });
  const text = `${dryRun ? "a look at " : ""}${action} of all`;
  const seen = outcomesOf(report);
  for (const [index, calendarId] of ids.entries()) {
    const wanted = WANTED[action][index]?.replace("done", dryRun ? "would" : "done");
    drill.must(seen.get(calendarId) === wanted, `${text}: ${calendarId}, ${STANDS[index]}, ${seen.get(calendarId)}`);
  }
  drill.must(report?.seen === ids.length && report.dryRun === dryRun, `${text} says that ${report?.seen} were looked at`);
  drill.must(!dryRun || writes.length === 0, `${text} wrote ${writes.join(", ")}`);
  drill.must(!calls.includes("calendars.runsOf"), `${text} looked for runs that nobody asked about`);
  mustAsk(drill, action, { calls, done: countOf(seen.values(), "done"), runs: runsOf(drill, ids) - before });
  if ((action === "pause" || action === "resume") && !dryRun) await mustStand(drill, ids, action);
}

type Course = { readonly calls: readonly string[]; readonly done: number; readonly runs: number };

/** Whoever asks for imports can follow each of them, and only who wants them read anew has them read anew. */
function mustAsk(drill: Drill, action: keyof typeof WANTED, { calls, done, runs }: Course): void {
  const isAsking = action === "sync" || action === "refresh";
  drill.must(runs === (isAsking ? done : 0), `${action} of ${done} left ${runs} runs to follow`);
  const forgotten = countOf(calls, "editor.forgetValidators");
  drill.must(forgotten === (action === "refresh" ? done : 0), `${action} of ${done} had ${forgotten} calendars read anew`);
}

function countOf(texts: Iterable<string>, wanted: string): number {
  return [...texts].filter((text) => text === wanted).length;
}

async function mustStand(drill: Drill, ids: readonly string[], action: "pause" | "resume"): Promise<void> {
  const stands = statesOf(drill, ids);
  const isDone = action === "pause" ? !stands.includes("active") : stands.every((state) => state === "active");
  drill.must(isDone, `after ${action} of all they are ${stands.join(", ")}`);
  const { report, calls, writes } = await askBulk(drill, { action, ownerId: OWNER, all: true });
  const isLeft = report?.items.every(({ outcome }) => outcome === "skipped") === true;
  drill.must(isLeft && writes.length === 0, `${action} once more wrote ${writes.join(", ")}`);
  drill.must(calls.join() === "calendars.list", `${action} once more had what the list says looked up: ${calls.join(", ")}`);
}

/** Somebody died between the state and the wheel: a look says how it stands and writes nothing, and who asks mends it. */
async function drillHalf(drill: Drill, ids: readonly string[]): Promise<void> {
  const [calendarId = "none"] = ids;
  const { calendars } = drill.simulation.world;
  const filter = { ids: [calendarId] };
  for (const [action, state] of [
    ["pause", "paused"],
    ["resume", "active"],
  ] as const) {
    arrange(drill, ids, [state]);
    const checkpoint = calendars.checkpoints.get(calendarId);
    const calendar = calendars.metas.get(calendarId);
    if (checkpoint === undefined || calendar === undefined) throw new Error(`calendar ${calendarId} is gone`);
    const { wheel: wanted } = checkpoint;
    const wheel = state === "paused" ? placeOf(calendar) : undefined;
    await calendars.putCheckpoint({ ...checkpoint, wheel });
    for (const [dryRun, is] of [
      [true, wheel],
      [false, wanted],
    ] as const) {
      const { report, writes } = await askBulk(drill, { action, dryRun, filter });
      const text = `${dryRun ? "a look at " : ""}${action} of what is half done`;
      const seen = outcomesOf(report).get(calendarId);
      drill.must(seen === `skipped it is ${state}`, `${text}: ${seen}`);
      const place = calendars.checkpoints.get(calendarId)?.wheel;
      drill.must(place === is, `${text} left it at ${place}, wanted ${is}`);
      drill.must(!dryRun || writes.length === 0, `${text} wrote ${writes.join(", ")}`);
    }
  }
}

/** Who goes on after a run that was broken off asks nobody twice; a turn of the calendar's own is no answer to a person. */
async function drillSince(drill: Drill, ids: readonly string[]): Promise<void> {
  const [calendarId = "none"] = ids;
  const { runs } = drill.simulation.world.calendars;
  arrange(drill, ids, ["active"]);
  drill.hours(1);
  const began = drill.at;
  const filter = { ids: [calendarId] };
  for (const action of ["sync", "refresh"] as const) {
    await askBulk(drill, { action, filter });
    const asked = [...runs.values()].filter((run) => run.calendarId === calendarId && run.reason === "sync-now");
    const last = asked.map(({ startedAt }) => startedAt).reduce((one, other) => (one > other ? one : other), began);
    const [startedAt, later] = [last, new Date(Date.parse(last) + 1).toISOString()];
    const turn = { version: 1, runId: `${later}~own`, calendarId, taskId: "own", reason: "turn", status: "failed" } as const;
    runs.set(`${calendarId} ${turn.runId}`, { ...turn, startedAt: later });
    for (const [since, wanted] of [
      [began, "skipped it was asked for already"],
      [startedAt, "skipped it was asked for already"],
      [later, "done"],
    ] as const) {
      const outcome = outcomesOf((await askBulk(drill, { action, filter, since })).report).get(calendarId);
      drill.must(outcome === wanted, `${action} since ${since} of what was asked for at ${startedAt}: ${outcome}`);
    }
    runs.delete(`${calendarId} ${turn.runId}`);
    drill.hours(1);
  }
}

/** Somebody else was quicker: the report says so, and the others go their way. */
async function drillRivals(drill: Drill, ids: readonly string[]): Promise<void> {
  const [one = "none", ...others] = ids;
  const moves = { pause: pauseCalendar, resume: resumeCalendar };
  for (const action of ["pause", "resume"] as const) {
    const state = action === "pause" ? "active" : "paused";
    arrange(drill, ids, [state, state, state, state, state]);
    let seen: ReadonlyMap<string, string> = new Map();
    const rival = {
      name: action,
      work: async (ports: Parameters<typeof bulk>[2]) => void (await moves[action](one, "calendar", ports)),
    };
    await interpose(drill, { at: "calendars.load", whose: isBulk, rival }, async () => {
      seen = outcomesOf((await askBulk(drill, { action, ownerId: OWNER, all: true })).report);
    });
    const text = `${action} beside somebody else`;
    drill.must(seen.get(one) === "skipped it was changed just now", `${text}: ${seen.get(one)}`);
    for (const id of others) drill.must(seen.get(id) === "done", `${text}: another was ${seen.get(id)}`);
  }
}

/** Wherever it is broken off, whoever asks once more brings it to its end: its state, and its place on the wheel. */
async function drillBroken(drill: Drill, ids: readonly string[]): Promise<void> {
  const some = ids.slice(2, 4);
  const { checkpoints } = drill.simulation.world.calendars;
  for (const [action, from, to] of [
    ["pause", "active", "paused"],
    ["resume", "paused", "active"],
  ] as const) {
    await breakOffEverywhere(drill, {
      name: "bulk",
      ways: ["error-after", "crash-after"],
      before: () => arrange(drill, some, [from, from]),
      work: async (ports) => await bulk(drill, { action, filter: { ids: some } }, ports),
      after: (where) => {
        const stands = statesOf(drill, some);
        drill.must(
          stands.every((state) => state === to),
          `after ${action} calendars are ${stands.join(", ")}: ${where}`,
        );
        const { wheel } = checkpoints.get(some[0] ?? "") ?? {};
        drill.must((wheel === undefined) === (to === "paused"), `after ${action} a calendar is at ${wheel}: ${where}`);
      },
    });
  }
}

/** Ids are worked on in their order, twenty a call, until there is no cursor. */
async function drillNamed(drill: Drill, ids: readonly string[]): Promise<void> {
  for (const [count, wanted] of [
    [1, "1"],
    [PART, "20"],
    [PART + 1, "20 1"],
    [2 * PART + 1, "20 20 1"],
  ] as const) {
    const filter = { ids: ids.slice(0, count) };
    const parts = await askAll(drill, { action: "pause", dryRun: true, ownerId: OWNER, filter });
    const sizes = parts.map(({ items }) => items.length).join(" ");
    drill.must(sizes === wanted, `${count} ids were worked on in parts of ${sizes}`);
    drill.must(
      parts.map(({ seen }) => seen).join(" ") === wanted,
      `${count} ids: ${parts.map(({ seen }) => seen).join(" ")} seen`,
    );
    const worked = parts.flatMap(({ items }) => items.map(({ id }) => id));
    drill.must(worked.join() === filter.ids.join(), `${count} ids: ${worked.join()} were worked on`);
  }
  for (const cursor of ["next", "-1", "1000", "2 0"]) {
    const { writes } = await askBulk(drill, { action: "pause", ownerId: OWNER, filter: { ids: [...ids] }, cursor });
    drill.must(drill.refused === "query-invalid", `cursor ${cursor}, which no part gave: ${drill.refused}`);
    drill.must(writes.length === 0, `cursor ${cursor} wrote ${writes.join(", ")}`);
  }
}

/** What is removed, or another owner's, is as one that does not exist; with an admin key an owner is none's other. */
async function drillReach(drill: Drill, ids: readonly string[], others: readonly string[]): Promise<void> {
  const [mine = "none", gone = "none", last = "none"] = ids;
  const [theirs = "none"] = others;
  const filter = { ids: ["nobody", mine, theirs, gone, last] };
  const unknown = "failed calendar-unknown";
  arrange(drill, [gone], ["removed"]);
  for (const { whose, theirOutcome, theirState } of [
    { whose: {}, theirOutcome: "done", theirState: "paused" },
    { whose: { ownerId: OWNER }, theirOutcome: unknown, theirState: "active" },
  ]) {
    arrange(drill, [mine, last, theirs], []);
    const seen = outcomesOf((await askBulk(drill, { action: "pause", filter, ...whose })).report);
    const text = `calendars named by ${whose.ownerId ?? "an admin"}`;
    const outcomes = filter.ids.map((id) => seen.get(id)).join();
    drill.must(outcomes === [unknown, "done", theirOutcome, unknown, "done"].join(), `${text}: ${outcomes}`);
    const states = statesOf(drill, [mine, theirs, gone, last]).join();
    drill.must(states === `paused,${theirState},removed,paused`, `${text} are ${states}`);
  }
  const named = await askBulk(drill, { action: "resume", dryRun: true, filter: { ids: [mine, theirs], name: "many" } });
  const found = [...outcomesOf(named.report).keys()].join();
  drill.must(found === mine && named.report?.seen === 2, `two ids and a name that one of them has: ${found}`);
  arrange(drill, [mine, gone, last], []);
}

/** Everybody's for an admin, its own for an owner, each of them once; what is removed or not meant is none of them. */
async function drillListed(drill: Drill, ids: readonly string[]): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  const [gone = "none"] = ids;
  arrange(drill, [gone], ["removed"]);
  const living = [...metas.values()].filter(({ state }) => state !== "removed");
  const named = living.filter(({ name }) => name.startsWith("Many 1"));
  const ofOwner = living.filter(({ ownerId }) => ownerId === OWNER);
  for (const [asked, meant, seen] of [
    [{ all: true }, living, metas.size],
    [{ filter: { name: "MANY 1" } }, named, metas.size],
    [{ all: true, ownerId: OWNER }, ofOwner, ofOwner.length],
    [{ filter: { name: "Many 1" }, ownerId: OWNER }, named, ofOwner.length],
    [{ filter: { name: "Many 1" }, ownerId: OTHER }, [], 1],
  ] as const) {
    const parts = await askAll(drill, { action: "pause", dryRun: true, ...asked });
    const worked = parts.flatMap(({ items }) => items.map(({ id }) => id)).toSorted();
    const wanted = meant.map(({ calendarId }) => calendarId).toSorted();
    const text = `${JSON.stringify(asked)} of ${metas.size} calendars`;
    drill.must(worked.join() === wanted.join(), `${text} meant ${worked.join()}, wanted ${wanted.join()}`);
    const looked = parts.reduce((sum, part) => sum + part.seen, 0);
    drill.must(looked === seen, `${text} looked at ${looked}, wanted ${seen}`);
    drill.must(parts.length === Math.ceil(seen / PART), `${text} came in ${parts.length} parts`);
  }
  arrange(drill, [gone], ["active"]);
}

function statesOf(drill: Drill, ids: readonly string[]): readonly string[] {
  return ids.map((id) => drill.simulation.world.calendars.metas.get(id)?.state ?? "gone");
}

function runsOf(drill: Drill, ids: readonly string[]): number {
  const runs = [...drill.simulation.world.calendars.runs.values()];
  return runs.filter(({ calendarId, reason }) => reason === "sync-now" && ids.includes(calendarId)).length;
}
