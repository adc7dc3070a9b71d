/** New calendars and feeds, and long runs in tens. */
import type { Feed } from "../../lib/contract/feed.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import { inTens } from "../../lib/sync/course.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { interpose } from "./broken-off.ts";
import type { Drill } from "./drill.ts";

/** What is registered is imported at once, or at its turn; a feed is built. A long run goes on in tens, and ends where it is told to. */
export async function drillCreation(drill: Drill): Promise<void> {
  const { world } = drill.simulation;
  for (const firstImport of ["now", "turn"] as const) {
    const { url } = drill.weather.addSource();
    const draft = CalendarDraft.parse({ source: { kind: "url", url }, intervalMinutes: 10, firstImport });
    const sent = drill.sent();
    await drill.ask(`create ${url}`, async (ports) => {
      const { calendar } = await createCalendar(draft, ports, drill.context());
      drill.must(world.calendars.metas.has(calendar.calendarId), `${url} was registered and is not there`);
      drill.must(drill.sent() - sent === (firstImport === "now" ? 1 : 0), `${url} was to be imported ${firstImport}`);
    });
  }
  await drillNewFeeds(drill);
  await drillTens(drill);
}

async function drillNewFeeds(drill: Drill): Promise<void> {
  const { world } = drill.simulation;
  const [member] = drill.pupils();
  const named = { calendarId: member?.calendarId };
  const draft = FeedDraft.parse({ name: "Drill", members: [named, named] });
  const made: Feed[] = [];
  const looker = {
    name: "the export worker",
    work: async (): Promise<void> => {
      const isThere = [...world.feeds.metas.values()].some(({ name }) => name === "Drill");
      await Promise.resolve(drill.must(isThere, "a feed is to be built before it is there"));
    },
  };
  await interpose(drill, { at: "exports.sendExports", rival: looker }, async () => {
    await drill.ask("create feed", async (ports) => {
      const { feed, members } = await createFeed(draft, ports, { ...drill.context(), randomBytes: world.randomBytes });
      drill.must(members.length === 1 && world.feeds.metas.has(feed.feedId), "a member that was named twice is two");
      made.push(feed);
    });
  });
  for (const { feedId } of made) drill.must(world.feeds.builds.has(feedId), "a new feed waits for somebody to change it");
  await drill.ask("create feed of nobody", async (ports) => {
    const nobody = FeedDraft.parse({ name: "Nobody", members: [{ calendarId: "nobody" }] });
    await createFeed(nobody, ports, { ...drill.context(), randomBytes: world.randomBytes });
  });
  drill.must(drill.refused === "calendar-unknown", `a feed of nobody was made: ${drill.refused}`);
}

async function drillTens(drill: Drill): Promise<void> {
  const sizes: number[] = [];
  const passed: number[] = [];
  const course = { isCancelled: (): boolean => false, passed: async (count: number): Promise<void> => void passed.push(count) };
  const parts = Array.from({ length: 23 }, (_, index) => index);
  const work = async (ten: readonly number[]): Promise<void> => void sizes.push(ten.length);
  const end = await inTens(parts, course, work);
  drill.must(
    end === "done" && sizes.join() === "10,10,3" && passed.join() === "10,10,3",
    `23 went on as ${sizes.join()}, heard ${passed.join()}`,
  );
  await inTens(parts.slice(0, 20), course, work);
  drill.must(sizes.length === 5, `20 went on as ${sizes.slice(3).join()}`);
  const cancelled = await inTens(parts, { ...course, isCancelled: () => sizes.length > 5 }, work);
  drill.must(cancelled === "cancelled" && sizes.length === 6, `a cancelled run went on: ${sizes.join()}`);
  const last = await inTens(parts.slice(0, 3), { ...course, isCancelled: () => true }, work);
  drill.must(last === "cancelled" && sizes.length === 6, "a run that was cancelled before its end did its rest");
}
