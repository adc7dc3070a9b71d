/** The stored revision of one event: what an import may move of it, so that equal events export equal bytes. */
import type { SnapshotEvent } from "../contract/snapshot.ts";
import type { ReadEvent } from "./read-feed.ts";

const SECOND_MS = 1000;
/** A source's clock may be fast; a LAST-MODIFIED further ahead is no clock's and would outlast all real ones. */
const FAST_CLOCK_MS = 86_400_000;
/** RFC 5545 3.3.8: INTEGER ends at 2147483647; subscribers read SEQUENCE into 32 bits. */
const SEQUENCE_LIMIT = 2_147_483_647;

/** First revision: the source's own SEQUENCE and LAST-MODIFIED, where the latter is a time that has been. */
export function createRevision(read: ReadEvent, uid: string, now: string): SnapshotEvent {
  const nowMs = wholeSecond(now);
  const sourceMs = stampMs(read.lastModified);
  const isPlausible = sourceMs > Number.NEGATIVE_INFINITY && sourceMs <= nowMs;
  return revision(read, uid, { sequence: Math.min(read.sequence, SEQUENCE_LIMIT), modifiedMs: isPlausible ? sourceMs : nowMs });
}

/** Next revision of an event whose meaning changed: SEQUENCE and LAST-MODIFIED both go up, and never below the source's. */
export function nextRevision(stored: SnapshotEvent, read: ReadEvent, now: string): SnapshotEvent {
  const nowMs = wholeSecond(now);
  const sourceMs = stampMs(read.lastModified);
  return revision(read, stored.uid, {
    sequence: Math.min(Math.max(read.sequence, stored.sequence + 1), SEQUENCE_LIMIT),
    modifiedMs: Math.max(nowMs, stampMs(stored.lastModified) + SECOND_MS, sourceMs <= nowMs + FAST_CLOCK_MS ? sourceMs : nowMs),
  });
}

/** The same revision found again: nothing that an export shows moves; what finds it next time does. */
export function sameRevision(stored: SnapshotEvent, read: ReadEvent): SnapshotEvent {
  return {
    ...identity(read, stored.uid),
    sequence: stored.sequence,
    lastModified: stored.lastModified,
    ...zoneMark(read),
    text: stored.text,
  };
}

function revision(
  read: ReadEvent,
  uid: string,
  moved: { readonly sequence: number; readonly modifiedMs: number },
): SnapshotEvent {
  return {
    ...identity(read, uid),
    sequence: moved.sequence,
    lastModified: stampOf(moved.modifiedMs),
    ...zoneMark(read),
    text: read.uid === uid ? read.text : withUid(read.text, uid),
  };
}

type Identity = Pick<SnapshotEvent, "uid" | "sourceUid" | "recurrenceId" | "block" | "meaning">;

function identity(read: ReadEvent, uid: string): Identity {
  return {
    uid,
    sourceUid: read.sourceUid,
    ...(read.recurrenceId === undefined ? {} : { recurrenceId: read.recurrenceId }),
    block: read.block,
    meaning: read.meaning,
  };
}

function zoneMark(read: ReadEvent): Pick<SnapshotEvent, "zoneUnknown"> {
  return read.zoneUnknown === true ? { zoneUnknown: true } : {};
}

/** Only the event's own UID is ours to write; RFC 9074 gives alarms one too. */
function withUid(text: string, uid: string): string {
  let depth = 0;
  const lines = text.split("\n").map((line) => {
    if (line.startsWith("BEGIN:")) depth += 1;
    if (line.startsWith("END:")) depth -= 1;
    return depth === 1 && /^UID[:;]/u.test(line) ? `UID:${uid}` : line;
  });
  return lines.join("\n");
}

/** Milliseconds of a UTC stamp `20260506T010000Z`; before all times where it is absent or no time of the calendar. */
function stampMs(stamp: string | undefined): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(stamp ?? "");
  if (parts === null) return Number.NEGATIVE_INFINITY;
  const [, year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse carries 31 April over into May.
  return Number.isNaN(ms) || stampOf(ms) !== stamp ? Number.NEGATIVE_INFINITY : ms;
}

function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
}

function wholeSecond(instant: string): number {
  return Math.floor(Date.parse(instant) / SECOND_MS) * SECOND_MS;
}
