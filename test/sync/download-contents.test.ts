import { describe, expect, test } from "vitest";

import { buildFeed } from "../../lib/core/build-feed.ts";
import { showDownload } from "../../lib/sync/fetch-download.ts";
import { daily, snapshotOf } from "./download-calendar.ts";
import { MAY, refusalOf, request, stageOf } from "./download-requests.ts";
import { DownloadStage } from "./memory-downloads.ts";

test("a calendar too large for one ICS is refused before anything is built of it", async () => {
  const stage = stageOf(
    Array.from({ length: 25 }, (_, index) => [...daily(`u${index}`, 1), `DESCRIPTION:${"x".repeat(1_000_000)}`]),
  );
  const { download } = await request(stage, { ...MAY, format: "ics" });
  await stage.work();
  const view = await showDownload(download.downloadId, stage.book, stage.now());
  expect(view).toMatchObject({ state: "failed", code: "download-too-large", next: "ask for a shorter window, or for csv" });
});

describe("what is in a download", () => {
  test("moved and renamed occurrences show their own words, excluded ones are not there", async () => {
    const stage = stageOf([
      [...daily("a", 365), "EXDATE;TZID=Asia/Seoul:20260502T090000"],
      ["UID:a", "RECURRENCE-ID;TZID=Asia/Seoul:20260503T090000", "DTSTART;TZID=Asia/Seoul:20260503T140000", "SUMMARY:옮김"],
      ["UID:b", "DTSTART;VALUE=DATE:20260504", "DTEND;VALUE=DATE:20260506", "SUMMARY:연휴"],
    ]);
    const { download } = await request(stage, {
      ...MAY,
      to: "2026-05-05",
      columns: ["start", "end", "allDay", "title", "location"],
    });
    await stage.work();
    expect(stage.objects.file(download.downloadId).toString().split("\r\n")).toEqual([
      "\u{feff}start,end,allDay,title,location",
      '2026-05-01 09:00,2026-05-01 10:00,FALSE,회의 a,"서울, 강남"',
      "2026-05-03 14:00,2026-05-03 14:00,FALSE,옮김,",
      "2026-05-04,2026-05-05,TRUE,연휴,",
      '2026-05-04 09:00,2026-05-04 10:00,FALSE,회의 a,"서울, 강남"',
      "",
    ]);
    expect(stage.objects.dispositions.get(`downloads/${download.downloadId}/file.csv`)).toContain("filename*=UTF-8''%ED%8C%80");
  });

  test("a calendar that moved on before it was planned: the file and the record say which version is in it", async () => {
    const stage = stageOf();
    const { download } = await request(stage, { ...MAY, format: "json" });
    stage.snapshot = { ...snapshotOf([daily("b", 365)]), calendarVersion: 2 };
    await stage.work();
    expect(JSON.parse(stage.objects.file(download.downloadId).toString())).toMatchObject({ subjectVersion: "2" });
    expect((await showDownload(download.downloadId, stage.book, stage.now())).subjectVersion).toBe("2");
    expect((await request(stage, { ...MAY, format: "json" })).shared).toBe(false);
  });

  test("JSON has instants with their offset, days as days, ends exclusive", async () => {
    const stage = stageOf([daily("a", 365), ["UID:b", "DTSTART;VALUE=DATE:20260501", "SUMMARY:Day"]]);
    const { download } = await request(stage, {
      ...MAY,
      format: "json",
      to: "2026-05-02",
      columns: ["start", "end", "title", "uid"],
    });
    await stage.work();
    const read: unknown = JSON.parse(stage.objects.file(download.downloadId).toString());
    expect(read).toMatchObject({
      subject: { kind: "calendar", id: "cal1" },
      zone: "Asia/Seoul",
      occurrences: [
        { start: "2026-05-01", end: "2026-05-02", title: "Day", uid: "b" },
        { start: "2026-05-01T09:00:00+09:00", end: "2026-05-01T10:00:00+09:00", title: "회의 a", uid: "a" },
      ],
    });
  });

  test("an ICS of a calendar has whole components, its people and the zones that it uses", async () => {
    const stage = stageOf([
      [...daily("a", 365), "ATTENDEE:mailto:x@example.org", "X-CALFERRY-PATH:0123456789ab", "CLASS:PRIVATE"],
      ["UID:old", "DTSTART:20200101T000000Z", "SUMMARY:Old"],
    ]);
    const { download } = await request(stage, { ...MAY, format: "ics" });
    await stage.work();
    const ics = stage.objects.file(download.downloadId).toString();
    expect(ics).toContain("TZID:Asia/Seoul");
    expect(ics).toContain("RRULE:FREQ=DAILY;COUNT=365");
    expect(ics).toContain("ATTENDEE:mailto:x@example.org");
    expect(ics).not.toContain("SUMMARY:Old");
    expect(ics.endsWith("END:VEVENT\r\nEND:VCALENDAR\r\n")).toBe(true);
    expect(ics).not.toContain("X-CALFERRY-PATH");
  });

  test("a feed shows what its subscribers see, masks and all", async () => {
    const stage = stageOf();
    const snapshot = snapshotOf([[...daily("secret@example.org", 365)]]);
    const policy = { class: "guard", people: "drop", alarms: "drop" } as const;
    const feed = {
      version: 1,
      feedId: "feed1",
      ownerId: "ann",
      name: "All",
      policy,
      state: "active",
      createdAt: "2026-01-01T00:00:00.000Z",
    } as const;
    stage.feedIcs = buildFeed({ feed, members: [{ calendarId: "cal1", mask: "busy", snapshot }], refreshMinutes: 60 }).ics;
    const { download } = await request(stage, { ...MAY, calendarId: undefined, feedId: "feed1", to: "2026-05-03" });
    await stage.work();
    const lines = stage.objects.file(download.downloadId).toString().split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^2026-05-01 09:00,2026-05-01 10:00,FALSE,Busy,,/u);
    expect(lines.join("\n")).not.toMatch(/회의|서울|secret/u);
    expect(download.ownerId).toBe("ann");
  });

  test("a feed that was never built is refused, a calendar that was never imported is an empty file", async () => {
    const stage = new DownloadStage();
    expect(await refusalOf(async () => await request(stage, { ...MAY, calendarId: undefined, feedId: "feed1" }))).toBe(
      "feed-unbuilt",
    );
    expect(await refusalOf(async () => await request(stage, { ...MAY, calendarId: "nobody" }))).toBe("calendar-unknown");
    const { download } = await request(stage);
    await stage.work();
    expect(stage.objects.file(download.downloadId).toString()).toMatch(/^\u{feff}start,.*\r\n$/u);
  });
});
