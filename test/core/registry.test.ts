import { expect, test } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Link } from "../../lib/contract/feed.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import { calendarView, emptyCheckpoint, feedView, newCalendar, newFeed } from "../../lib/core/registry.ts";
import { slotOf } from "../../lib/core/slots.ts";

const AT = "2026-05-06T01:00:00Z";
const SECRET_URL = "webcal://user:key@example.org:8443/feeds/secret.ics?token=1";
const urlDraft = CalendarDraft.parse({ ownerId: "ann", source: { kind: "url", url: SECRET_URL }, intervalMinutes: 15 });
const pulled = (): ReturnType<typeof newCalendar> => newCalendar(urlDraft, "cal1", AT);
const pushed = (): ReturnType<typeof newCalendar> => newCalendar(CalendarDraft.parse({ source: { kind: "push" } }), "cal2", AT);

test("a new url calendar stands on the wheel and is named after its host", () => {
  const url = pulled();
  expect(url.calendar).toEqual({
    version: 1,
    calendarId: "cal1",
    ownerId: "ann",
    name: "example.org",
    source: { kind: "url", url: "https://user:key@example.org:8443/feeds/secret.ics?token=1" },
    intervalMinutes: 15,
    state: "active",
    policy: { pastEvents: "keep", refreshHint: "follow" },
    createdAt: AT,
  });
  expect(url.checkpoint).toEqual({ ...emptyCheckpoint("cal1"), host: "example.org:8443", wheel: slotOf("cal1", 15) });
});

test("a new push calendar has no host and no slot and is named after its id", () => {
  const push = pushed();
  expect(push.calendar).toMatchObject({ name: "cal2", source: { kind: "push" }, intervalMinutes: 60 });
  expect(push.checkpoint).toEqual({
    version: 1,
    calendarId: "cal2",
    calendarVersion: 0,
    eventCount: 0,
    skippedCount: 0,
    lastTurn: 0,
    attempts: 0,
    failures: 0,
    churns: 0,
  });
});

test("an owner's name for a calendar stands", () => {
  expect(newCalendar({ ...urlDraft, name: "Team" }, "cal1", AT).calendar.name).toBe("Team");
});

test("of a calendar's source an owner sees scheme and host alone", () => {
  const url = pulled();
  const checkpoint = {
    ...url.checkpoint,
    wheel: "15#3#0",
    calendarVersion: 4,
    eventCount: 7,
    skippedCount: 2,
    lastSuccessAt: AT,
    outcome: { status: "imported", at: AT },
  } as const;
  const view = calendarView({ calendar: url.calendar, checkpoint }, new Date("1970-01-01T00:03:30Z"));
  expect(view).toEqual({
    calendarId: "cal1",
    ownerId: "ann",
    name: "example.org",
    source: { kind: "url", url: "https://example.org:8443/..." },
    intervalMinutes: 15,
    state: "active",
    policy: url.calendar.policy,
    createdAt: AT,
    calendarVersion: 4,
    eventCount: 7,
    skippedCount: 2,
    lastSuccessAt: AT,
    nextTurnAt: "1970-01-01T00:18:00.000Z",
    outcome: { status: "imported", at: AT },
    hold: undefined,
  });
  expect(JSON.stringify(view)).not.toMatch(/secret|token|key@/u);
});

test("a push calendar has no next turn, and a hold is shown as it stands", () => {
  const push = pushed();
  const hold = {
    version: 1,
    calendarId: "cal2",
    holdId: "cal2.h",
    objectKey: "held",
    contentHash: "hash",
    eventCount: 0,
    removedCount: 9,
    keptCount: 0,
    openedAt: AT,
    confirmations: 1,
  } as const;
  const view = calendarView({ ...push, hold }, new Date(AT));
  expect(view).toMatchObject({ source: { kind: "push" }, nextTurnAt: undefined, hold });
});

const feedDraft = FeedDraft.parse({
  name: "All",
  color: "red",
  members: [{ calendarId: "b", mask: "busy" }, { calendarId: "a" }],
});

test("a new feed keeps its members in the order given", () => {
  expect(newFeed(feedDraft, "feed1", AT)).toEqual({
    feed: {
      version: 1,
      feedId: "feed1",
      ownerId: "default",
      name: "All",
      color: "red",
      policy: feedDraft.policy,
      state: "active",
      createdAt: AT,
    },
    members: [
      { version: 1, calendarId: "b", mask: "busy", position: 0 },
      { version: 1, calendarId: "a", mask: "full", position: 1 },
    ],
  });
});

test("a feed is shown without the secrets of its links, and with its build once there is one", () => {
  const { feed, members } = newFeed(feedDraft, "feed1", AT);
  const link: Link = { version: 1, feedId: "feed1", secretHash: "0f", label: "phone", state: "active", createdAt: AT };
  const facts = { etag: '"x"', bytes: 10, gzipBytes: 5, eventCount: 1, publishedAt: AT };
  const build = {
    version: 1,
    feedId: "feed1",
    revision: 2,
    renderer: 1,
    members: {},
    objectKey: "feeds/feed1/2.ics",
    ...facts,
  } as const;
  expect(feedView({ feed, members, links: [link], build }, new Date(AT))).toEqual({
    feedId: "feed1",
    ownerId: "default",
    name: "All",
    color: "red",
    policy: feedDraft.policy,
    state: "active",
    createdAt: AT,
    members: [
      { calendarId: "b", mask: "busy", position: 0 },
      { calendarId: "a", mask: "full", position: 1 },
    ],
    links: [{ linkId: "0f", label: "phone", state: "active", createdAt: AT }],
    build: { revision: 2, ...facts },
  });
  expect(feedView({ feed, members, links: [], build: { ...build, revision: 0 } }, new Date(AT)).build).toBeUndefined();
});
