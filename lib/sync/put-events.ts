/** Replace the whole content of a push calendar by an ICS; the app's word is final. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import { diffEvents } from "../core/diff.ts";
import { Refusal } from "../core/failure.ts";
import { engineKeyOf, readEvents, scanFeed } from "../core/read-feed.ts";
import type { FeedRead, FeedRefusal, FeedScan } from "../core/read-feed.ts";
import type { ChangeCounts } from "../core/runs.ts";
import { newSnapshot } from "../core/snapshots.ts";
import type { CreateContext } from "./create-calendar.ts";
import { finishCommit } from "./finish-commit.ts";
import type { FinishPorts, PendingBook } from "./finish-commit.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import type { UrgentQueue } from "./replay-letter.ts";
import { loadForChange, sendFollowUp } from "./settled-calendar.ts";
import { countsOf, storeVersion } from "./store-version.ts";
import type { VersionObjects } from "./store-version.ts";

export type PutEventsPorts = FinishPorts & {
  readonly calendars: PendingBook & Pick<CalendarBook, "load" | "save">;
  readonly objects: VersionObjects;
  readonly urgent: UrgentQueue;
};
export type PutRequest = {
  readonly calendarId: string;
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
  /** `all` lets a body remove more than half of what is there. */
  readonly replace: "guarded" | "all";
};

const TRIES = 4;

/** Throws `calendar-unknown`, `source-kind-wrong`, `body-invalid`, `removal-refused`; then nothing changed. */
export async function putEvents(request: PutRequest, ports: PutEventsPorts, context: CreateContext): Promise<ChangeCounts> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadPush(request.calendarId, ports);
    const counts = await replaceOnce(request, loaded, ports, context);
    if (counts !== "lost") return counts;
  }
  const what = `calendar ${request.calendarId} was written by others ${TRIES} times in a row, wanted one undisturbed write`;
  throw new Refusal("internal-error", what, "send it again");
}

async function loadPush(calendarId: string, ports: PutEventsPorts): Promise<LoadedCalendar> {
  const loaded = await loadForChange(calendarId, ports);
  if (loaded.calendar.source.kind !== "push") {
    const what = `calendar ${calendarId} is imported from a url, wanted a push calendar`;
    throw new Refusal("source-kind-wrong", what, "create a push calendar for events of your own");
  }
  return loaded;
}

async function replaceOnce(
  request: PutRequest,
  { calendar, checkpoint }: LoadedCalendar,
  ports: PutEventsPorts,
  context: CreateContext,
): Promise<ChangeCounts | "lost"> {
  const scan = accepted(scanFeed(request.bytes, request.contentType, engineKeyOf(calendar.policy)));
  if (scan.contentHash === checkpoint.contentHash) return countsOf([], checkpoint.skippedCount, checkpoint.calendarVersion);
  const previous = checkpoint.snapshotKey === undefined ? [] : (await ports.objects.getSnapshot(checkpoint.snapshotKey)).events;
  const read = accepted(readEvents(scan, previous));
  const takenAt = context.now().toISOString();
  const { policy } = calendar;
  const diff = diffEvents({ previous, read: read.events, source: "push", policy, now: takenAt, churns: 0, endsAt: read.endsAt });
  if (request.replace === "guarded" && diff.removedCount * 2 > diff.previousCount) {
    const what = `this body would remove ${diff.removedCount} of ${diff.previousCount} events, wanted at most half`;
    throw new Refusal("removal-refused", what, "send it with ?replace=all if that is meant");
  }
  const version = checkpoint.calendarVersion + 1;
  const previousKey = checkpoint.snapshotKey;
  const snapshot = newSnapshot({ calendar, version, scan, read, takenAt, events: diff.events, previousKey });
  const made = { changes: diff.changes, previousVersion: checkpoint.calendarVersion, runId: undefined };
  const stored = await storeVersion(snapshot, made, ports.objects);
  // The version alone decides whose write is the later one: clocks of two machines may differ, and two writes share a millisecond.
  const writtenAt = instantAfter(checkpoint.fetchedAt, takenAt);
  const committed: Checkpoint = {
    ...checkpoint,
    ...stored.patch,
    contentHash: scan.contentHash,
    skippedCount: read.skipped.length,
    fetchedAt: writtenAt,
    lastSuccessAt: takenAt,
    outcome: { status: "imported", at: takenAt },
  };
  await sendFollowUp(calendar.calendarId, takenAt, ports.urgent, context);
  const expected = { calendarVersion: checkpoint.calendarVersion, turn: undefined, fetchBegan: writtenAt };
  if ((await ports.calendars.save(committed, expected)) === "lost") return "lost";
  if (committed.pending !== undefined) await finishCommit(ports, calendar, committed.pending);
  return stored.counts;
}

/** The instant `at`, or a millisecond after the one before where that is not later. */
function instantAfter(before: string | undefined, at: string): string {
  return before === undefined || before < at ? at : new Date(Date.parse(before) + 1).toISOString();
}

function accepted<Read extends FeedScan | FeedRead>(read: Read | FeedRefusal): Read {
  if (read.kind !== "refused") return read;
  throw new Refusal("body-invalid", read.reason, "send one whole iCalendar (BEGIN:VCALENDAR to END:VCALENDAR)");
}
