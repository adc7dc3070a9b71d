import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Feed, Link } from "../../lib/contract/feed.ts";
import { startSource } from "../http/source-server.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

let engine: TableEngine;
let table: RecordTable;
let links: LinkTable;
let feeds: FeedTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  [links, feeds] = [new LinkTable(table), new FeedTable(table)];
});
afterAll(async () => engine.stop());

const AT = "2026-05-06T01:00:00.000Z";
const linkOf = (feedId: string, extra: Partial<Link> = {}): Link => ({
  version: 1,
  feedId,
  secretHash: "aa11",
  label: "phone",
  state: "active",
  createdAt: AT,
  ...extra,
});
const feedOf = (feedId: string): Feed => ({
  version: 1,
  feedId,
  ownerId: "owner-of-links",
  name: "Team",
  policy: { class: "guard", people: "drop", alarms: "drop" },
  state: "active",
  createdAt: AT,
});
const found = async (feedId: string, secretHash = "aa11"): Promise<Link | undefined> =>
  (await links.linkAndBuild(feedId, secretHash)).link;
const forgottenAt = async (feedId: string): Promise<unknown> =>
  (await table.get({ pk: `FEED#${feedId}`, sk: "LINK#aa11" }))?.["expiresAt"];
const seconds = (instant: string): number => Date.parse(instant) / 1000;

describe("a link in the table", () => {
  test("is retired by one of two at once, and forgotten ninety days after its grace", async () => {
    await links.putLink(linkOf("l1"));
    expect(await forgottenAt("l1")).toBeUndefined();
    const ends = await Promise.all(
      ["one", "two"].map(async (successor) =>
        links.retireLink("l1", "aa11", { graceUntil: "2026-05-13T01:00:00.000Z", successor }),
      ),
    );
    expect(ends.toSorted()).toEqual(["lost", "saved"]);
    expect(await found("l1")).toMatchObject({ graceUntil: "2026-05-13T01:00:00.000Z", state: "active" });
    expect(await forgottenAt("l1")).toBe(seconds("2026-08-11T01:00:00.000Z"));
    expect(await links.retireLink("l1", "nobody", { graceUntil: AT, successor: "x" })).toBe("lost");
    expect(await found("l1", "nobody")).toBeUndefined();
  });

  test("is revoked once, with the instant of the first time", async () => {
    await links.putLink(linkOf("l2", { endsAt: "2030-01-01T00:00:00.000Z" }));
    expect(await forgottenAt("l2")).toBe(seconds("2030-04-01T00:00:00.000Z"));
    await links.revokeLink("l2", "aa11", AT);
    await links.revokeLink("l2", "aa11", "2026-06-01T00:00:00.000Z");
    expect(await found("l2")).toMatchObject({ state: "revoked", revokedAt: AT });
    expect(await links.retireLink("l2", "aa11", { graceUntil: AT, successor: "x" })).toBe("lost");
    await links.revokeLink("l2", "nobody", AT);
    expect(await found("l2", "nobody")).toBeUndefined();
  });

  test("is marked as used where the last mark is an hour old, and stays away once it is deleted", async () => {
    const link = linkOf("l3");
    await links.putLink(link);
    const at = (minute: number): Date => new Date(Date.parse(AT) + minute * 60_000);
    await links.markUsed(link, "Outlook", at(0));
    await links.markUsed(link, "other", at(59));
    expect(await found("l3")).toMatchObject({ lastUsedAt: AT, agent: "Outlook" });
    await links.markUsed(link, "Thunderbird", at(60));
    expect(await found("l3")).toMatchObject({ lastUsedAt: at(60).toISOString(), agent: "Thunderbird" });
    await links.deleteLink("l3", "aa11");
    await links.markUsed(link, "Outlook", at(120));
    expect(await found("l3")).toBeUndefined();
  });

  test("fails nobody and holds nobody up where its use cannot be written", async () => {
    const silent = await startSource(() => undefined);
    const nowhere = new LinkTable(new RecordTable("records", { ...engine.settings, endpoint: silent.url }));
    const began = performance.now();
    await nowhere.markUsed(linkOf("l4"), "Outlook", new Date(AT));
    expect(performance.now() - began).toBeLessThan(2000);
    const missing = new LinkTable(new RecordTable("missing", engine.settings));
    await missing.markUsed(linkOf("l4"), "Outlook", new Date(AT));
    await silent.stop();
  });
});

describe("a feed in the table", () => {
  test("is changed while it is active; removed it is listed no more, and cleared away whole", async () => {
    const feed = feedOf("f1");
    await feeds.putFeed(feed);
    await links.putLink(linkOf("f1"));
    await links.putLink(linkOf("f1", { secretHash: "bb22" }));
    await feeds.putPointers("f1", ["c1", "c2"]);
    await feeds.putMembers("f1", [
      { version: 1, calendarId: "c1", mask: "full", position: 0, filters: { allDay: "only", keywords: { include: ["x"] } } },
      { version: 1, calendarId: "c2", mask: "busy", position: 1, edition: { number: 2, at: AT } },
    ]);
    const loaded = await feeds.load("f1");
    expect(loaded?.members[0]?.filters).toEqual({ allDay: "only", keywords: { include: ["x"] } });
    expect(loaded?.members[1]?.edition).toEqual({ number: 2, at: AT });
    expect(await new CalendarTable(table).feedsOf("c2")).toEqual(["f1"]);
    await feeds.updateMembers("f1", [
      { calendarId: "c1", set: { mask: "titles", position: 2 }, remove: ["filters"] },
      { calendarId: "nobody", set: { position: 0 }, remove: [] },
    ]);
    expect((await feeds.load("f1"))?.members).toEqual([
      loaded?.members[1],
      { version: 1, calendarId: "c1", mask: "titles", position: 2 },
    ]);
    const page = { limit: 10, cursor: undefined };
    expect(await feeds.saveFeed({ ...feed, name: "Choir", filters: { allDay: "drop" }, revision: 1 }, undefined)).toBe("saved");
    expect(await feeds.saveFeed({ ...feed, revision: 1 }, undefined)).toBe("lost");
    expect(await feeds.saveFeed({ ...feed, name: "Choir", filters: { allDay: "drop" }, revision: 2 }, 1)).toBe("saved");
    expect((await feeds.list(feed.ownerId, page)).items).toMatchObject([{ name: "Choir", filters: { allDay: "drop" } }]);
    await feeds.markRemoved("f1", AT);
    await feeds.markRemoved("nobody", AT);
    expect(await feeds.load("nobody")).toBeUndefined();
    expect((await feeds.list(feed.ownerId, page)).items).toEqual([]);
    expect(await feeds.saveFeed({ ...feed, revision: 3 }, 2)).toBe("lost");
    expect((await feeds.load("f1"))?.feed).toMatchObject({ state: "removed", removedAt: AT, name: "Choir" });
    await feeds.deleteLinks("f1");
    await feeds.deletePointers("f1", ["c1", "c2"]);
    await feeds.deleteMembers("f1", ["c1", "c2"]);
    await feeds.deleteBuild("f1");
    expect(await feeds.load("f1")).toMatchObject({ members: [], links: [], build: { revision: 0 } });
    await feeds.deleteFeed("f1");
    expect(await feeds.load("f1")).toBeUndefined();
    expect(await new CalendarTable(table).feedsOf("c2")).toEqual([]);
  });
});
