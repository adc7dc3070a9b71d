import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { KeyTable } from "../../lib/aws/key-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { TickCursor, WheelIndex } from "../../lib/aws/tick-table.ts";
import type { Build, Feed, Link, Member } from "../../lib/contract/feed.ts";
import { startSource } from "../http/source-server.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf, letterOf } from "./records.ts";

let engine: TableEngine;
let table: RecordTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
});
afterAll(async () => engine.stop());

const feedOf = (feedId: string): Feed => ({
  version: 1,
  feedId,
  ownerId: "owner",
  name: "Team",
  policy: { class: "guard", people: "drop", alarms: "drop" },
  state: "active",
  createdAt: "2026-01-01T00:00:00.000Z",
});
const linkOf = (feedId: string, secretHash: string): Link => ({
  version: 1,
  feedId,
  secretHash,
  label: "first",
  state: "active",
  createdAt: "2026-01-01T00:00:00.000Z",
});
const buildOf = (feedId: string, revision: number): Build => ({ version: 1, feedId, revision, renderer: 1, members: { one: 3 } });

describe("feeds", () => {
  test("a feed is loaded with its members in order, its links and an empty build", async () => {
    const feeds = new FeedTable(table);
    const members: Member[] = Array.from({ length: 60 }, (_, index) => ({
      version: 1,
      calendarId: `cal${String(99 - index)}`,
      mask: "busy",
      position: index,
    }));
    await feeds.putMembers("f1", members);
    await new LinkTable(table).putLink(linkOf("f1", "aa"));
    expect(await feeds.load("f1")).toBeUndefined();
    await feeds.putFeed(feedOf("f1"));
    const loaded = await feeds.load("f1");
    expect(loaded?.feed).toEqual(feedOf("f1"));
    expect(loaded?.members).toEqual(members);
    expect(loaded?.links).toEqual([linkOf("f1", "aa")]);
    expect(loaded?.build.revision).toBe(0);
    await feeds.deleteMember("f1", "cal99");
    expect((await feeds.load("f1"))?.members).toHaveLength(59);
  });

  test("of two builds of one revision one is flipped, the other is lost", async () => {
    const feeds = new FeedTable(table);
    expect((await Promise.all([1, 2].map(async () => feeds.flip(buildOf("f2", 1), 0)))).toSorted()).toEqual(["lost", "saved"]);
    expect(await feeds.flip(buildOf("f2", 2), 0)).toBe("lost");
    expect(await feeds.flip(buildOf("f2", 2), 1)).toBe("saved");
    expect(await feeds.build("f2")).toEqual(buildOf("f2", 2));
  });

  test("link and build come together, and a wrong secret finds no link", async () => {
    const [feeds, links] = [new FeedTable(table), new LinkTable(table)];
    await links.putLink(linkOf("f3", "right"));
    expect(await links.linkAndBuild("f3", "right")).toEqual({ link: linkOf("f3", "right"), build: undefined });
    await feeds.flip(buildOf("f3", 1), 0);
    expect(await links.linkAndBuild("f3", "right")).toEqual({ link: linkOf("f3", "right"), build: buildOf("f3", 1) });
    expect((await links.linkAndBuild("f3", "wrong")).link).toBeUndefined();
  });

  test("the members' calendars are read 200 at once, without those missing, half or removed", async () => {
    const calendars = new CalendarTable(table);
    const ids = Array.from({ length: 120 }, (_, index) => `many${index}`);
    await table.putAll(
      ids.map((id) => ({ pk: `CAL#${id}`, sk: "META", ...calendarOf(id, { state: id === "many7" ? "removed" : "active" }) })),
    );
    await table.putAll(ids.map((id) => ({ pk: `CAL#${id}`, sk: "META#CHECKPOINT", ...checkpointOf(id) })));
    await calendars.putCheckpoint(checkpointOf("many-half"));
    const found = await new FeedTable(table).calendars([...ids, "many-half", "many-missing"]);
    expect(found.size).toBe(119);
    expect(found.get("many119")?.checkpoint).toEqual(checkpointOf("many119"));
    expect(found.has("many7")).toBe(false);
  });

  test("an owner's feeds are listed apart from the calendars", async () => {
    await new CalendarTable(table).putCalendar(calendarOf("c9", { ownerId: "both" }));
    await new FeedTable(table).putFeed({ ...feedOf("f9"), ownerId: "both" });
    const page = await new FeedTable(table).list("both", { limit: 10, cursor: undefined });
    expect(page.items.map(({ feedId }) => feedId)).toEqual(["f9"]);
  });
});

describe("hosts", () => {
  test("a reservation moves the pace only from where it was read", async () => {
    const hosts = new HostTable(table);
    const fresh = await hosts.host("a.example");
    const moved = await hosts.reserve(fresh, 5000);
    expect(moved).toEqual({ version: 1, host: "a.example", nextStartAtMs: 5000 });
    expect(await hosts.reserve(fresh, 6000)).toBeUndefined();
    expect(await hosts.reserve(moved ?? fresh, 6000)).toMatchObject({ nextStartAtMs: 6000 });
    expect((await hosts.hosts()).get("a.example")?.nextStartAtMs).toBe(6000);
  });

  test("a cooldown only grows, keeps the pace, and is cached for five seconds", async () => {
    let nowMs = 0;
    const cached = new HostTable(table, () => nowMs);
    const other = new HostTable(table);
    await other.reserve(await other.host("b.example"), 7000);
    expect(await cached.cooldownUntil("b.example")).toBeUndefined();
    await other.coolDown("b.example", "2026-05-02T00:00:00.000Z");
    await other.coolDown("b.example", "2026-05-01T00:00:00.000Z");
    expect(await cached.cooldownUntil("b.example")).toBeUndefined();
    nowMs = 5000;
    expect(await cached.cooldownUntil("b.example")).toBe("2026-05-02T00:00:00.000Z");
    expect(await other.host("b.example")).toMatchObject({ nextStartAtMs: 7000, cooldownUntil: "2026-05-02T00:00:00.000Z" });
  });
});

describe("the tick's cursor", () => {
  test("a tick that meets a live claim leaves; after its end or release the next one goes on", async () => {
    const [one, other] = [new TickCursor(table), new TickCursor(table)];
    const at = (second: number): Date => new Date(Date.UTC(2026, 4, 1, 0, 0, second));
    expect(await one.claim(at(0), at(45))).toEqual({ covered: undefined });
    expect(await other.claim(at(10), at(55))).toBeUndefined();
    await one.cover(100);
    expect(await other.claim(at(45), at(90))).toEqual({ covered: 100 });
    await other.cover(102);
    // The first one was slow; what it does late must not undo anything.
    await one.cover(101);
    await one.release();
    expect(await one.claim(at(50), at(95))).toBeUndefined();
    await other.release();
    expect(await one.claim(at(51), at(96))).toEqual({ covered: 102 });
    expect(await other.lastCovered()).toBe(102);
  });
});

describe("the wheel", () => {
  test("a slot shows its calendars with host and notBefore; one that left it is not due", async () => {
    const calendars = new CalendarTable(table);
    const place = { wheel: "5#2#1", host: "w.example" };
    await calendars.putCheckpoint(checkpointOf("w1", { ...place, notBefore: "2026-06-01T00:00:00.000Z" }));
    await calendars.putCheckpoint(checkpointOf("w2", place));
    await calendars.putCheckpoint(checkpointOf("w3", place));
    await calendars.leaveWheel("w3");
    await calendars.leaveWheel("nobody");
    expect(await new WheelIndex(table).due("5#2#1")).toEqual([
      { calendarId: "w1", host: "w.example", notBefore: "2026-06-01T00:00:00.000Z" },
      { calendarId: "w2", host: "w.example", notBefore: undefined },
    ]);
    expect(await table.get({ pk: "CAL#nobody", sk: "META#CHECKPOINT" })).toBeUndefined();
  });
});

describe("keys", () => {
  test("a key is found by the hash of its secret", async () => {
    const keys = new KeyTable(table);
    const key = {
      version: 1,
      keyHash: "ab12",
      label: "cli",
      scope: "admin",
      state: "active",
      createdAt: "2026-01-01T00:00:00.000Z",
    } as const;
    await keys.putKey(key);
    expect(await keys.key("ab12")).toEqual(key);
    expect(await keys.key("ff")).toBeUndefined();
  });
});

describe("letters", () => {
  test("a letter is written only over the revision before it", async () => {
    const letters = new LetterTable(table);
    expect(await letters.put(letterOf("l1"))).toBe(true);
    expect(await letters.put(letterOf("l1"))).toBe(false);
    expect(await letters.put(letterOf("l1", { revision: 3 }))).toBe(false);
    expect(await letters.put(letterOf("l1", { revision: 2, count: 2 }))).toBe(true);
    expect(await letters.get("l1")).toEqual(letterOf("l1", { revision: 2, count: 2 }));
  });

  test("open letters never expire, closed ones after 90 days", async () => {
    const letters = new LetterTable(table);
    await letters.put(letterOf("l2"));
    expect(await table.get({ pk: "LETTER#l2", sk: "META" })).not.toHaveProperty("expiresAt");
    const closing = { at: "2026-03-01T00:00:00.000Z", state: "resolved", who: "worker", why: "done" } as const;
    await letters.put(letterOf("l2", { revision: 2, state: "resolved", history: [closing] }));
    expect((await table.get({ pk: "LETTER#l2", sk: "META" }))?.["expiresAt"]).toBe(Date.parse("2026-05-30T00:00:00.000Z") / 1000);
    await letters.put(letterOf("l2", { revision: 3 }));
    expect(await table.get({ pk: "LETTER#l2", sk: "META" })).not.toHaveProperty("expiresAt");
  });

  test("a state's letters come newest first over all fingerprints, page by page, each once", async () => {
    const letters = new LetterTable(table);
    const sameInstant = "2026-08-02T00:00:00.000Z";
    for (const [letterId, lastAt, code] of [
      ["p1", "2026-08-01T00:00:00.000Z", "source-dns"],
      ["p2", sameInstant, "source-tls"],
      ["p3", sameInstant, "source-dns"],
      ["p4", sameInstant, "source-dns"],
      ["p5", "2026-08-03T00:00:00.000Z", "source-tls"],
    ] as const) {
      await letters.put(letterOf(letterId, { lastAt, code, fingerprint: `import|${code}|h`, state: "acknowledged" }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await letters.list("acknowledged", { limit: 2, cursor });
      seen.push(...page.items.map(({ letterId }) => letterId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(["p5", "p4", "p3", "p2", "p1"]);
  });

  test("a body too large for the record becomes an object", async () => {
    const stored: string[] = [];
    const bodies = {
      putLetterBody: async (letterId: string, body: string) => {
        stored.push(body);
        return `letters/${letterId}/x`;
      },
    };
    const body = "x".repeat(300_000);
    await new LetterTable(table, bodies).put(letterOf("l3", { body }));
    const read = await new LetterTable(table).get("l3");
    expect(stored).toEqual([body]);
    expect(read?.bodyKey).toBe("letters/l3/x");
    expect(read?.body).toBeUndefined();
  });
});

describe("a table that does not answer", () => {
  test("is unavailable, with the cause, and names no url", async () => {
    const nowhere = new RecordTable("records", { ...engine.settings, endpoint: "http://127.0.0.1:1" });
    const error = await nowhere.get({ pk: "a", sk: "b" }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "ServiceUnavailable", code: "aws-unavailable" });
    expect(error).toHaveProperty("cause");
    expect(String(error)).not.toContain("127.0.0.1");
  });

  test("and one that answers 500 or throttles likewise, after the SDK has tried again", async () => {
    let asked = 0;
    const answers = [
      [500, "InternalServerError"],
      [400, "ThrottlingException"],
    ] as const;
    for (const [status, name] of answers) {
      const failing = await startSource((_request, response) => {
        asked += 1;
        response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}` }));
      });
      const table500 = new RecordTable("records", { ...engine.settings, endpoint: failing.url });
      const error = await table500.get({ pk: "a", sk: "b" }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "aws-unavailable", message: expect.stringContaining(name) });
      await failing.stop();
    }
    expect(asked).toBeGreaterThanOrEqual(4);
  });

  test("a request that is wrong stays an error of its own", async () => {
    const error = await new RecordTable("missing", engine.settings).get({ pk: "a", sk: "b" }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "ResourceNotFoundException" });
  });
});
