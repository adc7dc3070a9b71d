/** One calendar through import and export, and its feed through both again. */
import type { Feed } from "../../lib/contract/feed.ts";
import type { Snapshot, SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { buildFeed } from "../../lib/core/build-feed.ts";
import { diffEvents } from "../../lib/core/diff.ts";
import { readEvents, scanFeed } from "../../lib/core/read-feed.ts";
import type { FeedRead } from "../../lib/core/read-feed.ts";

const NOW = "2026-11-01T00:00:00Z";
const POLICY = { pastEvents: "keep", refreshHint: "follow" } as const;

export type RoundTrip = {
  readonly ics: string;
  /** What is wrong with the way back; undefined where import(export(x)) = x. */
  readonly fault: string | undefined;
};

/** Undefined where the import refuses the body. */
export function roundTrip(body: Uint8Array): RoundTrip | undefined {
  const read = importBody(body);
  if (read === undefined) return undefined;
  const first = snapshotOf(read);
  const ics = exportOf(first, "first");
  return { ics, fault: faultOf(first, ics) };
}

function faultOf(first: Snapshot, ics: string): string | undefined {
  if (exportOf({ ...first, events: first.events.toReversed() }, "first") !== ics) return "two exports differ";
  const read = importBody(new TextEncoder().encode(ics));
  if (read === undefined) return "the import refuses the export";
  const second = snapshotOf(read);
  const events = difference(first.events.flatMap(factsOf).toSorted(), second.events.flatMap(factsOf).toSorted());
  if (events !== undefined) return `other events: ${events}`;
  const lines = difference(withoutPath(ics), withoutPath(exportOf(second, "second")));
  return lines === undefined ? undefined : `other lines: ${lines}`;
}

function importBody(body: Uint8Array): FeedRead | undefined {
  const scan = scanFeed(body, undefined, "corpus");
  if (scan.kind === "refused") return undefined;
  const read = readEvents(scan, []);
  return read.kind === "refused" ? undefined : read;
}

function snapshotOf({ events: read, endsAt, properties, timezones }: FeedRead): Snapshot {
  const { events } = diffEvents({ previous: [], read, source: "url", policy: POLICY, now: NOW, churns: 0, endsAt });
  return {
    version: 1,
    calendarId: "corpus",
    calendarVersion: 1,
    engine: 1,
    takenAt: NOW,
    contentHash: "",
    properties,
    timezones: [...timezones],
    eventCount: events.length,
    skipped: [],
    events: [...events],
  };
}

function exportOf(snapshot: Snapshot, feedId: string): string {
  const feed: Feed = {
    version: 1,
    feedId,
    ownerId: "default",
    name: "Corpus",
    policy: { class: "as-is", people: "keep", alarms: "keep" },
    state: "active",
    createdAt: NOW,
  };
  const members = [{ calendarId: snapshot.calendarId, mask: "full" as const, snapshot }];
  return buildFeed({ feed, members, refreshMinutes: 60 }).ics;
}

/** Written anew by an export, in the type and zone of the series; the outside library tells whether they are the same times. */
const TIMES = /^(?:DTSTART|DTEND|RECURRENCE-ID|RRULE|EXRULE|RDATE|EXDATE|X-CALFERRY-[A-Z]+)[;:]/u;

/** All that an event says but its times, each line with its UID. */
function factsOf({ uid, sequence, lastModified, text }: SnapshotEvent): string[] {
  const lines = text.split("\n").filter((line) => !TIMES.test(line));
  return [`${uid} ${sequence} ${lastModified}`, ...lines.map((line) => `${uid} ${line}`)];
}

/** The path names the feeds passed, so it is longer the second time; nothing else may be. */
function withoutPath(ics: string): string[] {
  return ics
    .replaceAll("\r\n ", "")
    .split("\r\n")
    .filter((line) => !line.startsWith("X-CALFERRY-PATH"));
}

/** The first line in which two lists differ. */
function difference(wanted: readonly string[], got: readonly string[]): string | undefined {
  const length = Math.max(wanted.length, got.length);
  const at = Array.from({ length }, (_, index) => index).find((index) => wanted[index] !== got[index]);
  return at === undefined ? undefined : `${got[at] ?? "nothing"}, wanted ${wanted[at] ?? "nothing"}`;
}
