import { describe, expect, test } from "vitest";

import type { Download } from "../../lib/contract/download.ts";
import { DownloadRequest } from "../../lib/contract/download.ts";
import { dispositionOf, fileNameOf } from "../../lib/core/download-name.ts";
import { groupEvents, sliceWindow } from "../../lib/core/download-slices.ts";
import { resolveWindow } from "../../lib/core/download-window.ts";
import { downloadView, isShareable, newDownload, stateOf } from "../../lib/core/downloads.ts";
import { Refusal } from "../../lib/core/failure.ts";

const NOW = new Date("2026-05-06T16:00:00.000Z");

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return "none";
}

describe("the window of a download", () => {
  test("days are midnights of its zone", () => {
    expect(resolveWindow({ zone: "Asia/Seoul", from: "2026-05-01", to: "2026-06-01" }, NOW)).toEqual({
      from: "2026-04-30T15:00:00.000Z",
      to: "2026-05-31T15:00:00.000Z",
    });
  });

  test("days ahead are counted from today in its zone, which may be tomorrow in UTC", () => {
    expect(resolveWindow({ zone: "Asia/Seoul", days: 7 }, NOW)).toEqual({
      from: "2026-05-06T15:00:00.000Z",
      to: "2026-05-13T15:00:00.000Z",
    });
  });

  test("a day has 23 hours where the clocks are put forward in it", () => {
    const window = resolveWindow({ zone: "Europe/Berlin", from: "2026-03-29", to: "2026-03-30" }, NOW);
    expect(window).toEqual({ from: "2026-03-28T23:00:00.000Z", to: "2026-03-29T22:00:00.000Z" });
  });

  test("instants stay what they are", () => {
    const window = resolveWindow({ zone: "UTC", from: "2026-05-01T09:00:00+09:00", to: "2026-05-01T01:00:00Z" }, NOW);
    expect(window).toEqual({ from: "2026-05-01T00:00:00.000Z", to: "2026-05-01T01:00:00.000Z" });
  });

  test.each([
    ["window-invalid", { zone: "Mars/Olympus", from: "2026-05-01", to: "2026-06-01" }],
    ["window-invalid", { zone: "UTC", from: "2026-04-31", to: "2026-06-01" }],
    ["window-invalid", { zone: "UTC", from: "2026-06-01", to: "2026-06-01" }],
    ["window-too-long", { zone: "UTC", from: "2020-01-01", to: "2026-01-01" }],
  ])("%s", (code, asked) => {
    expect(codeOf(() => resolveWindow(asked, NOW))).toBe(code);
  });
});

describe("a request for a download", () => {
  test.each([
    [true, { calendarId: "c", format: "csv", from: "2026-05-01", to: "2026-06-01" }],
    [true, { feedId: "f", format: "xlsx", days: 7 }],
    [true, { calendarId: "c", format: "ics" }],
    [false, { calendarId: "c", format: "csv" }],
    [false, { calendarId: "c", feedId: "f", format: "ics" }],
    [false, { format: "ics" }],
    [false, { calendarId: "c", format: "csv", from: "2026-05-01" }],
    [false, { calendarId: "c", format: "csv", from: "2026-05-01", to: "2026-06-01", days: 7 }],
    [false, { calendarId: "c", format: "csv", days: 7, columns: ["title", "title"] }],
    [false, { calendarId: "c", format: "pdf", days: 7 }],
  ])("taken: %s, %j", (isTaken, body) => {
    expect(DownloadRequest.safeParse(body).success).toBe(isTaken);
  });
});

const WISH = {
  ownerId: "ann",
  subject: { kind: "calendar", id: "cal1" },
  subjectVersion: "3",
  name: "팀 회의",
  format: "csv",
  columns: undefined,
  zone: "Asia/Seoul",
  window: { from: "2026-04-30T15:00:00.000Z", to: "2026-05-31T15:00:00.000Z" },
} as const;

describe("a download's file", () => {
  const download = newDownload(WISH, "d1", NOW.toISOString());

  test("is named after the calendar and its window, in any alphabet", () => {
    expect(fileNameOf(download)).toBe("팀 회의 2026-05-01 2026-06-01.csv");
    expect(dispositionOf(download)).toBe(
      `attachment; filename="_ __ 2026-05-01 2026-06-01.csv"; filename*=UTF-8''${encodeURIComponent("팀 회의 2026-05-01 2026-06-01.csv")}`,
    );
  });

  test.each([
    ["../../etc/passwd", "etc passwd"],
    ['a"; rm -rf / \r\n', "a rm -rf"],
    [".hidden", "hidden"],
    ["CON", "CON_"],
    ["\u{202e}evil", "evil"],
    ["///", "d1"],
    ["it's (new) 100%*", "it's (new) 100%"],
  ])("is safe where the calendar is called %j", (name, expected) => {
    const named = { ...download, name, from: undefined, to: undefined };
    expect(fileNameOf(named)).toBe(`${expected}.csv`);
    expect(dispositionOf(named)).toMatch(/^attachment; filename="[^"%\\\r\n]+"; filename\*=UTF-8''[\w%.~-]+$/u);
  });
});

describe("one download for equal requests", () => {
  const fingerprint = (change: object): string => newDownload({ ...WISH, ...change }, "x", NOW.toISOString()).fingerprint;

  test("the same owner, subject, version, window, zone, format and columns", () => {
    expect(fingerprint({ repeatId: "r" })).toBe(fingerprint({}));
    const others = [
      { ownerId: "bob" },
      { subjectVersion: "4" },
      { subject: { kind: "feed", id: "cal1" } },
      { window: { ...WISH.window, to: "2026-05-30T15:00:00.000Z" } },
      { zone: "UTC" },
      { format: "json" },
      { columns: ["title"] },
      { name: "renamed" },
    ];
    expect(new Set([{}, ...others].map(fingerprint)).size).toBe(others.length + 1);
  });

  test("is open, or ready and not about to expire", () => {
    const of = (change: Partial<Download>): boolean =>
      isShareable({ ...newDownload(WISH, "d", NOW.toISOString()), ...change }, NOW);
    expect(of({})).toBe(true);
    expect(of({ state: "running" })).toBe(true);
    expect(of({ state: "ready", keptUntil: "2026-05-06T18:00:00.000Z" })).toBe(true);
    expect(of({ state: "ready", keptUntil: "2026-05-06T16:30:00.000Z" })).toBe(false);
    expect(of({ state: "failed" })).toBe(false);
    expect(of({ state: "cancelled" })).toBe(false);
  });
});

describe("how far a download is", () => {
  const download = newDownload(WISH, "d1", NOW.toISOString());
  const part = (number: number): { version: 1; part: number; bytes: number; rows: number } => ({
    version: 1,
    part: number,
    bytes: 1,
    rows: 1,
  });

  test("counts stored parts, and says all only when the file is there", () => {
    expect(downloadView(download, [], NOW)).toMatchObject({ state: "queued", partsDone: 0, percent: 0 });
    const running: Download = { ...download, state: "running", parts: 4 };
    expect(downloadView(running, [part(1), part(3)], NOW)).toMatchObject({ partsDone: 2, parts: 4, percent: 49 });
    expect(downloadView(running, [1, 2, 3, 4].map(part), NOW).percent).toBe(99);
    const ready: Download = { ...running, state: "ready", keptUntil: "2026-05-13T16:00:00.000Z" };
    expect(downloadView(ready, [], NOW)).toMatchObject({ partsDone: 4, percent: 100, expiresAt: "2026-05-13T16:00:00.000Z" });
    expect(stateOf(ready, new Date("2026-05-13T16:00:00.000Z"))).toBe("expired");
  });

  test("a failed one says the next step, and no view shows keys", () => {
    const failed: Download = {
      ...download,
      state: "failed",
      code: "download-too-large",
      reason: "r",
      fileKey: "k",
      isUntold: true,
    };
    const view = downloadView(failed, [], NOW);
    expect(view.next).toContain("shorter window");
    expect(Object.keys(view)).not.toContain("fileKey");
    expect(Object.keys(view)).not.toContain("fingerprint");
  });
});

describe("slices of a window", () => {
  const DAY_MS = 86_400_000;
  const window = { fromMs: Date.parse("2026-01-01T00:00:00Z"), toMs: Date.parse("2027-01-01T00:00:00Z") };
  const event = (uid: string, ...lines: readonly string[]): { uid: string; text: string } => ({
    uid,
    text: ["BEGIN:VEVENT", `UID:${uid}`, ...lines, "END:VEVENT"].join("\n"),
  });

  test("cover the window without gap or overlap, in whole days, and follow where the events are", () => {
    const busy = Array.from({ length: 50 }, (_, index) => event(`b${index}`, "DTSTART:20260310T090000Z"));
    const groups = groupEvents([event("daily", "DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY"), ...busy]);
    const slices = sliceWindow(groups, window, 100);
    expect(slices[0]?.fromMs).toBe(window.fromMs);
    expect(slices.at(-1)?.toMs).toBe(window.toMs);
    for (const [index, slice] of slices.entries()) {
      expect((slice.toMs - slice.fromMs) % DAY_MS).toBe(0);
      expect(slices[index + 1]?.fromMs ?? slice.toMs).toBe(slice.toMs);
    }
    expect(slices).toHaveLength(5);
    expect(slices[0]?.toMs).toBeLessThanOrEqual(Date.parse("2026-03-11T00:00:00Z"));
  });

  test("an empty calendar is one slice", () => {
    expect(sliceWindow([], window, 10)).toEqual([window]);
  });
});
