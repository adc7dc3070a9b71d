import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import type { Member } from "../../lib/contract/feed.ts";
import { definitionOf, etagOf, refreshMinutesOf } from "../../lib/core/feed-build.ts";
import { feed } from "./sample-feed.ts";

const member = (calendarId: string, extra: Partial<Member> = {}): Member => ({
  version: 1,
  calendarId,
  mask: "full",
  position: 0,
  ...extra,
});

test("an ETag is strong and a hash of the bytes", () => {
  const hash = createHash("sha256").update("bytes").digest("base64url");
  expect(etagOf("bytes")).toBe(`"${hash.slice(0, 32)}"`);
});

test("name, colour, policy and members define a feed, when it was made does not", () => {
  const members = [member("cal1")];
  const now = new Date("2026-05-06T01:00:00Z");
  const usual = definitionOf(feed(), members, now);
  expect(usual).toMatch(/^[\w-]{22}$/u);
  expect(definitionOf({ ...feed(), createdAt: "2027-01-01T00:00:00Z" }, members, now)).toBe(usual);
  const others = [
    definitionOf({ ...feed(), name: "Other" }, members, now),
    definitionOf({ ...feed(), color: "red" }, members, now),
    definitionOf(feed({ people: "keep" }), members, now),
    definitionOf(feed(), [member("cal2")], now),
    definitionOf(feed(), [member("cal1", { mask: "busy" })], now),
    definitionOf(feed(), [member("cal1", { position: 1 })], now),
    definitionOf(feed(), [], now),
  ];
  expect(new Set([usual, ...others]).size).toBe(others.length + 1);
});

test("filters and editions are part of it, and of the time that goes by only the end of a future", () => {
  const at = (instant: string): Date => new Date(instant);
  const [today, tomorrow] = [at("2026-05-06T01:00:00Z"), at("2026-05-07T01:00:00Z")];
  const edition = { number: 1, at: "2026-05-06T01:00:00Z" };
  const all = [
    definitionOf(feed(), [member("cal1")], today),
    definitionOf({ ...feed(), filters: { allDay: "only" } }, [member("cal1")], today),
    definitionOf({ ...feed(), edition }, [member("cal1")], today),
    definitionOf(feed(), [member("cal1", { filters: { allDay: "only" } })], today),
    definitionOf(feed(), [member("cal1", { edition })], today),
    definitionOf(feed({ futureDays: 7 }), [member("cal1")], today),
    definitionOf(feed({ futureDays: 7 }), [member("cal1")], tomorrow),
    definitionOf(feed(), [member("cal1", { filters: { futureDays: 7 } })], today),
    definitionOf(feed(), [member("cal1", { filters: { futureDays: 7 } })], tomorrow),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(definitionOf(feed({ pastDays: 7 }), [member("cal1")], tomorrow)).toBe(
    definitionOf(feed({ pastDays: 7 }), [member("cal1")], today),
  );
});

test("subscribers are asked to come as often as the quickest member is fetched, and once a day at least", () => {
  expect(refreshMinutesOf([60, 15, 720])).toBe(15);
  expect(refreshMinutesOf([])).toBe(1440);
});
