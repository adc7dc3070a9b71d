/** An app that missed messages asks for what changed after the version it has: page by page it comes to what the calendar holds, or is told to begin anew. */
import { sampleEvents } from "../sync/sources.ts";
import { App } from "./app.ts";
import { ChangeReader } from "./change-reader.ts";
import type { Drill } from "./drill.ts";

const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;

export async function drillChanges(drill: Drill): Promise<void> {
  const reader = new ChangeReader(drill, await App.of(drill));
  await drillEnds(reader);
  await reader.grow();
  await drillPages(reader);
  await drillWhole(reader);
  await drillStrays(reader);
  await drillOld(reader);
  await drillUnknown(new ChangeReader(drill, await App.of(drill)));
}

/** Who has all there is gets nothing, who has more is told so, and of nothing nothing is told. */
async function drillEnds(reader: ChangeReader): Promise<void> {
  const { drill, app } = reader;
  const nothing = await reader.ask({ from: 0 });
  drill.must(
    nothing.answer?.items.length === 0 && nothing.answer.cursor === undefined,
    "a calendar that nobody wrote has changes",
  );
  drill.must((await reader.refusal({ from: 1 })) === "version-ahead", "who is ahead of a calendar is not told so");
  await app.put(sampleEvents(3, "First", "first-"));
  reader.keep();
  const same = await reader.ask({ from: 1 });
  drill.must(same.answer?.items.length === 0 && same.answer.calendarVersion === 1, "who has all there is gets something");
  drill.must(same.calls.join() === "calendars.load", `who has all there is costs ${same.calls.join()}, wanted one read`);
  drill.must((await reader.refusal({ from: 2 })) === "version-ahead", "who is ahead by one is not told so");
  drill.must((await reader.refusal({ from: 0, cursor: "nonsense" })) === "query-invalid", "a cursor that no page gave is taken");
}

/** However small the pages are, and wherever they end. */
async function drillPages(reader: ChangeReader): Promise<void> {
  const { drill, app } = reader;
  for (let from = 1; from < app.version; from += 1) {
    for (const limit of [1, 2, 3, 4, 5, 50]) await reader.follow(from, limit);
    const versions = app.version - from;
    drill.must(reader.reads === versions, `${versions} versions on one page cost ${reader.reads} reads of changes`);
  }
  // Each version is told in two messages or more: a page that is full with them needs no look at the next.
  const first = reader.setOf(2);
  const messages = new Set(first.changes.map(({ kind }) => kind)).size + 1;
  const { calls } = await reader.ask({ from: 1, limit: messages });
  const reads = calls.filter((call) => call === "objects.getChanges").length;
  drill.must(reads === 1, `a page that is full after one version read ${reads} sets of changes`);
}

/** Everything as it stands, from one snapshot, whatever is written meanwhile. */
async function drillWhole(reader: ChangeReader): Promise<void> {
  const { drill, app } = reader;
  for (const limit of [1, 2, 50]) await reader.follow(0, limit);
  const first = await reader.ask({ from: 0, limit: 1 });
  const version = app.version;
  await app.put(sampleEvents(4, "Meanwhile", "meanwhile-"));
  reader.keep();
  const { cursor } = first.answer ?? {};
  const second = await reader.ask({ from: 0, limit: 1, cursor });
  const [last] = second.answer?.items ?? [];
  drill.must(last?.calendarVersion === version, `a page of version ${version} goes on with version ${last?.calendarVersion}`);
  const { objects } = drill.simulation.world;
  const key = [...objects.stored.keys()].find((one) =>
    one.startsWith(`snapshots/${app.calendarId}/${String(version).padStart(9, "0")}-`),
  );
  const snapshot = objects.stored.get(key ?? "");
  objects.stored.delete(key ?? "");
  drill.must((await reader.refusal({ from: 0, limit: 1, cursor })) === "snapshot-needed", "a snapshot that is gone is told of");
  if (key !== undefined && snapshot !== undefined) objects.stored.set(key, snapshot);
}

/** Sets of writers that lost lie beside the committed ones: nobody hears of them. */
async function drillStrays(reader: ChangeReader): Promise<void> {
  const { drill, app } = reader;
  const { stored } = drill.simulation.world.objects;
  const inOrder = (): void => {
    const sorted = [...stored].toSorted(([one], [other]) => (one < other ? -1 : 1));
    stored.clear();
    for (const [key, object] of sorted) stored.set(key, object);
  };
  for (const version of [app.version, 3, 4]) {
    const set = { ...reader.setOf(version), snapshotKey: "snapshots/lost", changes: [] };
    // Before the committed one, as a listing has it.
    const key = reader.keyOf(version).replace(/-.*$/u, "-!stray");
    stored.set(key, { bytes: Buffer.from(JSON.stringify(set)), modifiedMs: drill.simulation.nowMs });
    inOrder();
    for (const from of [1, 2, 3, app.version - 1]) await reader.follow(from, 50);
  }
  const missing = reader.keyOf(5);
  const kept = stored.get(missing);
  stored.delete(missing);
  drill.must(
    (await reader.refusal({ from: 3 })) === "snapshot-needed",
    "nobody can say which of two sets was committed, and one is told",
  );
  drill.must((await reader.refusal({ from: 4 })) === "snapshot-needed", "a version of which the changes are gone is told");
  if (kept !== undefined) stored.set(missing, kept);
  inOrder();
}

/** Changes are kept for thirty days; those of the last two versions for ever. */
async function drillOld(reader: ChangeReader): Promise<void> {
  const { app, drill } = reader;
  const youngMs = reader.storedMs(2) + KEPT_MS - 1;
  drill.must(
    (await reader.refusal({ from: 1, now: new Date(youngMs) })) === undefined,
    "changes of almost thirty days are refused",
  );
  const oldMs = youngMs + 1;
  drill.must(
    (await reader.refusal({ from: 1, now: new Date(oldMs) })) === "snapshot-needed",
    "changes of thirty days are still told",
  );
  const later = new Date(drill.simulation.nowMs + 2 * KEPT_MS);
  const last = app.version - 2;
  drill.must((await reader.refusal({ from: last, now: later })) === undefined, "the last two versions are refused after a while");
  drill.must(
    (await reader.refusal({ from: last - 1, now: later })) === "snapshot-needed",
    "the third last version is told for ever",
  );
}

/** Older releases did not write which snapshot a set leads to: of two such sets nobody can say which was committed. */
async function drillUnknown(reader: ChangeReader): Promise<void> {
  const { drill } = reader;
  const { stored } = drill.simulation.world.objects;
  await reader.grow();
  for (const version of [2, 3]) {
    const { snapshotKey: _to, previousKey: _from, ...set } = reader.setOf(version);
    const object = { bytes: Buffer.from(JSON.stringify(set)), modifiedMs: drill.simulation.nowMs };
    stored.set(reader.keyOf(version), object);
    if (version === 2) stored.set(reader.keyOf(version).replace(/-.*$/u, "-!stray"), object);
  }
  drill.must((await reader.refusal({ from: 1 })) === "snapshot-needed", "of two sets of which nobody knows anything one is told");
  await reader.follow(2, 50);
}
