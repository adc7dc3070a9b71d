/** Pages of what a calendar's changes were: the same messages that the topic sent, by version, no page too large for an answer. */
import type { Calendar } from "../contract/calendar.ts";
import type { ChangeMessage, ChangeSet } from "../contract/change.ts";
import type { ImportFinished } from "../contract/life.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { wholeMessages } from "./change-messages.ts";
import { Refusal } from "./failure.ts";
import { importFinished } from "./life-messages.ts";

export type ListedMessage = ChangeMessage | ImportFinished;

/** Where a page begins: at a message of a version's changes, or of one snapshot told as created events. */
export type Place =
  | { readonly kind: "changes"; readonly version: number; readonly index: number }
  | { readonly kind: "snapshot"; readonly name: string; readonly index: number };

export type Page = { readonly items: ListedMessage[]; bytes: number; readonly limit: number };

/** A Lambda answers at most 6 MB, in which each quote and line break of an event is escaped twice; one event has at most 1 MiB. */
const PAGE_BYTES = 3_000_000;
const CURSOR = /^(?:c\.(?<version>\d{1,9})|s\.(?<name>\d{9}-[A-Za-z0-9_-]{22}))\.(?<index>\d{1,9})$/u;

/** The parts of one set, then the import that made it: who has all of them has the version. */
export function messagesOf(
  set: Pick<ChangeSet, "calendarId" | "calendarVersion" | "previousVersion" | "at" | "runId" | "changes">,
  calendar: Calendar,
): ListedMessage[] {
  const parts = wholeMessages(set, calendar);
  return [...parts, importFinished(set, parts.length, calendar)];
}

/** A snapshot as the set that leads from nothing to it. */
export function wholeSet({ calendarId, calendarVersion, takenAt, events }: Snapshot): Parameters<typeof messagesOf>[0] {
  const changes = events.map(({ uid, recurrenceId, sequence, text }) => ({
    kind: "created" as const,
    uid,
    ...(recurrenceId === undefined ? {} : { recurrenceId }),
    sequence,
    text,
  }));
  return { calendarId, calendarVersion, previousVersion: 0, at: takenAt, changes };
}

/** Adds what fits and gives the index of the first message that does not; a page is never empty. */
export function fill(page: Page, messages: readonly ListedMessage[], from: number): number {
  for (let index = from; index < messages.length; index += 1) {
    const message = messages[index];
    if (message === undefined) break;
    const bytes = Buffer.byteLength(JSON.stringify(message));
    const isFull = page.items.length >= page.limit || page.bytes + bytes > PAGE_BYTES;
    if (isFull && page.items.length > 0) return index;
    page.items.push(message);
    page.bytes += bytes;
  }
  return messages.length;
}

export function writePlace(place: Place): string {
  const text = place.kind === "changes" ? `c.${place.version}` : `s.${place.name}`;
  return Buffer.from(`${text}.${place.index}`).toString("base64url");
}

/** Throws `query-invalid` for a cursor that no page gave. */
export function readPlace(cursor: string): Place {
  const { version, name, index } = CURSOR.exec(Buffer.from(cursor, "base64url").toString())?.groups ?? {};
  if (name !== undefined) return { kind: "snapshot", name, index: Number(index) };
  if (version !== undefined) return { kind: "changes", version: Number(version), index: Number(index) };
  const what = `the cursor has ${cursor.length} characters that no page gave, wanted the one of the page before`;
  throw new Refusal("query-invalid", what, "ask again with from alone, without a cursor");
}
