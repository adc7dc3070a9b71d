/** Calendars written line by line, as tests read best. */
import { readBlocks } from "../../lib/ics/blocks.ts";
import type { Blocks } from "../../lib/ics/blocks.ts";

export function calendarOf(...lines: readonly string[]): string {
  return ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR", ""].join("\r\n");
}

export function eventOf(...lines: readonly string[]): string {
  return ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\r\n");
}

export function bytesOf(body: string): Uint8Array {
  return new TextEncoder().encode(body);
}

/** Blocks of a body that is a calendar. */
export function blocksOf(body: string): Blocks {
  const blocks = readBlocks(body);
  if (typeof blocks === "string") throw new Error(blocks);
  return blocks;
}

/** Central European rules under any name, as Outlook writes them. */
export function outlookZone(tzid: string): string {
  return [
    "BEGIN:VTIMEZONE",
    `TZID:${tzid}`,
    "BEGIN:STANDARD",
    "DTSTART:16010101T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
  ].join("\r\n");
}
