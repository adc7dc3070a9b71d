import { expect, test } from "vitest";

import { memberLabel, statusLines } from "../../lib/core/feed-status.ts";
import { build, member, stored } from "./sample-feed.ts";

const stale = { code: "source-dns", since: "2026-11-01T09:00:00.000Z" };

test("each source has a line: its last change, why it is stale, or that it has no events", () => {
  const lines = statusLines([
    { label: "Team", shown: ["20260102T000000Z", "20261231T235959Z", "20260506T010000Z"] },
    { label: "Holidays", shown: ["20260102T000000Z"], stale },
    { label: "Empty", shown: [] },
  ]);
  expect(lines).toEqual([
    "Team: last changed 2026-12-31",
    "Holidays: not updated since 2026-11-01 (source-dns)",
    "Empty: no events",
  ]);
});

test("of more than twenty sources the healthy ones share a line", () => {
  const many = Array.from({ length: 20 }, (_, index) => ({ label: `C${index}`, shown: ["20260102T000000Z"] }));
  expect(statusLines(many)).toHaveLength(20);
  expect(statusLines([...many, { label: "Late", shown: [], stale }])).toEqual([
    "Late: not updated since 2026-11-01 (source-dns)",
    "20 calendars: last changed 2026-01-02",
  ]);
  const allStale = Array.from({ length: 21 }, (_, index) => ({ label: `C${index}`, shown: [], stale }));
  expect(statusLines(allStale)).toHaveLength(21);
});

test("a member that shows only busy times does not show what it is called", () => {
  expect(memberLabel("Oncology", "busy", 2)).toBe("calendar 3");
  expect(memberLabel("Team", "titles", 2)).toBe("Team");
  expect(memberLabel("Team", "full", 0)).toBe("Team");
});

test("an event that the feed does not show says nothing of its last change", () => {
  const open = stored("UID:open", "DTSTART:20260105T100000Z");
  const secret = { ...stored("UID:secret", "DTSTART:20260105T100000Z", "CLASS:CONFIDENTIAL"), lastModified: "20261111T000000Z" };
  const status = { label: "Team" };
  expect(build([{ ...member("cal1", [open, secret]), status }]).ics).toContain("DESCRIPTION:Team: last changed 2026-01-01\r\n");
});
