/** Put and delete many events of a push calendar in their order: whole or not at all, as one version. */
import type { EventBatch, EventOperation } from "../contract/event-input.ts";
import type { EventEdit } from "../core/edit-events.ts";
import type { Conditions } from "../core/event-tag.ts";
import { refuseBatch } from "../core/refuse-edit.ts";
import type { CreateContext } from "./create-calendar.ts";
import { editPush } from "./edit-push.ts";
import type { EditedPush } from "./edit-push.ts";
import type { PushPorts } from "./write-push.ts";

export type BatchRequest = {
  readonly calendarId: string;
  readonly batch: EventBatch;
  /** About the calendar's version. */
  readonly conditions: Conditions;
};

/** Throws `batch-refused`, which names each operation that cannot be done, and what every write of a push calendar does. */
export async function applyBatch(
  { calendarId, batch, conditions }: BatchRequest,
  ports: PushPorts,
  context: CreateContext,
): Promise<EditedPush> {
  return await editPush({ calendarId, edits: batch.operations.map(editOf), conditions }, refuseBatch, ports, context);
}

function editOf(operation: EventOperation): EventEdit {
  if (operation.op === "delete") {
    const { uid, recurrenceId, ifMatch } = operation;
    return { kind: "delete", uid, recurrenceId, conditions: { ifMatch } };
  }
  const { ifMatch, ifNoneMatch } = operation;
  const conditions = { ifMatch, ifNoneMatch };
  if ("event" in operation) {
    const { event } = operation;
    return { kind: "put", uid: event.uid, body: { kind: "json", event }, conditions };
  }
  const bytes = new TextEncoder().encode(operation.ics);
  return { kind: "put", uid: operation.uid, body: { kind: "ics", bytes, contentType: undefined }, conditions };
}
