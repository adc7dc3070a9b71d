/** Replace the whole content of a push calendar by an ICS; the app's word is final. */
import { diffEvents } from "../core/diff.ts";
import type { Conditions } from "../core/event-tag.ts";
import { Refusal } from "../core/failure.ts";
import { engineKeyOf, readEvents, scanFeed } from "../core/read-feed.ts";
import type { FeedRead, FeedRefusal, FeedScan } from "../core/read-feed.ts";
import type { ChangeCounts } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import { writePush } from "./write-push.ts";
import type { PresentPush, PushContent, PushPorts } from "./write-push.ts";

export type PutEventsPorts = PushPorts;
export type PutRequest = {
  readonly calendarId: string;
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
  /** `all` lets a body remove more than half of what is there. */
  readonly replace: "guarded" | "all";
  /** About the calendar's version. */
  readonly conditions?: Conditions;
};

/** Throws `calendar-unknown`, `source-kind-wrong`, `body-invalid`, `removal-refused` and what a write does; then nothing changed. */
export async function putEvents(request: PutRequest, ports: PutEventsPorts, context: CreateContext): Promise<ChangeCounts> {
  const { calendarId, conditions = {} } = request;
  const decide = async (present: PresentPush, takenAt: string): Promise<PushContent | "same"> =>
    await replaced(request, present, takenAt);
  const { counts } = await writePush({ calendarId, conditions }, decide, ports, context);
  return counts;
}

async function replaced(
  { bytes, contentType, replace }: PutRequest,
  { calendar: { policy }, checkpoint, snapshot }: PresentPush,
  now: string,
): Promise<PushContent | "same"> {
  const scan = accepted(scanFeed(bytes, contentType, engineKeyOf(policy)));
  const { contentHash } = scan;
  if (contentHash === checkpoint.contentHash) return "same";
  const previous = (await snapshot())?.events ?? [];
  const read = accepted(readEvents(scan, previous));
  const diff = diffEvents({ previous, read: read.events, source: "push", policy, now, churns: 0, endsAt: read.endsAt });
  if (replace === "guarded" && diff.removedCount * 2 > diff.previousCount) {
    const what = `this body would remove ${diff.removedCount} of ${diff.previousCount} events, wanted at most half`;
    throw new Refusal("removal-refused", what, "send it with ?replace=all if that is meant");
  }
  const { events, changes } = diff;
  return { read, contentHash, bodyHash: contentHash, skippedCount: read.skipped.length, events, changes };
}

function accepted<Read extends FeedScan | FeedRead>(read: Read | FeedRefusal): Read {
  if (read.kind !== "refused") return read;
  throw new Refusal("body-invalid", read.reason, "send one whole iCalendar (BEGIN:VCALENDAR to END:VCALENDAR)");
}
