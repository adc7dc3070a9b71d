/** An app writes its push calendar: what it is answered in each state, wherever it is broken off, and whoever writes at the same moment. */
import type { ChangeCounts } from "../../lib/core/runs.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import type { SourceEvent } from "../sync/sources.ts";
import { App } from "./app.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import { titlesOf } from "./observer.ts";
import { Press } from "./press.ts";

const FIRST = '"0"';

export async function drillPushes(drill: Drill): Promise<void> {
  const app = await App.of(drill);
  await drillConditions(drill, app);
  await drillBodies(drill, app);
  await drillSources(drill, app);
  await breakOffPushes(drill, app);
  await drillRivals(drill, app);
  await drillClocks(drill, app);
  await drillOrder(drill, app);
  await drillOldObjects(drill, app);
}

/** Nobody writes over what they do not know. */
async function drillConditions(drill: Drill, app: App): Promise<void> {
  const events = sampleEvents(4, "Push", "push-");
  const steps: readonly (readonly [state: string, conditions: Conditions, refused: string | undefined])[] = [
    ["has nothing yet, whoever asks for its first version", { ifMatch: '"1"' }, "precondition-failed"],
    ["has nothing yet", { ifNoneMatch: "*" }, undefined],
    ["has something", { ifNoneMatch: "*" }, "precondition-failed"],
    ["has moved on", { ifMatch: FIRST }, "precondition-failed"],
    ["is as it was read", { ifMatch: '"1"' }, undefined],
  ];
  for (const [state, conditions, wanted] of steps) {
    const { version } = app;
    const { refused } = await app.put([...events, ...sampleEvents(1, "More", `more-${version}-`)], { conditions });
    drill.must(
      refused === wanted,
      `a write on ${JSON.stringify(conditions)} of a calendar that ${state} was answered ${refused}`,
    );
    drill.must(
      app.version === version + (wanted === undefined ? 1 : 0),
      `a calendar that ${state} is at ${app.version} after it`,
    );
  }
  const fresh = await App.of(drill);
  const { refused } = await fresh.put(events, { conditions: { ifMatch: FIRST } });
  drill.must(refused === undefined, `a calendar that nobody wrote is not at version 0: ${refused}`);
}

type Conditions = { readonly ifMatch?: string; readonly ifNoneMatch?: string };

/** What a body may do to what is there, and what it says of itself. */
async function drillBodies(drill: Drill, app: App): Promise<void> {
  const four = sampleEvents(4, "Body", "body-");
  mustCount(drill, "four new events", (await app.put(four)).answer, { created: 4, deleted: 5 });
  const { version } = app;
  const again = await app.put(four);
  mustCount(drill, "the same again", again.answer, {});
  drill.must(app.version === version, "the same again made a version");
  drill.must(again.calls.join() === "calendars.load", `the same again cost ${again.calls.join()}, wanted one read`);
  const page = await app.put([], { text: "<html>Sign in</html>" });
  drill.must(page.refused === "body-invalid" && app.version === version, `a page was answered ${page.refused}`);
  const half = await app.put(four.slice(2), { replace: "guarded" });
  mustCount(drill, "a guarded body without half of the events", half.answer, { deleted: 2 });
  const less = await app.put([], { replace: "guarded" });
  drill.must(less.refused === "removal-refused", `a guarded body without any event was answered ${less.refused}`);
  drill.must(app.content === titlesOf(calendarText(four.slice(2))), "a refused body removed something");
  mustCount(drill, "an empty body that is meant", (await app.put([], { replace: "all" })).answer, { deleted: 2 });
  const one = await app.put(four, { replace: "guarded" });
  drill.must(!one.calls.includes("calendars.saveCursor"), "changes of one message cost a write of how far they were told");
  mustCount(drill, "a guarded body that removes nothing", one.answer, { created: 4 });
}

function mustCount(drill: Drill, what: string, seen: ChangeCounts | undefined, wanted: Partial<ChangeCounts>): void {
  const { created = 0, updated = 0, deleted = 0, skipped = 0 } = wanted;
  const isSo = seen?.created === created && seen.updated === updated && seen.deleted === deleted && seen.skipped === skipped;
  drill.must(isSo, `${what}: was answered ${JSON.stringify(seen)}, wanted ${JSON.stringify(wanted)}`);
}

/** Only a calendar that is there, and that nobody imports, is written. */
async function drillSources(drill: Drill, app: App): Promise<void> {
  const [{ calendarId, checkpoint }] = drill.pupilsApart();
  const events = sampleEvents(2, "Wrong", "wrong-");
  const imported = await app.put(events, { calendarId });
  drill.must(imported.refused === "source-kind-wrong", `a write of an imported calendar was answered ${imported.refused}`);
  const { calendarVersion } = drill.simulation.world.calendars.checkpoints.get(calendarId) ?? {};
  drill.must(calendarVersion === checkpoint.calendarVersion, "an app wrote an imported calendar");
  const unknown = await app.put(events, { calendarId: "nobody" });
  drill.must(unknown.refused === "calendar-unknown", `a write of no calendar was answered ${unknown.refused}`);
}

/** Events that are new, changed and gone after the ones before: each kind is told in a message of its own. */
class Edits {
  events: readonly SourceEvent[] = sampleEvents(5, "Edit", "edit-");
  private count = 0;

  renew(): readonly SourceEvent[] {
    this.count += 1;
    const [, second, ...rest] = this.events;
    const changed = second === undefined ? [] : [{ ...second, title: `Edited ${this.count}` }];
    this.events = [...rest, ...changed, ...sampleEvents(1, "New", `new-${this.count}-`)];
    return this.events;
  }
}

async function breakOffPushes(drill: Drill, app: App): Promise<void> {
  const edits = new Edits();
  let version = 0;
  await app.put(edits.events);
  await breakOffEverywhere(drill, {
    name: "push",
    before: () => {
      edits.renew();
      ({ version } = app);
    },
    work: async (ports) => await app.write(edits.events, {}, ports),
    after: (where) => {
      drill.must(app.content === titlesOf(calendarText(edits.events)), `an app wrote and it is not there: ${where}`);
      drill.must(app.version === version + 1, `one write made ${app.version - version} versions: ${where}`);
      const heard = app.timesHeard(app.version);
      const repeats = [...heard.values()].reduce((sum, times) => sum + times - 1, 0);
      drill.must(heard.size === 3, `apps heard ${heard.size} of 3 parts: ${where}`);
      drill.must(repeats <= 1, `apps heard ${repeats} parts again, wanted at most the one that was under way: ${where}`);
      drill.must(app.checkpoint.pending === undefined, `version ${app.version} is still to be told: ${where}`);
    },
  });
}

/** Whoever comes second decides on what the first one left; whoever never comes first is told so. */
async function drillRivals(drill: Drill, app: App): Promise<void> {
  const [mine, theirs] = [sampleEvents(3, "Mine", "mine-"), sampleEvents(4, "Theirs", "theirs-")];
  let count = 0;
  const rival = {
    name: "another app",
    work: async (ports: Ports): Promise<void> => {
      count += 1;
      await app.write(theirs.slice(count % 2), {}, ports);
    },
  };
  const { version } = app;
  const once = await app.put(mine, {}, (method) => (method === "calendars.save" && count === 0 ? rival : undefined));
  mustCount(drill, "a write that lost once", once.answer, { created: 3, deleted: 3 });
  drill.must(app.version === version + 2, `two writes at once made ${app.version - version} versions`);
  drill.must(app.content === titlesOf(calendarText(mine)), "the later of two writes is not there");
  const never = await app.put([], {}, (method) => (method === "calendars.save" ? rival : undefined));
  drill.must(never.refused === "write-contended", `a write that always loses was answered ${never.refused}`);
  drill.must(app.content !== "", "a write was refused and is there");
}

/** Whose write is the later one the version decides, not the clock. */
async function drillClocks(drill: Drill, app: App): Promise<void> {
  const { checkpoints } = drill.simulation.world.calendars;
  const at = drill.simulation.world.clock.now();
  for (const title of ["One", "Two"]) {
    const { refused } = await app.put(sampleEvents(2, title, "clock-"), { at });
    drill.must(refused === undefined, `two writes of one millisecond: one was answered ${refused}`);
  }
  const ahead = new Date(at.getTime() + 3_600_000).toISOString();
  checkpoints.set(app.calendarId, { ...app.checkpoint, fetchedAt: ahead });
  const { refused } = await app.put(sampleEvents(2, "Three", "clock-"));
  drill.must(refused === undefined, `a write after one of a clock that is ahead was answered ${refused}`);
  checkpoints.set(app.calendarId, { ...app.checkpoint, fetchedAt: at.toISOString() });
  drill.hours(1);
  const before = drill.simulation.world.clock.now().toISOString();
  await app.put(sampleEvents(2, "Four", "clock-"));
  drill.must((app.checkpoint.fetchedAt ?? "") >= before, `a write at ${before} says that it was at ${app.checkpoint.fetchedAt}`);
}

/** First what lasts, then who is told of it, then what is cleared away. */
async function drillOrder(drill: Drill, app: App): Promise<void> {
  const { exports, urgent } = drill.simulation.world;
  const { feedId } = await Press.of(drill, [app.calendarId]);
  const { version } = app;
  let sent = 0;
  await app.put(sampleEvents(2, "Unstored", "order-"), {}, (method) => {
    if (method !== "objects.putSnapshot") return undefined;
    sent = urgent.messages.size;
    return "error-before";
  });
  drill.must(app.version === version && sent === 0, "somebody is to look after a write that was never stored");
  const taskId = `${feedId}<${app.calendarId}@${version + 1}`;
  await app.put(sampleEvents(2, "Told", "order-"), {}, (method) => {
    if (method === "changes.publish")
      drill.must(exports.holds(taskId), `an app hears of version ${version + 1} before anybody is to build its feeds`);
    if (method === "objects.prune")
      drill.must(app.checkpoint.pending === undefined, `old objects are cleared away before version ${version + 1} was told`);
    return undefined;
  });
  drill.must(app.version === version + 1, `one write made ${app.version - version} versions`);
}

/** Old versions go after a while; the present one and those just before it stay. */
async function drillOldObjects(drill: Drill, app: App): Promise<void> {
  const { objects } = drill.simulation.world;
  const first = app.checkpoint.snapshotKey ?? "";
  for (let version = 1; version <= 8; version += 1) {
    drill.hours(25);
    await app.put(sampleEvents(3, `Version ${version}`, "old-"));
  }
  drill.must(!objects.stored.has(first), "a version of eight days ago, eight versions old, is still kept");
}
