/** However a download is cut, its parts join to the same bytes. */
import { createHash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Download, DownloadFormat } from "../../lib/contract/download.ts";
import { DownloadFormat as Formats } from "../../lib/contract/download.ts";
import { documentOfIcs, documentOfSnapshot, icsOfCalendar } from "../../lib/core/download-document.ts";
import type { DownloadDocument } from "../../lib/core/download-document.ts";
import { joinParts, makePart } from "../../lib/core/download-parts.ts";
import { planDownload } from "../../lib/core/download-plan.ts";
import type { PartSize } from "../../lib/core/download-plan.ts";
import { newDownload } from "../../lib/core/downloads.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import { snapshotOf } from "../sync/download-calendar.ts";
import { DownloadStage } from "../sync/memory-downloads.ts";

const WINDOW = { from: "2026-01-31T15:00:00.000Z", to: "2026-04-30T15:00:00.000Z" };
const ZONE = "Asia/Seoul";
const WHOLE: PartSize = { rows: Number.MAX_SAFE_INTEGER, characters: Number.MAX_SAFE_INTEGER };

function downloadOf(format: DownloadFormat): Download {
  const subject = { kind: "calendar", id: "cal1" } as const;
  const wish = {
    ownerId: "ann",
    subject,
    subjectVersion: "1",
    name: "팀",
    format,
    columns: undefined,
    zone: ZONE,
    window: WINDOW,
  };
  return newDownload(wish, "d1", "2026-02-01T00:00:00.000Z");
}

function documentOf(format: DownloadFormat, events: readonly (readonly string[])[]): DownloadDocument {
  const snapshot = snapshotOf(events, { timeZone: "Europe/Berlin" });
  return format === "ics"
    ? documentOfIcs(icsOfCalendar(new DownloadStage().calendar().calendar, snapshot))
    : documentOfSnapshot(snapshot);
}

/** Parts made in this order. */
async function build(
  format: DownloadFormat,
  document: DownloadDocument,
  size: PartSize,
  order: readonly number[] = [],
): Promise<{ parts: number; hash: string }> {
  const download = downloadOf(format);
  const plan = planDownload(download, document, size);
  if ("code" in plan) throw new Error(plan.reason);
  const made = new Map<number, Uint8Array>();
  const all = plan.sources.map((source, index) => ({ source, index }));
  for (const { source, index } of all.toSorted((a, b) => (order[a.index] ?? 0) - (order[b.index] ?? 0))) {
    const part = makePart(download, structuredClone(source), sheetWriter);
    if ("code" in part) throw new Error(part.reason);
    made.set(index, Buffer.from(part.text));
  }
  const parts = all.map(({ index }) => made.get(index) ?? new Uint8Array());
  const file = await joinParts(download, plan.frame, parts, sheetWriter);
  return { parts: parts.length, hash: createHash("sha256").update(file).digest("hex") };
}

const clock = fc.record({
  day: fc.integer({ min: 1, max: 28 }),
  month: fc.integer({ min: 1, max: 6 }),
  hour: fc.integer({ min: 0, max: 23 }),
});
const stamp = clock.map(({ day, month, hour }) => `2026${two(month)}${two(day)}T${two(hour)}0000`);
const start = fc.oneof(
  stamp.map((text) => `DTSTART;TZID=Europe/Berlin:${text}`),
  stamp.map((text) => `DTSTART:${text}Z`),
  stamp.map((text) => `DTSTART:${text}`),
  stamp.map((text) => `DTSTART;VALUE=DATE:${text.slice(0, 8)}`),
);
const rule = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,FR;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=DAILY;COUNT=9",
    "FREQ=DAILY;UNTIL=20260310T000000Z",
  ),
);
const event = fc.tuple(start, rule, fc.string({ unit: "binary", maxLength: 12 }));
const calendar = fc
  .array(event, { maxLength: 12 })
  .map((events) =>
    events.map(([dtstart, rrule, text], index) => [
      `UID:u${index}`,
      dtstart,
      ...(rrule === undefined ? [] : [`RRULE:${rrule}`]),
      `SUMMARY:${text.toWellFormed().replaceAll(/[\p{C}\p{Z}\\]/gu, " ")}`,
    ]),
  );

function two(number: number): string {
  return String(number).padStart(2, "0");
}

describe.each(Formats.options)("a download as %s", (format) => {
  test("any split joins to the same bytes as one part, in whatever order the parts are made", async () => {
    let most = 0;
    await fc.assert(
      fc.asyncProperty(calendar, fc.integer({ min: 1, max: 60 }), fc.array(fc.integer()), async (events, size, order) => {
        const document = documentOf(format, events);
        const whole = await build(format, document, WHOLE);
        const split = await build(format, document, { rows: size, characters: size * 20 }, order);
        most = Math.max(most, split.parts);
        expect(whole.parts).toBe(1);
        expect(split.hash).toBe(whole.hash);
      }),
      { numRuns: format === "xlsx" ? 25 : 60 },
    );
    expect(most).toBeGreaterThan(3);
  });
});
