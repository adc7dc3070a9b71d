import { describe, expect, test } from "vitest";

import type { Link } from "../../lib/contract/feed.ts";
import { agentFamily } from "../../lib/core/agent-family.ts";
import {
  checkEnd,
  checkRoom,
  graceEnd,
  isLive,
  isMarkDue,
  linkViews,
  markedBefore,
  refuseRotation,
  standingOf,
  unknownLink,
} from "../../lib/core/links.ts";
import { subscribeTo } from "../../lib/core/subscribe.ts";

const link = (extra: Partial<Link> = {}): Link => ({
  version: 1,
  feedId: "feed1",
  secretHash: "0123456789abcdef",
  label: "phone",
  state: "active",
  createdAt: "2026-05-01T00:00:00.000Z",
  ...extra,
});
const at = (instant: string): Date => new Date(instant);

describe("a link", () => {
  test.each([
    ["active", {}, true],
    ["active", { endsAt: "2026-05-06T01:00:00.001Z" }, true],
    ["expired", { endsAt: "2026-05-06T01:00:00.000Z" }, false],
    ["grace", { graceUntil: "2026-05-06T01:00:00.001Z", successor: "x" }, true],
    ["rotated", { graceUntil: "2026-05-06T01:00:00.000Z", successor: "x" }, false],
    ["revoked", { state: "revoked", graceUntil: "2027-01-01T00:00:00.000Z" }, false],
    ["expired", { endsAt: "2026-05-01T00:00:00.000Z", graceUntil: "2027-01-01T00:00:00.000Z" }, false],
  ] as const)("is %s", (standing, extra, isOpen) => {
    const now = at("2026-05-06T01:00:00.000Z");
    expect(standingOf(link(extra), now)).toBe(standing);
    expect(isLive(link(extra), now)).toBe(isOpen);
  });

  test("is marked as used once an hour", () => {
    const now = at("2026-05-06T01:00:00.000Z");
    expect(isMarkDue(link(), now)).toBe(true);
    expect(isMarkDue(link({ lastUsedAt: "2026-05-06T00:00:00.001Z" }), now)).toBe(false);
    expect(isMarkDue(link({ lastUsedAt: "2026-05-06T00:00:00.000Z" }), now)).toBe(true);
    expect(markedBefore(now)).toBe("2026-05-06T00:00:00.000Z");
  });

  test("is shown by the beginning of its hash, the oldest first", () => {
    const views = linkViews(
      [link({ secretHash: "ff".repeat(32), createdAt: "2026-05-02T00:00:00.000Z" }), link()],
      at("2026-05-06"),
    );
    expect(views.map(({ linkId }) => linkId)).toEqual(["0123456789ab", "ffffffffffff"]);
    expect(JSON.stringify(views)).not.toContain("0123456789abc");
  });

  test("is refused where a feed has a hundred that work; dead ones do not count", () => {
    const now = at("2026-05-06T01:00:00.000Z");
    const links = Array.from({ length: 100 }, () => link());
    expect(() => checkRoom("feed1", [...links.slice(1), link({ state: "revoked" })], now)).not.toThrow();
    expect(() => checkRoom("feed1", links, now)).toThrow("100 living links, wanted fewer than 100");
  });
});

describe("a refusal", () => {
  const now = at("2026-05-06T01:00:00.000Z");

  test("says the state of a link that cannot be rotated, and what to do", () => {
    const rotated = refuseRotation(link({ graceUntil: "2026-06-01T00:00:00.000Z", successor: "ffff" }), now);
    expect([rotated.code, rotated.message]).toEqual([
      "link-ended",
      'link 0123456789ab of feed "feed1" is rotated, wanted an active one; its successor is ffff; rotate that one',
    ]);
    expect(refuseRotation(link({ state: "revoked" }), now).message).toBe(
      'link 0123456789ab of feed "feed1" is revoked, wanted an active one; make a new one: calferry link create feed1',
    );
  });

  test("names the link that is not there, and an end that is past", () => {
    const unknown = unknownLink("feed1", "nobody");
    expect([unknown.code, unknown.message]).toEqual([
      "link-unknown",
      'feed "feed1" has no link "nobody", wanted the id of one of its links; list them with: calferry link list feed1',
    ]);
    expect(() => checkEnd("2026-05-06T01:00:00.000Z", now)).toThrow(
      'expiresAt is "2026-05-06T01:00:00.000Z", wanted an instant after 2026-05-06T01:00:00.000Z; leave it away for a link without end',
    );
    expect(() => checkEnd("2026-05-06T01:00:00.001Z", now)).not.toThrow();
    expect(() => checkEnd(undefined, now)).not.toThrow();
    expect(graceEnd(7, now)).toBe("2026-05-13T01:00:00.000Z");
  });
});

test.each([
  ["Google-Calendar-Importer", "Google Calendar"],
  ["Mozilla/5.0 (compatible; Google-Calendar-Importer; +https://calendar.google.com)", "Google Calendar"],
  ["iOS/17.5.1 (21F90) dataaccessd/1.0", "Apple Calendar"],
  ["macOS/14.5 (23F79) CalendarAgent/1024", "Apple Calendar"],
  ["Mac+OS+X/10.15.7 (19H15) CalendarAgent/930.5.1", "Apple Calendar"],
  ["Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)", "Outlook"],
  ["Mozilla/5.0 (Windows NT 10.0) Microsoft Outlook 16.0", "Outlook"],
  ["Exchange/15.20 (CalendarSubscription)", "Outlook"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.2.0", "Thunderbird"],
  ["ICSx5/2.2.5 (ical4android; okhttp) Android/14", "ICSx5"],
  ["Nextcloud Server", "Nextcloud"],
  ["HomeAssistant/2026.5 httpx", "Home Assistant"],
  ["Calferry/0.1", "Calferry"],
  ["DAVx5/4.4-ose (2026/01/01; dav4jvm; okhttp/4.12) Android/15", "DAVx5"],
  ["Cyrus-HTTP (Fastmail)", "Fastmail"],
  ["ProtonCalendar/1.0", "Proton Calendar"],
  ["YahooCalendar", "Yahoo Calendar"],
  ["Evolution/3.52", "GNOME Calendar"],
  ["Mozilla/5.0 (X11; Linux) KIO/5.115 akonadi", "KOrganizer"],
  ["Example iOS/app", "other"],
  ["Example Mozilla/5.0", "other"],
  ["x".repeat(400) + " curl/8", "other"],
  ["curl/8.5.0", "program"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "browser"],
  ["SomethingNobodyKnows/1.0 secret-token", "other"],
  ["", "other"],
  [undefined, "other"],
])("who asks as %s is %s", (agent, family) => {
  expect(agentFamily(agent)).toBe(family);
});

test("a link is subscribed to in every calendar by an address of its own", () => {
  const urls = { url: "https://c.example/f/feed1.s3cret.ics", webcalUrl: "webcal://c.example/f/feed1.s3cret.ics" };
  const subscribe = subscribeTo(urls, "Team & Räume");
  expect(subscribe).toMatchObject({ url: urls.url, webcal: urls.webcalUrl, apple: urls.webcalUrl });
  expect(new URL(subscribe.google).searchParams.get("cid")).toBe(urls.webcalUrl);
  for (const [address, host] of [
    [subscribe.outlookCom, "outlook.live.com"],
    [subscribe.office365, "outlook.office.com"],
  ] as const) {
    const url = new URL(address);
    expect([url.host, url.pathname]).toEqual([host, "/calendar/0/addfromweb"]);
    expect(Object.fromEntries(url.searchParams)).toEqual({ url: urls.url, name: "Team & Räume" });
  }
  expect(subscribe.notes.join(" ")).toMatch(/Google's phone app cannot add/u);
  expect(subscribe.refresh).toHaveProperty("Google Calendar");
});
