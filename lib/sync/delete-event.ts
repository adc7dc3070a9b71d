/** Delete one event of a push calendar with its overrides, or one override: its occurrence is then as the series says. */
import type { Conditions } from "../core/event-tag.ts";
import { refuseEdit } from "../core/refuse-edit.ts";
import type { CreateContext } from "./create-calendar.ts";
import { editPush } from "./edit-push.ts";
import type { EditedPush } from "./edit-push.ts";
import type { PushPorts } from "./write-push.ts";

export type DeleteEventRequest = {
  readonly calendarId: string;
  readonly uid: string;
  /** Of the override, as the calendar has it; undefined for the whole event. */
  readonly recurrenceId: string | undefined;
  /** About the event. */
  readonly conditions: Conditions;
};

/** Throws `event-unknown`, `precondition-failed`, `calendar-unknown`, `source-kind-wrong`, `write-contended`. */
export async function deleteEvent(
  { calendarId, ...deletion }: DeleteEventRequest,
  ports: PushPorts,
  context: CreateContext,
): Promise<EditedPush> {
  const request = { calendarId, edits: [{ kind: "delete" as const, ...deletion }], conditions: {} };
  return await editPush(request, refuseEdit, ports, context);
}
