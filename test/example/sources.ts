/** What the sources of the example's user say, and the agenda that a person would read from it: written down twice, by hand. */
import type { Shown } from "./app.ts";

const DAY_MS = 86_400_000;
/** Ahead, for events that are over stay when their source drops them. */
const FIRST = Math.floor(Date.now() / DAY_MS) + 28;

export type Lesson = {
  readonly uid: string;
  readonly lines: readonly string[];
  readonly shown: readonly Omit<Shown, "calendar">[];
};

/** Two weeks. */
export const WINDOW = { from: day(0), to: day(14) };

/** The n-th day, as JSON has it. */
export function day(n: number): string {
  return new Date((FIRST + n) * DAY_MS).toISOString().slice(0, 10);
}

/** In Seoul, which is nine hours ahead all year. */
export function lesson(uid: string, n: number, hour: number, summary: string): Lesson {
  const time = (at: number): string => `${basic(n)}T${String(at).padStart(2, "0")}0000`;
  const lines = [`DTSTART;TZID=Asia/Seoul:${time(hour)}`, `DTEND;TZID=Asia/Seoul:${time(hour + 1)}`, summaryLine(summary)];
  return { uid, lines, shown: [{ uid, summary, start: utc(n, hour), end: utc(n, hour + 1), allDay: false }] };
}

export function wholeDay(uid: string, n: number, summary: string): Lesson {
  const lines = [`DTSTART;VALUE=DATE:${basic(n)}`, `DTEND;VALUE=DATE:${basic(n + 1)}`, summaryLine(summary)];
  return { uid, lines, shown: [{ uid, summary, start: day(n), end: day(n + 1), allDay: true }] };
}

/** Each week at the same hour, ten times: two of them in the window. */
export function weekly(uid: string, n: number, hour: number, summary: string): Lesson {
  const [first] = lesson(uid, n, hour, summary).shown;
  const [second] = lesson(uid, n + 7, hour, summary).shown;
  const lines = [...lesson(uid, n, hour, summary).lines, "RRULE:FREQ=WEEKLY;COUNT=10"];
  return { uid, lines, shown: [first, second].filter((one) => one !== undefined) };
}

/** Beyond the window: in the calendar, not in the agenda. */
export function later(uid: string): Lesson {
  return { ...lesson(uid, 60, 10, "Later"), shown: [] };
}

export function icsOf(lessons: readonly Lesson[]): string {
  const events = lessons.flatMap(({ uid, lines }) => [
    "BEGIN:VEVENT",
    `UID:${uid}`,
    "DTSTAMP:20260101T000000Z",
    ...lines,
    "END:VEVENT",
  ]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", ...SEOUL, ...events, "END:VCALENDAR", ""].join("\r\n");
}

/** By start, as the app sorts. */
export function agendaOf(calendars: Readonly<Record<string, readonly Lesson[]>>): Shown[] {
  return Object.entries(calendars)
    .flatMap(([calendar, lessons]) => lessons.flatMap(({ shown }) => shown.map((one) => Object.assign({ calendar }, one))))
    .toSorted((one, other) => `${one.start} ${one.uid}`.localeCompare(`${other.start} ${other.uid}`));
}

const SEOUL = [
  "BEGIN:VTIMEZONE",
  "TZID:Asia/Seoul",
  "BEGIN:STANDARD",
  "DTSTART:19881009T030000",
  "TZOFFSETFROM:+1000",
  "TZOFFSETTO:+0900",
  "END:STANDARD",
  "END:VTIMEZONE",
];

function basic(n: number): string {
  return day(n).replaceAll("-", "");
}

function utc(n: number, hour: number): string {
  return new Date((FIRST + n) * DAY_MS + (hour - 9) * 3_600_000).toISOString();
}

function summaryLine(summary: string): string {
  return `SUMMARY:${summary.replaceAll(/[\\;,]/gu, (character) => `\\${character}`)}`;
}
