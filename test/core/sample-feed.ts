/** Small snapshots and feeds for the tests of the export. */
import type { ExportPolicy, Feed, Mask } from "../../lib/contract/feed.ts";
import type { Snapshot, SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { buildFeed } from "../../lib/core/build-feed.ts";
import type { BuiltFeed, FeedInput, FeedMember } from "../../lib/core/build-feed.ts";
import { propertyOf, readComponent } from "../../lib/ics/component.ts";
import { readMoment, writeMoment } from "../../lib/ics/moment.ts";

/** A VEVENT of these lines as a snapshot has it; the identity is read from UID and RECURRENCE-ID. */
export function stored(...lines: readonly string[]): SnapshotEvent {
  const text = ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n");
  const event = readComponent(text);
  const uid = propertyOf(event, "UID")?.value ?? "";
  const line = propertyOf(event, "RECURRENCE-ID");
  const moment = line === undefined ? undefined : readMoment(line, line.value);
  const revision = { block: "", meaning: "", sequence: 0, lastModified: "20260101T000000Z" };
  return { ...revision, uid, sourceUid: uid, recurrenceId: moment && writeMoment(moment), text };
}

export function timezone(tzid: string, ...lines: readonly string[]): Snapshot["timezones"][number] {
  return { tzid, text: ["BEGIN:VTIMEZONE", `TZID:${tzid}`, ...lines, "END:VTIMEZONE"].join("\n") };
}

export function snapshot(events: readonly SnapshotEvent[], extra: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 1,
    calendarId: "cal1",
    calendarVersion: 1,
    engine: 1,
    takenAt: "2026-01-01T00:00:00Z",
    contentHash: "",
    properties: {},
    timezones: [],
    eventCount: events.length,
    skipped: [],
    events: [...events],
    ...extra,
  };
}

export function member(
  calendarId: string,
  events: readonly SnapshotEvent[],
  mask: Mask = "full",
  extra: Partial<Snapshot> = {},
): FeedMember {
  return { calendarId, mask, snapshot: snapshot(events, extra) };
}

export function build(
  members: readonly FeedMember[],
  policy: Partial<ExportPolicy> = {},
  extra: Partial<FeedInput> = {},
): BuiltFeed {
  return buildFeed({ feed: feed(policy), members, refreshMinutes: 60, ...extra });
}

export function feed(policy: Partial<ExportPolicy> = {}, feedId = "feed1"): Feed {
  return {
    version: 1,
    feedId,
    ownerId: "default",
    name: "Team",
    policy: { class: "guard", people: "drop", alarms: "drop", ...policy },
    state: "active",
    createdAt: "2026-01-01T00:00:00Z",
  };
}

/** Unfolded lines of the feed between its head and its end. */
export function bodyOf({ ics }: BuiltFeed): string[] {
  const lines = ics.replaceAll("\r\n ", "").split("\r\n");
  return lines.slice(
    lines.findIndex((line) => line.startsWith("BEGIN:V") && line !== "BEGIN:VCALENDAR"),
    -2,
  );
}

/** The lines that start with one of these names. */
export function linesOf(built: BuiltFeed, ...names: readonly string[]): string[] {
  return bodyOf(built).filter((line) => names.some((name) => line.startsWith(`${name}:`) || line.startsWith(`${name};`)));
}
