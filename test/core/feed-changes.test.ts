import { describe, expect, test } from "vitest";

import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Feed, Member, MemberPut } from "../../lib/contract/feed.ts";
import { patchedFeed } from "../../lib/core/feed-changes.ts";
import { editedRevision, editionOf, nextEdition } from "../../lib/core/feed-edition.ts";
import { listedMembers, memberChanges, withMember, withoutMember } from "../../lib/core/member-changes.ts";
import { feed } from "./sample-feed.ts";

const AT = "2026-05-06T01:00:00.400Z";
const LATER = "2026-05-07T01:00:00.000Z";

describe("a feed that is patched", () => {
  const before: Feed = { ...feed({ pastDays: 30 }), color: "teal", filters: { allDay: "drop" } };

  test.each([
    ["nothing", {}],
    [
      "what it has",
      { name: "Team", color: "teal", policy: { class: "guard", pastDays: 30 }, filters: { allDay: "drop" } } as const,
    ],
  ])("by %s is the same feed", (_title, patch) => {
    expect(patchedFeed(before, patch, AT)).toBe(before);
  });

  test("moves its revision with each change, from none", () => {
    const once = patchedFeed(before, { name: "Choir" }, AT);
    expect(once).toEqual({ ...before, name: "Choir", revision: 1, edition: undefined });
    expect(patchedFeed(once, { color: null }, AT)).toMatchObject({ name: "Choir", color: undefined, revision: 2 });
  });

  test.each([
    [{ color: null }, { color: undefined }],
    [{ color: "red" }, { color: "red" }],
    [{ filters: null }, { filters: undefined }],
    [{ filters: { allDay: "only" } }, { filters: { allDay: "only" } }],
    [{ policy: { pastDays: null } }, { policy: { ...before.policy, pastDays: undefined } }],
    [{ policy: { pastDays: "all" } }, { policy: { ...before.policy, pastDays: "all" } }],
    [{ policy: { futureDays: 9 } }, { policy: { ...before.policy, futureDays: 9 } }],
  ] as const)("by %j changes that alone and is no new edition", (patch, wanted) => {
    expect(patchedFeed(before, patch, AT)).toEqual({ ...before, ...wanted, revision: 1, edition: undefined });
  });

  test.each([{ class: "as-is" }, { people: "keep" }, { alarms: "keep" }] as const)(
    "by the policy %j is a new edition",
    (policy) => {
      const changed = patchedFeed(before, { policy }, AT);
      expect(changed).toMatchObject({ policy: { ...before.policy, ...policy }, edition: { number: 1, at: AT } });
      expect(patchedFeed(changed, { policy: before.policy }, LATER).edition).toEqual({ number: 2, at: LATER });
    },
  );
});

describe("an edition", () => {
  const revision = { sequence: 4, lastModified: "20260506T000000Z" };

  test("of a feed and its member are one: numbers added, the later time", () => {
    const [one, other] = [
      { number: 1, at: AT },
      { number: 2, at: LATER },
    ];
    expect(editionOf(undefined, undefined)).toBeUndefined();
    expect(editionOf(one, undefined)).toEqual(one);
    expect(editionOf(undefined, other)).toEqual(other);
    for (const both of [editionOf(one, other), editionOf(other, one)]) expect(both).toEqual({ number: 3, at: LATER });
    expect(nextEdition(undefined, AT)).toEqual(one);
    expect(nextEdition(one, LATER)).toEqual({ number: 2, at: LATER });
  });

  test("moves SEQUENCE by its number and LAST-MODIFIED to its time, never back and never out of range", () => {
    expect(editedRevision({ ...revision }, undefined)).toEqual(revision);
    expect(editedRevision(revision, { number: 2, at: AT })).toEqual({ sequence: 6, lastModified: "20260506T010000Z" });
    expect(editedRevision({ ...revision, lastModified: "20270101T000000Z" }, { number: 1, at: AT }).lastModified).toBe(
      "20270101T000000Z",
    );
    expect(editedRevision({ ...revision, sequence: 2_147_483_647 }, { number: 1, at: AT }).sequence).toBe(2_147_483_647);
  });
});

describe("members", () => {
  const list = (...drafts: readonly unknown[]): FeedDraft["members"] => FeedDraft.parse({ name: "x", members: drafts }).members;
  const put = (members: readonly Member[], calendarId: string, how: MemberPut = {}): Member[] =>
    withMember(members, calendarId, how, AT);
  const order = (members: readonly Member[]): string => members.map(({ calendarId }) => calendarId).join("");
  const abc = listedMembers([], list({ calendarId: "a" }, { calendarId: "b", mask: "busy" }, { calendarId: "c" }), AT);

  test("listed are in the order of the list, each once, the last word counts", () => {
    expect(abc).toEqual([
      { version: 1, calendarId: "a", mask: "full", position: 0 },
      { version: 1, calendarId: "b", mask: "busy", position: 1 },
      { version: 1, calendarId: "c", mask: "full", position: 2 },
    ]);
    const again = listedMembers(abc, list({ calendarId: "c" }, { calendarId: "a" }, { calendarId: "c", mask: "titles" }), LATER);
    expect(again).toEqual([
      { version: 1, calendarId: "c", mask: "titles", position: 0, edition: { number: 1, at: LATER } },
      { version: 1, calendarId: "a", mask: "full", position: 1 },
    ]);
  });

  test("listed without filters lose those that they had", () => {
    const filtered = listedMembers(abc, list({ calendarId: "a", filters: { allDay: "only" } }), AT);
    expect(filtered[0]?.filters).toEqual({ allDay: "only" });
    expect(listedMembers(filtered, list({ calendarId: "a" }), AT)[0]?.filters).toBeUndefined();
  });

  test.each([
    ["d", {}, "abcd"],
    ["d", { position: 0 }, "dabc"],
    ["d", { position: 2 }, "abdc"],
    ["d", { position: 150 }, "abcd"],
    ["a", {}, "abc"],
    ["a", { position: 2 }, "bca"],
    ["c", { position: 0 }, "cab"],
    ["b", { position: 1 }, "abc"],
  ])("%s put with %j makes them %s", (calendarId, how, wanted) => {
    const members = put(abc, calendarId, how);
    expect(order(members)).toBe(wanted);
    expect(members.map(({ position }) => position)).toEqual(members.map((_, index) => index));
  });

  test("keep mask and filters where a put says nothing of them; a mask that changed is a new edition", () => {
    const filtered = put(abc, "b", { filters: { futureDays: 3 } });
    expect(filtered[1]).toEqual({ version: 1, calendarId: "b", mask: "busy", position: 1, filters: { futureDays: 3 } });
    expect(put(filtered, "b", { mask: "full" })[1]).toMatchObject({
      mask: "full",
      filters: { futureDays: 3 },
      edition: { number: 1, at: AT },
    });
    expect(put(filtered, "b", { filters: null })[1]?.filters).toBeUndefined();
    expect(put(abc, "d", { mask: "titles" })[3]).toEqual({ version: 1, calendarId: "d", mask: "titles", position: 3 });
  });

  test("are two hundred at most; one that is there may still be changed", () => {
    const many = Array.from({ length: 200 }, (_, index) => `c${index}`);
    const full = listedMembers([], list(...many.map((calendarId) => ({ calendarId }))), AT);
    expect(put(full.slice(1), "new")).toHaveLength(200);
    expect(() => put(full, "new")).toThrow('the feed has 200 calendars, wanted fewer than 200 to put "new" in');
    expect(put(full, "c7", { position: 0 })[0]?.calendarId).toBe("c7");
  });

  test("taken out close up; an unknown one is named", () => {
    expect(withoutMember("f", abc, "a")).toEqual([
      { version: 1, calendarId: "b", mask: "busy", position: 0 },
      { version: 1, calendarId: "c", mask: "full", position: 1 },
    ]);
    expect(() => withoutMember("f", abc, "z")).toThrow('feed "f" has no member "z"');
  });

  test("that moved or changed are written in those fields alone, those that stayed are not", () => {
    const changes = (before: readonly Member[], change: Partial<Member>): unknown =>
      memberChanges(
        before,
        before.map((member) => (member.calendarId === "b" ? { ...member, ...change } : member)),
      ).changed;
    const edition = { number: 1, at: AT };
    expect(memberChanges(abc, structuredClone(abc))).toEqual({ added: [], changed: [], removed: [] });
    expect(memberChanges(abc, put(abc, "d"))).toEqual({
      added: [{ version: 1, calendarId: "d", mask: "full", position: 3 }],
      changed: [],
      removed: [],
    });
    expect(memberChanges(abc, withoutMember("f", abc, "b"))).toEqual({
      added: [],
      changed: [{ calendarId: "c", set: { position: 1 }, remove: [] }],
      removed: ["b"],
    });
    expect(changes(abc, { mask: "full", edition })).toEqual([{ calendarId: "b", set: { mask: "full", edition }, remove: [] }]);
    const filtered = put(abc, "b", { filters: { allDay: "only" } });
    expect(memberChanges(abc, filtered).changed).toEqual([{ calendarId: "b", set: { filters: { allDay: "only" } }, remove: [] }]);
    expect(changes(filtered, { filters: undefined })).toEqual([{ calendarId: "b", set: {}, remove: ["filters"] }]);
  });
});
