/** What one complete body of a feed says: its content hash first, its events where that hash is new. */
import type { Calendar, ImportPolicy } from "../contract/calendar.ts";
import type { CalendarProperties, Skipped, SnapshotEvent, SnapshotTimezone } from "../contract/snapshot.ts";
import { hashBlock } from "../ics/block-hash.ts";
import type { HashIdentity } from "../ics/block-hash.ts";
import { readBlocks } from "../ics/blocks.ts";
import type { Block, Blocks } from "../ics/blocks.ts";
import { readCalendarProperties } from "../ics/calendar-properties.ts";
import { decodeBody } from "../ics/decode.ts";
import { digest } from "../ics/digest.ts";
import { clockOf } from "../ics/expand.ts";
import { lastEnd } from "../ics/last-end.ts";
import { readEventBlocks } from "./read-feed-events.ts";
import { readZoneBlocks } from "./read-feed-zones.ts";

/** Moves when the same body would be read otherwise than before: validators and hashes of another engine say nothing. */
export const ENGINE_VERSION = 1;
const KEY_CHARACTERS = 12;

/** One VEVENT as the source means it now; identity is (uid, recurrenceId). */
export type ReadEvent = {
  /** The source's UID, or a stable synthetic one where it has none. */
  readonly uid: string;
  /** The UID as the source wrote it; empty when it had none. */
  readonly sourceUid: string;
  /** As in SnapshotEvent: instant, date or floating time in basic form. */
  readonly recurrenceId?: string | undefined;
  /** Hash of the source's block and of all that it is read by (zones, engine): equal means nothing to parse. */
  readonly block: string;
  /** Hash of the meaning without UID, DTSTAMP, CREATED, LAST-MODIFIED and SEQUENCE. */
  readonly meaning: string;
  /** The source's SEQUENCE, 0 where it has none. */
  readonly sequence: number;
  /** The source's LAST-MODIFIED, `20260506T010000Z`. */
  readonly lastModified?: string | undefined;
  readonly zoneUnknown?: boolean | undefined;
  /** BEGIN:VEVENT to END:VEVENT in the normal form of SnapshotEvent.text; UID is `uid`. */
  readonly text: string;
};

/** A body that is a calendar, cut into blocks; nothing is parsed yet. */
export type FeedScan = {
  readonly kind: "scan";
  readonly contentHash: string;
  readonly blocks: Blocks;
  /** VEVENT blocks with what stands in ReadEvent.block. */
  readonly hashed: readonly { readonly block: Block; readonly hash: string }[];
};

/** A body that is no calendar, or one too damaged to be believed: no opinion, so nothing may be deleted by it. */
export type FeedRefusal = {
  readonly kind: "refused";
  readonly code: "not-icalendar" | "too-many-bad-components";
  readonly reason: string;
  readonly skipped: readonly Skipped[];
};

export type FeedRead = {
  readonly kind: "read";
  readonly properties: CalendarProperties;
  readonly timezones: readonly SnapshotTimezone[];
  readonly events: readonly ReadEvent[];
  readonly skipped: readonly Skipped[];
  /** UTC ISO instant at which the last occurrence of an event ends, by this feed's zones; undefined where none can be told. */
  readonly endsAt: (event: SnapshotEvent) => string | undefined;
};

/** What decides how a body is read; it is part of the content hash. */
export function engineKeyOf(policy: ImportPolicy): string {
  return `${ENGINE_VERSION}:${policy.pastEvents}`;
}

/**
 * What validators hold under: the same reading of what the same source answers to the same asker. A digest alone, for the address is a
 * secret; cut, so that a checkpoint stays small.
 */
export function validatorsKeyOf({ policy, source }: Pick<Calendar, "policy" | "source">): string {
  return `${engineKeyOf(policy)}:${sourceKeyOf({ policy, source })}`;
}

/** Whether validators with this key were given by the calendar's source, however they were read. */
export function isOfSource(validatorsKey: string, calendar: Pick<Calendar, "policy" | "source">): boolean {
  return validatorsKey.endsWith(`:${sourceKeyOf(calendar)}`);
}

/** Stands for the source and who asks it. */
export function sourceKeyOf({ policy, source }: Pick<Calendar, "policy" | "source">): string {
  return digest(JSON.stringify([source, policy.userAgent])).slice(0, KEY_CHARACTERS);
}

/** Calendar lines that say when, not what. */
const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|CREATED)[;:]/iu;

/**
 * Decodes, cuts and hashes a complete body. `identity` is "content" for a calendar whose source makes up new UIDs each time:
 * its hashes leave UIDs out.
 */
export function scanFeed(
  bytes: Uint8Array,
  contentType: string | undefined,
  engineKey: string,
  identity: HashIdentity = "uid",
): FeedScan | FeedRefusal {
  const blocks = readBlocks(decodeBody(bytes, charsetOf(contentType)));
  if (typeof blocks === "string") return { kind: "refused", code: "not-icalendar", reason: blocks, skipped: [] };
  return scanBlocks(blocks, engineKey, identity);
}

/** Hashes what was cut already. */
export function scanBlocks(blocks: Blocks, engineKey: string, identity: HashIdentity = "uid"): FeedScan {
  const zones = blocks.timezones.map((block) => hashBlock(block, "uid")).toSorted();
  const environment = digest([engineKey, identity, ...zones].join("\n"));
  const hashed = blocks.events.map((block) => ({ block, hash: digest(`${environment}${hashBlock(block, identity)}`) }));
  const broken = blocks.broken.map(({ block }) => hashBlock(block, identity));
  const own = blocks.properties.filter((line) => !STAMPS.test(line)).toSorted();
  const parts = [environment, ...own, ...hashed.map(({ hash }) => hash).toSorted(), ...broken.toSorted()];
  return { kind: "scan", contentHash: digest(parts.join("\n")), blocks, hashed };
}

/** `text/calendar; charset=ISO-8859-1` to its charset. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /charset\s*=\s*"?([^\s;"]+)/iu.exec(contentType ?? "")?.[1];
}

/** A feed loses more than it keeps: neither its events nor their absence are believed. */
const BAD_COMPONENTS = 20;

/** Reads what changed against the last good events. Blocks that stand unchanged in `previous` are not parsed. */
export function readEvents(scan: FeedScan, previous: readonly SnapshotEvent[]): FeedRead | FeedRefusal {
  const { zones, timezones, skipped: badZones } = readZoneBlocks(scan.blocks);
  const { events, skipped: badEvents, badCount } = readEventBlocks(scan, zones, previous);
  const skipped = [...badZones, ...badEvents].toSorted((a, b) => a.line - b.line);
  const eventCount = scan.hashed.length + scan.blocks.broken.filter(({ block }) => block.name === "VEVENT").length;
  if (badCount > BAD_COMPONENTS && badCount * 2 > eventCount) {
    const [first] = badEvents;
    const reason = `${badCount} of ${eventCount} events cannot be read, expected at most half; the first: line ${first?.line ?? 0}, ${first?.reason ?? ""}`;
    return { kind: "refused", code: "too-many-bad-components", reason, skipped };
  }
  const properties = readCalendarProperties(scan.blocks.properties, zones);
  const clock = clockOf(zones, properties.timeZone);
  return { kind: "read", properties, timezones, events, skipped, endsAt: ({ text }) => lastEnd(text, clock) };
}
