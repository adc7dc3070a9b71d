/** Put and delete single events of a push calendar, as one version: whole or not at all. */
import type { EventChange } from "../contract/change.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { editedContent } from "../core/edited-content.ts";
import { editEvents } from "../core/edit-events.ts";
import type { EditRefusal, EventEdit } from "../core/edit-events.ts";
import type { Conditions } from "../core/event-tag.ts";
import { eventTag } from "../core/event-tag.ts";
import type { Refusal } from "../core/failure.ts";
import { engineKeyOf } from "../core/read-feed.ts";
import type { ChangeCounts } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import { writePush } from "./write-push.ts";
import type { DecidePush, PresentPush, PushPorts } from "./write-push.ts";

export type EditPushRequest = {
  readonly calendarId: string;
  readonly edits: readonly EventEdit[];
  /** About the calendar's version. */
  readonly conditions: Conditions;
};

export type EditOutcome = {
  readonly uid: string;
  readonly outcome: "created" | "updated" | "deleted" | "unchanged";
  /** Of the event as it stands after all edits; absent where it is gone. */
  readonly etag?: string;
};
export type EditedPush = { readonly counts: ChangeCounts; readonly etag: string; readonly outcomes: readonly EditOutcome[] };

/** Throws what `refuse` makes of the problems, and what every write of a push calendar does; then nothing changed. */
export async function editPush(
  { calendarId, edits, conditions }: EditPushRequest,
  refuse: Refuse,
  ports: PushPorts,
  context: CreateContext,
): Promise<EditedPush> {
  const written = await writePush({ calendarId, conditions }, decideEdits(edits, refuse), ports, context);
  const { counts, etag, changes, content, present } = written;
  const events = content?.events ?? (await present.snapshot())?.events ?? [];
  return { counts, etag, outcomes: outcomesOf(edits, changes, events) };
}

/** What the edits would come to; nothing is written. Throws as they would. */
export async function previewEdits(
  edits: readonly EventEdit[],
  refuse: Refuse,
  present: PresentPush,
  at: string,
): Promise<readonly EditOutcome[]> {
  const content = await decideEdits(edits, refuse)(present, at);
  if (content !== "same") return outcomesOf(edits, content.changes, content.events);
  return outcomesOf(edits, [], (await present.snapshot())?.events ?? []);
}

type Refuse = (refusal: EditRefusal) => Refusal;

function decideEdits(edits: readonly EventEdit[], refuse: Refuse): DecidePush {
  const edited = new Set(edits.map(({ uid }) => uid));
  return async ({ calendar, checkpoint, snapshot: read }, takenAt) => {
    const snapshot = await read();
    const { policy } = calendar;
    const after = editEvents(edits, snapshot ?? { events: [], timezones: [] }, engineKeyOf(policy));
    if ("problems" in after) throw refuse(after);
    const next = editedContent(after, { snapshot, skippedCount: checkpoint.skippedCount, policy, edited }, takenAt);
    return next === undefined ? "same" : { ...next, bodyHash: undefined };
  };
}

function outcomesOf(
  edits: readonly EventEdit[],
  changes: readonly EventChange[],
  events: readonly SnapshotEvent[],
): readonly EditOutcome[] {
  const changed = Map.groupBy(changes, ({ uid }) => uid);
  const standing = Map.groupBy(events, ({ uid }) => uid);
  return edits.map(({ uid }) => {
    const [own, group] = [changed.get(uid) ?? [], standing.get(uid) ?? []];
    const etag = eventTag(group);
    if (etag === undefined) return { uid, outcome: "deleted" };
    if (own.length === 0) return { uid, outcome: "unchanged", etag };
    const isNew = own.length === group.length && own.every(({ kind }) => kind === "created");
    return { uid, outcome: isNew ? "created" : "updated", etag };
  });
}
