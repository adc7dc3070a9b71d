/** The one way into a push calendar: load, decide, store, commit; whoever loses to another writer decides again on what that one left. */
import type { Calendar } from "../contract/calendar.ts";
import type { EventChange } from "../contract/change.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Snapshot, SnapshotEvent } from "../contract/snapshot.ts";
import { calendarTag, requireMet } from "../core/event-tag.ts";
import type { Conditions } from "../core/event-tag.ts";
import { Refusal } from "../core/failure.ts";
import { requireRoom } from "../core/push-limits.ts";
import type { ChangeCounts } from "../core/runs.ts";
import { newSnapshot } from "../core/snapshots.ts";
import type { SnapshotParts } from "../core/snapshots.ts";
import type { BodyObjects } from "./accept-body.ts";
import type { CreateContext } from "./create-calendar.ts";
import { finishCommit } from "./finish-commit.ts";
import type { FinishPorts, PendingBook } from "./finish-commit.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import type { UrgentQueue } from "./replay-letter.ts";
import { loadForChange, sendFollowUp } from "./settled-calendar.ts";
import { countsOf, storeVersion } from "./store-version.ts";
import type { VersionObjects } from "./store-version.ts";

export type PushPorts = FinishPorts & {
  readonly calendars: PendingBook & Pick<CalendarBook, "load" | "save" | "putRun">;
  readonly objects: VersionObjects & Pick<BodyObjects, "prune">;
  readonly urgent: UrgentQueue;
};

/** What stands before the write. */
export type PresentPush = {
  readonly calendar: Calendar;
  readonly checkpoint: Checkpoint;
  /** Read when it is first asked for; undefined before the first write. */
  readonly snapshot: () => Promise<Snapshot | undefined>;
};

/** What the calendar says after it. */
export type PushContent = {
  readonly read: SnapshotParts["read"];
  readonly contentHash: string;
  /** A body of this very hash changes nothing; undefined where no body gave the content. */
  readonly bodyHash: string | undefined;
  readonly skippedCount: number;
  readonly events: readonly SnapshotEvent[];
  readonly changes: readonly EventChange[];
};

/** `same`: nothing is written, no version comes of it. Throws what it refuses. */
export type DecidePush = (present: PresentPush, takenAt: string) => Promise<PushContent | "same">;

export type WrittenPush = {
  readonly counts: ChangeCounts;
  readonly changes: readonly EventChange[];
  /** Tag of the calendar as it stands now. */
  readonly etag: string;
  readonly present: PresentPush;
  readonly content: PushContent | undefined;
};

/** Each try that is lost is another writer's version. */
const TRIES = 20;

/** Throws `calendar-unknown`, `source-kind-wrong`, `precondition-failed`, `calendar-full`, `write-contended`; then nothing changed. */
export async function writePush(
  { calendarId, conditions }: { readonly calendarId: string; readonly conditions: Conditions },
  decide: DecidePush,
  ports: PushPorts,
  context: CreateContext,
): Promise<WrittenPush> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const present = await loadPush(calendarId, ports, context.now().toISOString());
    requireMet(conditions, tagFor(conditions, present.checkpoint), `calendar ${calendarId}`);
    const takenAt = context.now().toISOString();
    const content = await decide(present, takenAt);
    const written = content === "same" ? untouched(present) : await commit(present, content, takenAt, ports, context);
    if (written !== "lost") return written;
  }
  const what = `calendar ${calendarId} was written by others ${TRIES} times in a row, wanted one undisturbed write`;
  throw new Refusal("write-contended", what, "send it again");
}

/** A calendar that nobody wrote to yet exists for If-Match, with version 0, and not for If-None-Match. */
function tagFor({ ifMatch }: Conditions, { calendarVersion }: Checkpoint): string | undefined {
  return calendarVersion === 0 && ifMatch === undefined ? undefined : calendarTag(calendarVersion);
}

async function loadPush(calendarId: string, ports: PushPorts, at: string): Promise<PresentPush> {
  return presentOf(await loadForChange(calendarId, ports, at), ports.objects);
}

/** Throws `source-kind-wrong`. */
export function presentOf(
  { calendar, checkpoint }: Pick<LoadedCalendar, "calendar" | "checkpoint">,
  objects: Pick<VersionObjects, "getSnapshot">,
): PresentPush {
  if (calendar.source.kind !== "push") {
    const what = `calendar ${calendar.calendarId} is imported from a url, wanted a push calendar`;
    throw new Refusal("source-kind-wrong", what, "create a push calendar for events of your own");
  }
  const { snapshotKey } = checkpoint;
  let read: Promise<Snapshot> | undefined;
  const snapshot = async (): Promise<Snapshot | undefined> =>
    snapshotKey === undefined ? undefined : await (read ??= objects.getSnapshot(snapshotKey));
  return { calendar, checkpoint, snapshot };
}

function untouched(present: PresentPush): WrittenPush {
  const { skippedCount, calendarVersion } = present.checkpoint;
  const counts = countsOf([], skippedCount, calendarVersion);
  return { counts, changes: [], etag: calendarTag(calendarVersion), present, content: undefined };
}

async function commit(
  present: PresentPush,
  content: PushContent,
  takenAt: string,
  ports: PushPorts,
  context: CreateContext,
): Promise<WrittenPush | "lost"> {
  const { calendar, checkpoint } = present;
  const { events, changes, read, contentHash } = content;
  requireRoom(events);
  const version = checkpoint.calendarVersion + 1;
  const parts = { calendar, version, scan: { contentHash }, read, takenAt, events, previousKey: checkpoint.snapshotKey };
  const made = { changes, previousVersion: checkpoint.calendarVersion, run: undefined };
  const stored = await storeVersion(newSnapshot(parts), made, ports.objects);
  // The version alone decides whose write is the later one: clocks of two machines may differ, and two writes share a millisecond.
  const writtenAt = instantAfter(checkpoint.fetchedAt, takenAt);
  const committed: Checkpoint = {
    ...checkpoint,
    ...stored.patch,
    contentHash: content.bodyHash,
    skippedCount: content.skippedCount,
    fetchedAt: writtenAt,
    lastSuccessAt: takenAt,
    outcome: { status: "imported", at: takenAt },
  };
  await sendFollowUp(calendar.calendarId, takenAt, ports.urgent, context);
  const expected = { calendarVersion: checkpoint.calendarVersion, turn: undefined, fetchBegan: writtenAt };
  if ((await ports.calendars.save(committed, expected)) === "lost") return "lost";
  await finishCommit(ports, calendar, stored.patch.pending);
  await ports.objects.prune(calendar.calendarId, version, context.now());
  return { counts: { ...stored.counts, skipped: content.skippedCount }, changes, etag: calendarTag(version), present, content };
}

/** The instant `at`, or a millisecond after the one before where that is not later. */
function instantAfter(before: string | undefined, at: string): string {
  return before === undefined || before < at ? at : new Date(Date.parse(before) + 1).toISOString();
}
