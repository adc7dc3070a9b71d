/** Who looks at events, and who subscribes to a feed: each sees what is there, by a name or a secret that is known, and whoever has it already is sent nothing. */
import { EventsQuery } from "../../lib/contract/event-view.ts";
import type { Link } from "../../lib/contract/feed.ts";
import { linkIdOf } from "../../lib/core/links.ts";
import type { FeedAnswer, FeedRequest } from "../../lib/core/serve.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import { listEvents, showEvent } from "../../lib/sync/list-events.ts";
import type { EventsAnswer } from "../../lib/sync/list-events.ts";
import { listFeedEvents } from "../../lib/sync/list-feed-events.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import { sampleEvents } from "../sync/sources.ts";
import { App } from "./app.ts";
import type { Asked } from "./app.ts";
import type { Drill } from "./drill.ts";
import { Press } from "./press.ts";

/** All sample events are within a year of it. */
const WINDOW = { from: "2040-01-01", to: "2041-01-01" };
/** More than one answer can hold. */
const LARGE = 5_000_000;
const SIGNED = "https://objects.example/";

export async function drillReaders(drill: Drill): Promise<void> {
  const app = await App.of(drill);
  const press = await Press.of(drill, [app.calendarId]);
  const reader = new Reader(drill, app, press.feedId);
  await drillUnread(reader, press);
  await app.put(sampleEvents(3, "Read", "read-"));
  await drillEvents(reader);
  await drillFeedEvents(reader, press);
  await drillLinks(reader, press);
  await drillLarge(reader, press);
  await drillRemoved(reader, press);
}

class Reader {
  readonly drill: Drill;
  readonly app: App;
  readonly feedId: string;

  constructor(drill: Drill, app: App, feedId: string) {
    this.drill = drill;
    this.app = app;
    this.feedId = feedId;
  }

  get now(): Date {
    return this.drill.simulation.world.clock.now();
  }

  async events(expand: "true" | "false", ifNoneMatch?: string, calendarId = this.app.calendarId): Promise<Asked<EventsAnswer>> {
    const query = EventsQuery.parse({ ...WINDOW, expand });
    return await this.app.ask(async (ports) => await listEvents(calendarId, { query, ifNoneMatch }, ports, this.now));
  }

  async feedEvents(ifNoneMatch?: string, feedId = this.feedId): Promise<Asked<EventsAnswer>> {
    const query = EventsQuery.parse({ ...WINDOW, expand: "false" });
    return await this.app.ask(
      async ({ feeds, objects }) => await listFeedEvents(feedId, { query, ifNoneMatch }, { feeds, published: objects }, this.now),
    );
  }

  async link(label: string, feedId = this.feedId): Promise<Asked<{ readonly link: Link; readonly token: string }>> {
    const { randomBytes, clock } = this.drill.simulation.world;
    return await this.app.ask(async (ports) => await createLink(feedId, { label }, ports, { now: clock.now, randomBytes }));
  }

  async get(token: string, request: Partial<FeedRequest> = {}): Promise<Asked<FeedAnswer>> {
    return await this.app.ask(async (ports) => await serveFeed(token, { method: "GET", ...request }, ports, this.now));
  }

  async mustGet(token: string, status: number, state: string, request: Partial<FeedRequest> = {}): Promise<Asked<FeedAnswer>> {
    const asked = await this.get(token, request);
    this.drill.must(
      asked.answer?.status === status,
      `a link that ${state} was answered ${asked.answer?.status}, wanted ${status}`,
    );
    return asked;
  }
}

/** Events as a page lists them, sorted. */
function uidsIn({ answer }: Asked<EventsAnswer>): string | undefined {
  if (answer === undefined) return undefined;
  if (answer.page === "not-modified") return answer.page;
  return answer.page.items
    .map(({ uid }) => uid)
    .toSorted()
    .join(" ");
}

const ALL = "read-1@example.org read-2@example.org read-3@example.org";

/** Nothing is there yet: an empty page of the calendar, none of the feed, and a subscriber tries again. */
async function drillUnread(reader: Reader, press: Press): Promise<void> {
  const { drill } = reader;
  drill.must(uidsIn(await reader.events("false")) === "", "a calendar that nobody wrote has events");
  const unbuilt = await reader.feedEvents();
  drill.must(
    press.build === undefined && unbuilt.refused === "feed-unbuilt",
    `a feed without a build was listed: ${unbuilt.refused}`,
  );
  const { answer } = await reader.link("early");
  await reader.mustGet(answer?.token ?? "", 503, "opens a feed without a build");
}

async function drillEvents(reader: Reader): Promise<void> {
  const { drill, app } = reader;
  for (const [expand, kind] of [
    ["false", "events"],
    ["true", "occurrences"],
  ] as const) {
    const page = await reader.events(expand);
    const { etag, page: shown } = page.answer ?? {};
    const seen = typeof shown === "object" ? shown.kind : shown;
    drill.must(seen === kind && uidsIn(page) === ALL, `expand ${expand} lists ${seen} ${uidsIn(page)}, wanted ${kind}`);
    const again = await reader.events(expand, etag);
    drill.must(uidsIn(again) === "not-modified", `who has the page of expand ${expand} gets ${uidsIn(again)}`);
    drill.must(
      again.calls.join() === "calendars.load",
      `a page that is not modified costs ${again.calls.join()}, wanted one read`,
    );
    drill.must(uidsIn(await reader.events(expand, '"older"')) === ALL, "who has an older page gets none");
  }
  drill.must(
    (await reader.events("true", undefined, "nobody")).refused === "calendar-unknown",
    "events of no calendar are listed",
  );
  for (const uid of ["read-1@example.org", "read-3@example.org"]) {
    const { answer } = await app.ask(async (ports) => await showEvent(app.calendarId, uid, ports));
    const uids = [...(answer?.ics() ?? "").matchAll(/^UID:(.*?)\r?$/gmu)].map(([, found]) => found);
    drill.must(answer?.view.uid === uid && uids.join() === uid, `event ${uid} is shown as ${answer?.view.uid}, ${uids.join()}`);
  }
  const { refused } = await app.ask(async (ports) => await showEvent(app.calendarId, "nobody", ports));
  drill.must(refused === "event-unknown", `an event that is not there was shown: ${refused}`);
}

async function drillFeedEvents(reader: Reader, press: Press): Promise<void> {
  const { drill } = reader;
  const { objects } = drill.simulation.world;
  const page = await reader.feedEvents();
  drill.must(
    page.answer?.page !== "not-modified" && page.answer?.page.items.length === 3,
    `a feed of three events lists ${uidsIn(page)}`,
  );
  const again = await reader.feedEvents(page.answer?.etag);
  drill.must(
    uidsIn(again) === "not-modified" && again.calls.join() === "feeds.load",
    `who has the page pays ${again.calls.join()}`,
  );
  drill.must((await reader.feedEvents(undefined, "nobody")).refused === "feed-unknown", "events of no feed are listed");
  const key = press.build?.objectKey ?? "";
  const stored = objects.stored.get(key);
  for (const text of ["<html>Sign in</html>", "BEGIN:VCALENDAR\r\n"]) {
    objects.stored.set(key, { bytes: Buffer.from(text), modifiedMs: 0 });
    const { answer } = await reader.app.ask(async ({ feeds, objects: published }) => {
      const asked = { query: EventsQuery.parse(WINDOW), ifNoneMatch: undefined };
      return await listFeedEvents(reader.feedId, asked, { feeds, published }, reader.now).then(() => "shown", String);
    });
    const isTold = answer?.includes("cannot be read") === true;
    drill.must(isTold, `published bytes that are no calendar were answered ${answer}`);
  }
  if (stored !== undefined) objects.stored.set(key, stored);
}

/** One link works or not, whatever becomes of the others; its use is written down once an hour. */
async function drillLinks(reader: Reader, press: Press): Promise<void> {
  const { drill, feedId } = reader;
  const { links } = drill.simulation.world.feeds;
  const [one, other] = [(await reader.link("one")).answer, (await reader.link("other")).answer];
  if (one === undefined || other === undefined) return drill.must(false, "a feed gets no links");
  const marked = (): string | undefined => links.get(`${feedId} ${one.link.secretHash}`)?.lastUsedAt;
  const first = await reader.mustGet(one.token, 200, "is new", { userAgent: "Thunderbird/128" });
  drill.must(
    Buffer.from(first.answer?.body ?? [])
      .toString()
      .includes("UID:"),
    "a subscriber does not get the events",
  );
  const markedAt = marked();
  drill.must(markedAt !== undefined && first.calls.includes("links.markUsed"), "the first use of a link is not written down");
  const etag = press.build?.etag;
  const second = await reader.mustGet(one.token, 304, "opens what the subscriber has", { ifNoneMatch: etag });
  drill.must(second.calls.join() === "links.linkAndBuild", `a use within the hour costs ${second.calls.join()}, wanted one read`);
  drill.hours(1);
  await reader.mustGet(one.token, 200, "was used an hour ago");
  drill.must(marked() !== markedAt, "a use after an hour is not written down");
  await reader.mustGet("no token", 404, "is mistyped");
  const unknown = await reader.mustGet(`${feedId}.${"x".repeat(32)}`, 404, "nobody made");
  drill.must(unknown.calls.join() === "links.linkAndBuild", `a link that nobody made costs ${unknown.calls.join()}`);
  await revoke(reader, linkIdOf(one.link), undefined);
  drill.hours(1);
  const revoked = await reader.mustGet(one.token, 404, "is revoked");
  drill.must(!revoked.calls.includes("links.markUsed"), "a use of a revoked link is written down");
  await reader.mustGet(other.token, 200, "is as it was when another was revoked");
  await revoke(reader, "nobody", "link-unknown");
}

async function revoke({ app, drill, feedId, now }: Reader, linkId: string, wanted: string | undefined): Promise<void> {
  const { refused } = await app.ask(async (ports) => await revokeLink({ feedId, linkId }, ports, now));
  drill.must(refused === wanted, `revoking link ${linkId} was answered ${refused}, wanted ${wanted}`);
}

/** What no answer can hold is fetched from where it lies. */
async function drillLarge(reader: Reader, press: Press): Promise<void> {
  const { builds } = reader.drill.simulation.world.feeds;
  const { answer: made } = await reader.link("large");
  const { build } = press;
  if (build === undefined || made === undefined) return reader.drill.must(false, "a feed has no build, or gets no link");
  builds.set(press.feedId, { ...build, bytes: LARGE });
  const { answer } = await reader.mustGet(made.token, 302, "opens a large feed");
  const wanted = `${SIGNED}${build.objectKey}`;
  reader.drill.must(
    answer?.headers["location"]?.startsWith(wanted) === true,
    `a large feed lies at ${answer?.headers["location"]}`,
  );
  builds.set(press.feedId, build);
}

/** A feed that is removed is as unknown as one that never was. */
async function drillRemoved(reader: Reader, press: Press): Promise<void> {
  const { drill, feedId } = reader;
  const { metas } = drill.simulation.world.feeds;
  const { feed } = press;
  metas.set(feedId, { ...feed, state: "removed" });
  drill.must((await reader.feedEvents()).refused === "feed-unknown", "events of a removed feed are listed");
  drill.must((await reader.link("late")).refused === "feed-unknown", "a removed feed gets a link");
  await revoke(reader, "nobody", "feed-unknown");
  metas.set(feedId, feed);
}
