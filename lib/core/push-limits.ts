/** How large a push calendar may become: each write reads and stores the whole of it. */
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { Refusal } from "./failure.ts";

const EVENTS_LIMIT = 20_000;
const CHARACTERS_LIMIT = 10_000_000;

/** Throws `calendar-full`. */
export function requireRoom(events: readonly Pick<SnapshotEvent, "text">[]): void {
  const characters = events.reduce((sum, { text }) => sum + text.length, 0);
  if (events.length > EVENTS_LIMIT) throw full(`${events.length} events`, `at most ${EVENTS_LIMIT}`);
  if (characters > CHARACTERS_LIMIT) throw full(`${characters} characters of events`, `at most ${CHARACTERS_LIMIT}`);
}

function full(seen: string, wanted: string): Refusal {
  const what = `the calendar would have ${seen}, wanted ${wanted}`;
  return new Refusal("calendar-full", what, "delete events or spread them over several calendars", { details: { seen, wanted } });
}
