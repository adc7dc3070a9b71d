import { describe, expect, it } from "vitest";

import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Build, Member } from "../../lib/contract/feed.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import { RENDERER_VERSION } from "../../lib/core/build-feed.ts";
import { definitionOf } from "../../lib/core/feed-build.ts";
import { calendarMends, isBookingLost, isFeedOld, isUnanswered, staleReasonCode, successOf } from "../../lib/core/mend.ts";
import type { CalendarMend } from "../../lib/core/mend.ts";
import { newCalendar, newFeed } from "../../lib/core/registry.ts";

const AT = "2026-05-06T12:00:00.000Z";

function before(minutes: number): string {
  return new Date(Date.parse(AT) - minutes * 60_000).toISOString();
}

type Loaded = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

/** A calendar that is polled each hour, an hour after its last success. */
function loaded(calendar: Partial<Calendar> = {}, checkpoint: Partial<Checkpoint> = {}): Loaded {
  const draft = {
    ownerId: "default",
    source: { kind: "url" as const, url: "https://cal.example/a.ics" },
    intervalMinutes: 60 as const,
    policy: { pastEvents: "keep" as const, refreshHint: "follow" as const },
    firstImport: "now" as const,
  };
  const made = newCalendar(draft, "c", before(10_000));
  return {
    calendar: { ...made.calendar, ...calendar },
    checkpoint: { ...made.checkpoint, lastSuccessAt: before(60), ...checkpoint },
  };
}

function mends(calendar: Partial<Calendar> = {}, checkpoint: Partial<Checkpoint> = {}): CalendarMend[] {
  return calendarMends(loaded(calendar, checkpoint), AT);
}

describe("a calendar", () => {
  const pending = { version: 3, changesKey: "changes/c/3", cursor: 0 };
  const ended = (minutesAgo: number): Partial<Checkpoint> => ({
    pending,
    outcome: { status: "imported", at: before(minutesAgo) },
  });

  it("that is well needs nothing", () => {
    expect(mends()).toEqual([]);
  });

  it("whose commit nobody finished for a quarter of an hour is finished, not one under way", () => {
    expect(mends({}, ended(14))).toEqual([]);
    expect(mends({}, ended(15))).toEqual(["finish-commit"]);
  });

  it("whose commit has no outcome is finished at once", () => {
    expect(mends({}, { pending })).toEqual(["finish-commit"]);
  });

  it("that was removed is left alone but for the wheel", () => {
    expect(mends({ state: "removed" }, ended(600))).toEqual(["leave-wheel"]);
    expect(mends({ state: "removed" }, { ...ended(600), wheel: undefined })).toEqual([]);
  });

  it.each(["paused", "suspended"] as const)("that is %s leaves the wheel", (state) => {
    expect(mends({ state })).toEqual(["leave-wheel"]);
    expect(mends({ state }, { wheel: undefined })).toEqual([]);
  });

  it("that is polled and on no slot enters the wheel, a pushed one never", () => {
    expect(mends({}, { wheel: undefined })).toEqual(["enter-wheel"]);
    expect(mends({ source: { kind: "push" } }, { wheel: undefined })).toEqual([]);
    expect(mends({ source: { kind: "push" } })).toEqual(["leave-wheel"]);
  });

  it("at another slot than owner and source ask for is moved, but not where the source's wish is not known", () => {
    expect(mends({ intervalMinutes: 15 })).toEqual(["move-slot"]);
    expect(mends({ intervalMinutes: 15 }, { calendarVersion: 3, hintMinutes: 0 })).toEqual(["move-slot"]);
    expect(mends({ intervalMinutes: 15 }, { calendarVersion: 3, hintMinutes: 60 })).toEqual([]);
    expect(mends({ intervalMinutes: 15 }, { calendarVersion: 3 })).toEqual([]);
  });

  it("that goes by a schedule of its own leaves the wheel", () => {
    const schedule = { kind: "cron", expression: "0 7 * * *", zone: "Asia/Seoul" } as const;
    expect(mends({ schedule })).toEqual(["leave-wheel", "keep-schedule"]);
  });

  it("without success for a day is told of once, and again after the next success", () => {
    const lastSuccessAt = before(24 * 60);
    expect(mends({}, { lastSuccessAt: before(24 * 60 - 1) })).toEqual([]);
    expect(mends({}, { lastSuccessAt })).toEqual(["tell-stale"]);
    expect(mends({}, { lastSuccessAt, staleToldAt: before(5) })).toEqual([]);
    expect(mends({}, { lastSuccessAt, staleToldAt: before(25 * 60) })).toEqual(["tell-stale"]);
  });

  it("that never had a success counts from its beginning", () => {
    expect(mends({}, { lastSuccessAt: undefined })).toEqual(["tell-stale"]);
    expect(mends({ createdAt: before(60) }, { lastSuccessAt: undefined })).toEqual([]);
  });

  it("that a person paused, or that an app writes, is never stale; a suspended one is", () => {
    const old = { lastSuccessAt: undefined, wheel: undefined };
    expect(mends({ state: "paused" }, old)).toEqual([]);
    expect(mends({ source: { kind: "push" } }, old)).toEqual([]);
    expect(mends({ state: "suspended" }, old)).toEqual(["tell-stale"]);
  });

  it("is mended of all that it has", () => {
    expect(mends({}, { ...ended(15), wheel: undefined, lastSuccessAt: before(3000) })).toEqual([
      "finish-commit",
      "enter-wheel",
      "tell-stale",
    ]);
  });

  it("is stale for the reason that it became so, then for that of its last turn, then for having had none", () => {
    const outcome = { status: "failed", at: AT, code: "source-dns" } as const;
    const { checkpoint } = loaded({}, { outcome });
    expect(staleReasonCode({ ...checkpoint, staleCode: "source-gone" })).toBe("source-gone");
    expect(staleReasonCode(checkpoint)).toBe("source-dns");
    expect(staleReasonCode({ ...checkpoint, outcome: undefined })).toBe("calendar-stale");
  });

  it("had its last success when it says so, else at its beginning", () => {
    const { calendar, checkpoint } = loaded();
    expect(successOf(calendar, checkpoint)).toBe(before(60));
    expect(successOf(calendar, { ...checkpoint, lastSuccessAt: undefined })).toBe(calendar.createdAt);
  });
});

describe("a feed", () => {
  const policy = { class: "guard", people: "drop", alarms: "drop" } as const;
  const draft = { name: "Team", ownerId: "default", members: [{ calendarId: "c", mask: "full" as const }], policy };
  const { feed, members } = newFeed(draft, "f", before(600));
  const imported = { calendarVersion: 3, snapshotKey: "snapshots/c/3", outcome: { status: "imported" as const, at: before(20) } };
  const build: Build = {
    version: 1,
    feedId: "f",
    revision: 4,
    renderer: RENDERER_VERSION,
    definition: definitionOf(feed, members, new Date(AT)),
    members: { c: 3 },
  };

  function isOld(
    fields: Partial<Build>,
    checkpoint: Partial<Checkpoint> = {},
    { of = members, calendars = ["c"] }: { readonly of?: readonly Member[]; readonly calendars?: readonly string[] } = {},
  ): boolean {
    const found = calendars.map((calendarId) => [calendarId, loaded({}, { calendarId, ...imported, ...checkpoint })] as const);
    return isFeedOld({ feed, members: of, build: { ...build, ...fields } }, new Map(found), AT);
  }

  it("that shows its members' versions is current", () => {
    expect(isOld({})).toBe(false);
    expect(isOld({ members: { c: 4 } })).toBe(false);
  });

  it("that shows an older version is old once the import is no more under way", () => {
    expect(isOld({ members: { c: 2 } })).toBe(true);
    expect(isOld({ members: {} })).toBe(true);
    const underWay = { outcome: { status: "imported" as const, at: before(14) } };
    expect(isOld({ members: { c: 2 } }, underWay)).toBe(false);
    expect(isOld({ members: { c: 2 } }, { outcome: { status: "imported", at: before(15) } })).toBe(true);
    expect(isOld({ members: { c: 2 } }, { outcome: undefined })).toBe(true);
  });

  it("of another renderer, or another definition, is old", () => {
    expect(isOld({ renderer: RENDERER_VERSION - 1 })).toBe(true);
    expect(isOld({ definition: "other" })).toBe(true);
    expect(isOld({ definition: undefined })).toBe(true);
  });

  it("that shows a calendar which is no member any more, or is gone, is old", () => {
    expect(isOld({ members: { c: 3, d: 1 } })).toBe(true);
    expect(isOld({}, {}, { calendars: [] })).toBe(true);
  });

  it("whose members nobody has read yet waits, whatever its build says", () => {
    expect(isOld({ members: {}, renderer: 0 }, { snapshotKey: undefined })).toBe(false);
    expect(isOld({ members: {} }, {}, { of: [], calendars: [] })).toBe(false);
  });
});

describe("a task that was put off", () => {
  it("is lost when nothing was heard of it for three hours after its time", () => {
    const waiting = { version: 1, taskId: "t", calendarId: "c", ownerId: "o", reason: "sync-now", bookings: 1 } as const;
    expect(isBookingLost({ ...waiting, dueAt: before(179) }, AT)).toBe(false);
    expect(isBookingLost({ ...waiting, dueAt: before(180) }, AT)).toBe(true);
  });
});

describe("a replay", () => {
  const letter: Letter = {
    version: 1,
    revision: 2,
    letterId: "import-c",
    kind: "import",
    fingerprint: "import|source-dns|-",
    code: "source-dns",
    reason: "no address",
    queue: "import",
    attempts: 5,
    messageIds: ["m"],
    count: 1,
    firstAt: before(9000),
    lastAt: before(9000),
    state: "replaying",
    history: [],
  };
  const day = 24 * 60;
  const sent = (minutesAgo: number): Partial<Letter> => ({ replay: { taskId: "t", at: before(minutesAgo) } });

  it("that was sent a day ago and ended nowhere is unanswered", () => {
    expect(isUnanswered({ ...letter, ...sent(day - 1) }, AT)).toBe(false);
    expect(isUnanswered({ ...letter, ...sent(day) }, AT)).toBe(true);
  });

  it("counts from the newest mark where it does not say when it was sent, and from the letter where there is none", () => {
    const marked = (minutesAgo: number): Letter["history"][number] => ({
      at: before(minutesAgo),
      state: "replaying",
      who: "operator",
      why: "again",
    });
    expect(isUnanswered({ ...letter, history: [marked(9000), marked(day - 1)] }, AT)).toBe(false);
    expect(isUnanswered({ ...letter, history: [marked(9000), marked(day)] }, AT)).toBe(true);
    expect(isUnanswered(letter, AT)).toBe(true);
  });

  it.each(["open", "acknowledged", "resolved", "discarded"] as const)("is none where the letter is %s", (state) => {
    expect(isUnanswered({ ...letter, ...sent(9000), state }, AT)).toBe(false);
  });
});
