/** What ann has, for examples of routes. Each thing's name holds a word that nobody else may ever see. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { letterOf } from "../aws/records.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import { heldCalendar } from "./held-calendar.ts";
import type { Memory } from "./memory-services.ts";

export const SECRET_OF_ANN = "SECRET_OF_ANN";

/** A url calendar's id. */
export async function calendarOfAnn({ services }: Memory, name = SECRET_OF_ANN): Promise<string> {
  const source = { kind: "url", url: "https://calendars.example/ann.ics" };
  const { calendar } = await createCalendar(CalendarDraft.parse({ name, ownerId: "ann", source }), services, services);
  return calendar.calendarId;
}

/** The id of a push calendar with four events. */
export async function pushOfAnn({ services }: Memory): Promise<string> {
  const draft = CalendarDraft.parse({ name: SECRET_OF_ANN, ownerId: "ann", source: { kind: "push" } });
  const { calendar } = await createCalendar(draft, services, services);
  const { calendarId } = calendar;
  const bytes = new TextEncoder().encode(icsOfAnn());
  await putEvents({ calendarId, bytes, contentType: "text/calendar", replace: "guarded" }, services, services);
  return calendarId;
}

export function icsOfAnn(count = 4): string {
  return calendarText(sampleEvents(count));
}

export async function holdOfAnn(memory: Memory): Promise<Hold> {
  return await heldCalendar(memory, { name: SECRET_OF_ANN, ownerId: "ann" });
}

/** A feed of one calendar. */
export async function feedOfAnn(memory: Memory): Promise<{ readonly feedId: string; readonly calendarId: string }> {
  const calendarId = await calendarOfAnn(memory);
  const draft = FeedDraft.parse({ name: SECRET_OF_ANN, ownerId: "ann", members: [{ calendarId }] });
  const { feed } = await createFeed(draft, memory.services, memory.services);
  return { feedId: feed.feedId, calendarId };
}

/** The id of an open letter of one of ann's calendars, whose task can be sent again. */
export async function letterOfAnn(memory: Memory): Promise<string> {
  const calendarId = await calendarOfAnn(memory);
  const task = { version: 1, kind: "import", taskId: `${calendarId}@9`, calendarId, turn: 9, startAt: "", reason: "tick" };
  const letter = letterOf(`import-${calendarId}`, {
    calendarId,
    ownerId: "ann",
    reason: SECRET_OF_ANN,
    body: JSON.stringify(task),
  });
  memory.letters.set(letter.letterId, letter);
  return letter.letterId;
}
