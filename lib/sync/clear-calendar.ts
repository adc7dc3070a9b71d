/** Take every event out of a push calendar as one version. A url calendar is never emptied: what it has is its last good copy. */
import { editedContent } from "../core/edited-content.ts";
import type { Conditions } from "../core/event-tag.ts";
import type { ChangeCounts } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import { writePush } from "./write-push.ts";
import type { PresentPush, PushContent, PushPorts } from "./write-push.ts";

/** Throws `source-kind-wrong` for a url calendar, `calendar-unknown`, `precondition-failed`, `write-contended`. */
export async function clearCalendar(
  request: { readonly calendarId: string; readonly conditions: Conditions },
  ports: PushPorts,
  context: CreateContext,
): Promise<ChangeCounts> {
  const { counts } = await writePush(request, cleared, ports, context);
  return counts;
}

async function cleared({ calendar: { policy }, snapshot }: PresentPush, takenAt: string): Promise<PushContent | "same"> {
  const before = await snapshot();
  if (before === undefined) return "same";
  const nothing = { read: [], timezones: [], skipped: [] };
  const next = editedContent(
    nothing,
    { snapshot: { ...before, skipped: [] }, skippedCount: 0, policy, edited: new Set() },
    takenAt,
  );
  return next === undefined ? "same" : { ...next, bodyHash: undefined };
}
