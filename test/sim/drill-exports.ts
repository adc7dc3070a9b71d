/** Feeds are built from what their members hold: what a worker answers in each state that its task can meet, and what it leaves alone. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { RENDERER_VERSION } from "../../lib/core/build-feed.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import { Press } from "./press.ts";

export async function drillExports(drill: Drill): Promise<void> {
  await drill.rebuild();
  const [one, two] = drill.pupilsApart();
  const press = await Press.of(drill, [one.calendarId, two.calendarId]);
  await drillKnown(drill, press, one);
  await drillOlderRelease(drill, press, one);
  await drillReservation(drill, press);
  await drillUnread(drill, one);
  await drillEmptied(drill, press);
  await drillGone(drill);
  await drill.rebuild();
}

/** A build that has what the task asks for is enough, and one read tells so. */
async function drillKnown(drill: Drill, press: Press, { calendarId, checkpoint: { calendarVersion } }: Pupil): Promise<void> {
  const { definition } = press;
  const before = press.build;
  for (const [state, more] of [
    ["has the version", { calendarId, calendarVersion }],
    ["has the definition", { definition }],
  ] as const) {
    const calls = await press.must(press.task(more), "duplicate", state);
    drill.must(calls.join() === "feeds.build", `a feed that ${state} cost ${calls.join()}, wanted one read`);
  }
  const overtaken = await press.must(press.task({ definition: "of before" }), "duplicate", "has a newer definition");
  drill.must(overtaken.join() === "feeds.build,feeds.load", `an overtaken task cost ${overtaken.join()}, wanted two reads`);
  drill.must(press.build === before, "a build that was not needed was written");
  const plain = await press.must(press.task(), "unchanged", "has just these bytes");
  drill.must(plain[0] === "feeds.load" && !plain.includes("objects.putFeed"), `equal bytes cost ${plain.join()}`);
  const looks = plain.filter((call) => call === "letters.get").length;
  drill.must(
    press.build?.etag === before?.etag && looks === 1,
    `equal bytes moved the ETag, or looked ${looks} times for a letter`,
  );
  const name = press.rename();
  await press.must(press.task({ definition: press.definition }), "exported", "was renamed");
  drill.must(press.ics.includes(`NAME:${name}`), "a renamed feed shows its old name");
  press.rename();
  const stale = { calendarId, calendarVersion, definition };
  await press.must(press.task({ calendarId, calendarVersion }), "duplicate", "has the version and another name");
  await press.must(press.task(stale), "exported", "was renamed once more");
  await press.must(press.task({ calendarId, calendarVersion: calendarVersion + 1 }), "unchanged", "is asked for a later version");
}

/** What an older release built is built anew, whatever it has. */
async function drillOlderRelease(drill: Drill, press: Press, pupil: Pupil): Promise<void> {
  const { feeds } = drill.simulation.world;
  const { calendarId, checkpoint } = pupil;
  const { definition } = press;
  for (const more of [
    { calendarId, calendarVersion: checkpoint.calendarVersion },
    { definition },
    { definition: "of before" },
  ] as const) {
    const { build } = press;
    if (build !== undefined) feeds.builds.set(press.feedId, { ...build, renderer: RENDERER_VERSION - 1 });
    await press.must(press.task(more), "unchanged", "an older release built");
    drill.must(press.build?.renderer === RENDERER_VERSION, "a build of an older release was left as it was");
  }
}

/** Whoever reserved a build reads how it ended; of other builds no reservation hears. */
async function drillReservation(drill: Drill, press: Press): Promise<void> {
  const { stored } = drill.simulation.world.ownersReservations;
  const reserve = (reservationId: string): void => {
    const at = drill.simulation.world.clock.now().toISOString();
    const target = { kind: "export", feedId: press.feedId } as const;
    const { ownerId } = press.feed;
    stored.set(reservationId, { version: 1, reservationId, ownerId, target, at, createdAt: at, revision: 1, state: "sent" });
  };
  reserve("asked");
  await press.must(press.task({ taskId: "2026~asked", reason: "reservation" }), "unchanged", "somebody reserved");
  drill.must(stored.get("asked")?.ended?.status === "unchanged", "a reserved build ended and its reservation does not know");
  reserve("other");
  const calls = await press.must(press.task({ taskId: "2026~other" }), "unchanged", "nobody reserved");
  drill.must(!calls.includes("ownersReservations.end"), "a build that nobody reserved ended a reservation");
  reserve("lost");
  const { end } = await losing(press, "2026~lost");
  drill.must(
    end?.kind === "retry" && end.failure.code === "commit-lost",
    `a build that always lost ended ${JSON.stringify(end)}`,
  );
  drill.must(stored.get("lost")?.ended === undefined, "a reserved build comes back and its reservation says it ended");
  stored.clear();
}

/** Each time that the worker is about to flip, somebody else just did. */
async function losing(press: Press, taskId: string): ReturnType<Press["run"]> {
  const rival = { name: "another worker", work: async (ports: Ports) => void (await press.print(press.task(), ports)) };
  return await press.run(press.task({ taskId, reason: "reservation" }), (method) =>
    method === "feeds.flip" ? rival : undefined,
  );
}

/** Nobody has read some of the sources yet. */
async function drillUnread(drill: Drill, read: Pupil): Promise<void> {
  const [unread, gone] = [await pushCalendar(drill), await pushCalendar(drill)];
  const none = await Press.of(drill, [unread]);
  const calls = await none.must(none.task(), "unchanged", "nobody has read yet");
  drill.must(none.build === undefined && !calls.includes("objects.putFeed"), "a feed was published that nobody has read");
  const some = await Press.of(drill, [unread, read.calendarId, gone]);
  drill.simulation.world.calendars.metas.delete(gone);
  some.rename();
  await some.must(some.task(), "exported", "has one source that was read");
  drill.must(Object.keys(some.build?.members ?? {}).join() === read.calendarId, "a feed waits for one of its sources");
}

async function pushCalendar(drill: Drill): Promise<string> {
  const draft = CalendarDraft.parse({ source: { kind: "push" } });
  let calendarId = "";
  await drill.ask("create a push calendar", async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  return calendarId;
}

/** What was taken out of a feed must go, and if nothing is left. */
async function drillEmptied(drill: Drill, press: Press): Promise<void> {
  drill.simulation.world.feeds.members.get(press.feedId)?.clear();
  await press.must(press.task(), "exported", "lost all its members");
  drill.must(press.build?.eventCount === 0 && !press.ics.includes("BEGIN:VEVENT"), "a feed shows what is no member any more");
}

/** A feed that is removed or unknown has nothing to build; whoever asked for it again is told so. */
async function drillGone(drill: Drill): Promise<void> {
  const { feeds, objects, letters } = drill.simulation.world;
  const [pupil] = drill.pupilsApart();
  const press = await Press.of(drill, [pupil.calendarId]);
  const { feedId } = press;
  press.openLetter("asked-again");
  await drill.ask("mark it removed", async (ports) => await ports.feeds.markRemoved(feedId, drill.context().now().toISOString()));
  await press.must(press.task({ replayOf: "asked-again" }), "gone", "was removed a moment ago");
  drill.must(letters.stored.get("asked-again")?.state === "resolved", "somebody still waits for a feed that is gone");
  const isBare = ![...objects.stored.keys()].some((key) => key.startsWith(`feeds/${feedId}/`));
  drill.must(press.build === undefined && press.members.length === 0 && isBare, "a removed feed was not cleared away");
  drill.must(feeds.metas.has(feedId), "a removed feed is forgotten while a build may be under way");
  drill.hours(1);
  await press.must(press.task(), "gone", "was removed an hour ago");
  drill.must(!feeds.metas.has(feedId), "a removed feed is kept for ever");
  const calls = await press.must(press.task(), "gone", "nobody knows");
  drill.must(calls.join() === "feeds.load", `a feed that is gone cost ${calls.join()}, wanted one read`);
  await drill.ask("remove what is gone", async (ports) => await removeFeed(feedId, ports, drill.context()));
  drill.must(drill.refused === "feed-unknown", `a feed that is gone was removed: ${drill.refused}`);
}
