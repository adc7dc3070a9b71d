/** What a body means beside the last good copy: nothing to lose yet, other UIDs for the same events, nothing but another interval, too little to be believed. */
import { CalendarDraft, ImportPolicy } from "../../lib/contract/calendar.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import type { SourceEvent } from "../sync/sources.ts";
import { Pupil } from "./drill.ts";
import type { Drill } from "./drill.ts";
import { grow, lose } from "./losses.ts";

export async function drillBodies(drill: Drill): Promise<void> {
  const [one, two, three] = drill.pupilsApart();
  await drillEmpty(drill);
  await drillIgnoring(drill);
  await drillChurn(drill, one);
  await drillOwnLines(drill, one);
  await drillDamaged(drill, two);
  await drillMoved(drill, three);
}

/** A calendar whose source has nothing has that as its first version. */
async function drillEmpty(drill: Drill): Promise<void> {
  const pupil = await created(drill, { events: [] });
  const { checkpoint, calendarId, status } = pupil;
  drill.must(
    status === "imported" && checkpoint.calendarVersion === 1 && checkpoint.eventCount === 0,
    `${calendarId} is ${status} at version ${checkpoint.calendarVersion}, its source has nothing`,
  );
  drill.must(checkpoint.churns === 0, `${calendarId} counts ${checkpoint.churns} times that all its UIDs were new`);
}

/** An owner who wants another interval than the source asks for has it. */
async function drillIgnoring(drill: Drill): Promise<void> {
  const policy = ImportPolicy.parse({ refreshHint: "ignore" });
  const pupil = await created(drill, { events: sampleEvents(3), refreshMinutes: 120 }, { policy });
  const { wheel } = pupil.checkpoint;
  drill.must(wheel?.startsWith("10#") === true, `${pupil.calendarId} is to ignore what its source asks for, and is at ${wheel}`);
}

/** A source that makes up new UIDs has the same events: each keeps the UID that it was published by. */
async function drillChurn(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  await grow(drill, pupil, "churn");
  const ours = publishedUids(drill, pupil);
  const { churns } = pupil.checkpoint;
  const changed = drill.simulation.world.published.length;
  for (const [times, mark] of [
    [1, "a-"],
    [2, "bb-"],
  ] as const) {
    source.manner = { kind: "saying", text: calendarText(source.events).replaceAll(/^UID:/gmu, `UID:${mark}`) };
    await drill.sync(pupil);
    drill.must(publishedUids(drill, pupil) === ours, `${calendarId} took other UIDs for other events`);
    drill.must(pupil.checkpoint.churns === churns + times, `${calendarId} counts ${pupil.checkpoint.churns} times of new UIDs`);
  }
  source.manner = { kind: "well" };
  await drill.sync(pupil);
  drill.must(publishedUids(drill, pupil) === ours, `${calendarId} did not know its first UIDs again`);
  drill.must(drill.simulation.world.published.length === changed, `apps heard of new UIDs of ${calendarId}, of the same events`);
  await grow(drill, pupil, "same");
  drill.must(pupil.checkpoint.churns === churns + 2, `${calendarId} counts new events as new UIDs`);
}

/** A body without news costs no version, with or without validators; one with other titles or another interval alone is a version of its own. */
async function drillOwnLines(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  source.validators = "none";
  const { calendarVersion } = pupil.checkpoint;
  await drill.sync(pupil);
  drill.must(pupil.status === "unchanged", `${calendarId} is ${pupil.status}, its source said the same`);
  source.events = source.events.map(({ uid, title }) => ({ uid, title: `${title}, moved` }));
  await drill.sync(pupil);
  drill.must(pupil.status === "imported", `${calendarId} is ${pupil.status}, its source says other titles`);
  source.refreshMinutes = 30;
  await drill.sync(pupil);
  drill.must(
    pupil.status === "imported" && pupil.checkpoint.calendarVersion === calendarVersion + 2,
    `${calendarId} is ${pupil.status} at version ${pupil.checkpoint.calendarVersion}, its source asks for another interval`,
  );
  source.refreshMinutes = undefined;
  source.validators = "given";
  await grow(drill, pupil, "own");
}

/** A body of which most cannot be read says nothing, neither of what is there nor of what is not. */
async function drillDamaged(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, content, calendarId } = pupil;
  const text = calendarText(sampleEvents(30, "Bad", "bad")).replaceAll(/^DTSTART.*\r\n/gmu, "");
  source.manner = { kind: "saying", text };
  await drill.sync(pupil);
  const { outcome } = pupil.checkpoint;
  drill.must(
    outcome?.status === "failed" && outcome.code === "too-many-bad-components" && pupil.content === content,
    `${calendarId} is ${outcome?.status} ${outcome?.code} with ${pupil.content} after a body that cannot be read`,
  );
  source.manner = { kind: "well" };
  drill.hours(2);
  await drill.sync(pupil);
}

/** What is held moves with its source: the newest body is kept, and what a person rejected before stays rejected. */
async function drillMoved(drill: Drill, pupil: Pupil): Promise<void> {
  const { source, calendarId } = pupil;
  const holdId = await lose(drill, pupil, "moved");
  const [first, other] = [source.events, [{ uid: `moved-${calendarId}@example.org`, title: "Moved" }]];
  source.events = other;
  await drill.sync(pupil);
  drill.must(pupil.hold?.holdId === holdId && pupil.hold.confirmations === 1, `${holdId} was not confirmed by another loss`);
  source.events = first;
  await drill.sync(pupil);
  await drill.ask("reject", async (ports) =>
    drill.answers.decided(holdId, await rejectHold({ calendarId, holdId }, ports, drill.context())),
  );
  await drill.sync(pupil);
  const again = pupil.hold?.holdId ?? "none";
  source.events = other;
  await drill.sync(pupil);
  drill.must(pupil.hold?.holdId === again && pupil.hold.isRefused === true, `${again} forgot that a person rejected it`);
  await drill.ask("approve", async (ports) =>
    drill.answers.decided(again, await approveHold({ calendarId, holdId: again }, ports, drill.context())),
  );
  drill.must(pupil.content === pupil.wanted, `${calendarId} has ${pupil.content}, approved was ${pupil.wanted}`);
}

type Given = { readonly events: readonly SourceEvent[]; readonly refreshMinutes?: number };

async function created(drill: Drill, given: Given, wanted: Partial<CalendarDraft> = {}): Promise<Pupil> {
  const source = drill.weather.addSource();
  source.events = given.events;
  source.refreshMinutes = given.refreshMinutes;
  const draft = CalendarDraft.parse({ source: { kind: "url", url: source.url }, intervalMinutes: 10, ...wanted });
  let calendarId = "none";
  await drill.ask("create", async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  return new Pupil(drill.simulation, calendarId, source);
}

/** UIDs as subscribers see them. */
function publishedUids({ simulation }: Drill, { checkpoint }: Pupil): string {
  const { events }: Snapshot = JSON.parse(simulation.world.objects.text(checkpoint.snapshotKey ?? "none"));
  return events.map(({ uid }) => uid).join(" ");
}
