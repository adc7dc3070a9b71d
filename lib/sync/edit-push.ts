/** Put and delete single events of a push calendar, as one version: whole or not at all. */
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
import type { PresentPush, PushContent, PushPorts } from "./write-push.ts";

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
  refuse: (refusal: EditRefusal) => Refusal,
  ports: PushPorts,
  context: CreateContext,
): Promise<EditedPush> {
  const uids = new Set(edits.map(({ uid }) => uid));
  const decide = async ({ calendar, checkpoint, snapshot }: PresentPush, takenAt: string): Promise<PushContent | "same"> => {
    const before = await snapshot();
    const edited = editEvents(edits, before ?? { events: [], timezones: [] }, engineKeyOf(calendar.policy));
    if ("problems" in edited) throw refuse(edited);
    const { policy } = calendar;
    const next = editedContent(
      edited,
      { snapshot: before, skippedCount: checkpoint.skippedCount, policy, edited: uids },
      takenAt,
    );
    return next === undefined ? "same" : { ...next, bodyHash: undefined };
  };
  const { counts, etag, changes, content, present } = await writePush({ calendarId, conditions }, decide, ports, context);
  const events = content?.events ?? (await present.snapshot())?.events ?? [];
  const changed = Map.groupBy(changes, ({ uid }) => uid);
  const standing = Map.groupBy(events, ({ uid }) => uid);
  const outcomes = edits.map(({ uid }): EditOutcome => {
    const tag = eventTag(standing.get(uid) ?? []);
    const isNew =
      changed.get(uid)?.length === standing.get(uid)?.length && changed.get(uid)?.every(({ kind }) => kind === "created");
    const moved = isNew === true ? "created" : "updated";
    return {
      uid,
      outcome: tag === undefined ? "deleted" : changed.has(uid) ? moved : "unchanged",
      ...(tag === undefined ? {} : { etag: tag }),
    };
  });
  return { counts, etag, outcomes };
}
