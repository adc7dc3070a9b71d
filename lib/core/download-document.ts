/** What a download is made of, whatever its subject: zones and events as texts, and the lines around them. */
import type { Calendar } from "../contract/calendar.ts";
import type { Feed } from "../contract/feed.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { buildFeed } from "./build-feed.ts";
import { feedMark } from "./feed-path.ts";

export type DocumentEvent = { readonly uid: string; readonly text: string };
export type DownloadDocument = {
  /** Lines of the calendar itself, BEGIN:VCALENDAR first, unfolded; empty where no ICS is made of it. */
  readonly head: readonly string[];
  /** X-WR-TIMEZONE: the zone of floating times and dates. */
  readonly timeZone: string | undefined;
  readonly timezones: readonly { readonly text: string }[];
  /** In order of UID and RECURRENCE-ID. */
  readonly events: readonly DocumentEvent[];
};

/** How the whole of a calendar is shown to its owner. */
const WHOLE = { class: "as-is", people: "keep", alarms: "keep", pastDays: "all" } as const satisfies Feed["policy"];
const PATH_NAME = "X-CALFERRY-PATH";
const PATH_LINE = /^X-CALFERRY-PATH[;:].*\n/gmu;
/** A file has no interval; a day says to whoever imports it that it need not be asked for. */
const REFRESH_MINUTES = 1440;

/** For rows: the events as they are stored. */
export function documentOfSnapshot(snapshot: Snapshot): DownloadDocument {
  const events = snapshot.events.toSorted((a, b) => compare(a.uid, b.uid) || compare(a.recurrenceId ?? "", b.recurrenceId ?? ""));
  return {
    head: [],
    timeZone: snapshot.properties.timeZone,
    timezones: snapshot.timezones.map(({ text }) => ({ text })),
    events: events.map(({ uid, text }) => ({ uid, text })),
  };
}

/** The ICS of a whole calendar, stamped and with its zones as a feed's is. */
export function icsOfCalendar(calendar: Calendar, snapshot: Snapshot | undefined): string {
  const { calendarId, ownerId, name, createdAt } = calendar;
  const feed: Feed = { version: 1, feedId: calendarId, ownerId, name, policy: WHOLE, state: "active", createdAt };
  const members = snapshot === undefined ? [] : [{ calendarId, mask: "full" as const, snapshot: withoutPaths(snapshot) }];
  const { ics } = buildFeed({ feed, members, refreshMinutes: REFRESH_MINUTES });
  return ics.replaceAll(`${PATH_NAME}:${feedMark(calendarId)}\r\n`, "");
}

/** A file is no feed: what came a long way stays in it, and nothing says that it passed here. */
function withoutPaths(snapshot: Snapshot): Snapshot {
  const events = snapshot.events.map((event) =>
    event.text.includes(PATH_NAME) ? Object.assign({}, event, { text: event.text.replaceAll(PATH_LINE, "") }) : event,
  );
  return { ...snapshot, events };
}

/** Reads an ICS that Calferry itself wrote: what subscribers of a feed see, masks and all. */
export function documentOfIcs(ics: string): DownloadDocument {
  const head: string[] = [];
  const timezones: { text: string }[] = [];
  const events: DocumentEvent[] = [];
  let open: string[] = [];
  let name = "";
  for (const line of ics.replaceAll("\r\n ", "").split("\r\n")) {
    if (name === "" && line.startsWith("BEGIN:") && line !== "BEGIN:VCALENDAR") name = line.slice("BEGIN:".length);
    if (name !== "") open.push(line);
    else if (line !== "" && line !== "END:VCALENDAR") head.push(line);
    if (name === "" || line !== `END:${name}`) continue;
    const text = open.join("\n");
    if (name === "VEVENT") events.push({ uid: valueOf(open, "UID") ?? "", text });
    else timezones.push({ text });
    [open, name] = [[], ""];
  }
  return { head, timeZone: valueOf(head, "X-WR-TIMEZONE"), timezones, events };
}

/** The very property of the component: its line stands before those of components within. */
function valueOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
