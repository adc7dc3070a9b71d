/** Put one event of a push calendar: the master and its overrides, as JSON or as an iCalendar. */
import type { EventBody } from "../core/edit-events.ts";
import type { Conditions } from "../core/event-tag.ts";
import { refuseEdit } from "../core/refuse-edit.ts";
import type { CreateContext } from "./create-calendar.ts";
import { editPush } from "./edit-push.ts";
import type { EditedPush } from "./edit-push.ts";
import type { PushPorts } from "./write-push.ts";

export type PutEventRequest = {
  readonly calendarId: string;
  readonly uid: string;
  readonly body: EventBody;
  /** About the event. */
  readonly conditions: Conditions;
};

/** Throws `event-invalid`, `precondition-failed`, `calendar-unknown`, `source-kind-wrong`, `calendar-full`, `write-contended`. */
export async function putEvent(
  { calendarId, ...put }: PutEventRequest,
  ports: PushPorts,
  context: CreateContext,
): Promise<EditedPush> {
  const request = { calendarId, edits: [{ kind: "put" as const, ...put }], conditions: {} };
  return await editPush(request, refuseEdit, ports, context);
}
