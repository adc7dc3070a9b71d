/** Puts and deletes of single events of a push calendar: what the calendar says after all of them, or why none is done. */
import type { EventInput } from "../contract/event-input.ts";
import type { RefusalCode } from "../contract/code.ts";
import type { Skipped, SnapshotEvent, SnapshotTimezone } from "../contract/snapshot.ts";
import { readBlocks } from "../ics/blocks.ts";
import type { Block, Blocks } from "../ics/blocks.ts";
import { decodeBody } from "../ics/decode.ts";
import { editZones, usesZone } from "./edit-zones.ts";
import type { EditedZones } from "./edit-zones.ts";
import { eventTag, unmet } from "./event-tag.ts";
import type { Conditions } from "./event-tag.ts";
import { eventText } from "./event-text.ts";
import type { EventFault } from "./event-text.ts";
import { charsetOf, readEvents, scanBlocks } from "./read-feed.ts";
import type { ReadEvent } from "./read-feed.ts";
import { shown } from "./refusals.ts";

/** What an app sent of one event: `event` in JSON, or an iCalendar with the master and its overrides. */
export type EventBody =
  | { readonly kind: "json"; readonly event: EventInput }
  | { readonly kind: "ics"; readonly bytes: Uint8Array; readonly contentType: string | undefined };

/** Conditions are about what stood before all the edits. */
export type EventEdit = { readonly uid: string; readonly conditions: Conditions } & (
  | { readonly kind: "put"; readonly body: EventBody }
  | { readonly kind: "delete"; readonly recurrenceId: string | undefined }
);

export type EditProblem = EventFault & { readonly code: RefusalCode; readonly etag?: string };

export type EditedCalendar = {
  /** Every event, read or as it was. */
  readonly read: readonly ReadEvent[];
  readonly timezones: readonly SnapshotTimezone[];
  /** Notes on what was put. */
  readonly skipped: readonly Skipped[];
};

export type EditRefusal = { readonly problems: readonly (EditProblem & { readonly index: number })[] };

type Present = { readonly events: readonly SnapshotEvent[]; readonly timezones: readonly SnapshotTimezone[] };

export function editEvents(edits: readonly EventEdit[], present: Present, engineKey: string): EditedCalendar | EditRefusal {
  const bodies = edits.map((edit) => (edit.kind === "put" ? cutBody(edit) : undefined));
  const zones = editZones(present.timezones, bodies.flatMap(zonesOf));
  const stored = Map.groupBy(present.events, ({ uid }) => uid);
  const groups = new Map<string, readonly ReadEvent[]>(stored);
  const skipped: Skipped[] = [];
  const problems: (EditProblem & { index: number })[] = [];
  for (const [index, edit] of edits.entries()) {
    const next = editGroup(
      edit,
      bodies[index],
      { before: stored.get(edit.uid) ?? [], now: groups.get(edit.uid) ?? [] },
      (blocks) => readWithin(blocks, zones, engineKey),
    );
    if ("code" in next) problems.push({ index, ...next });
    else {
      groups.set(edit.uid, next.events);
      skipped.push(...next.skipped);
    }
  }
  if (problems.length > 0) return { problems };
  return { ...readMoved([...groups.values()].flat(), new Set(edits.map(({ uid }) => uid)), zones, engineKey), skipped };
}

type Group = { readonly before: readonly SnapshotEvent[]; readonly now: readonly ReadEvent[] };
type Reading = ReturnType<typeof readWithin>;
type Next = { readonly events: readonly ReadEvent[]; readonly skipped: readonly Skipped[] };

function editGroup(
  edit: EventEdit,
  body: Blocks | EventFault | undefined,
  { before, now }: Group,
  read: (blocks: Blocks) => Reading,
): Next | EditProblem {
  const failed = unmet(edit.conditions, eventTag(before));
  if (failed !== undefined) {
    const detail = `event ${shown(edit.uid)} is not as the condition says: ${failed.seen}, wanted ${failed.wanted}`;
    return { code: "precondition-failed", detail, ...failed };
  }
  if (edit.kind === "delete") return remaining(edit.uid, edit.recurrenceId, now);
  if (body === undefined || "detail" in body) return { code: "event-invalid", ...(body ?? nothingSent()) };
  const reading = read(body);
  const fault = faultOf(edit, reading, body, now);
  return fault === undefined ? reading : { code: "event-invalid", ...fault };
}

function nothingSent(): EventFault {
  return { detail: "no event was sent, wanted one", seen: "nothing", wanted: "a VEVENT" };
}

function remaining(uid: string, recurrenceId: string | undefined, now: readonly ReadEvent[]): Next | EditProblem {
  const events = recurrenceId === undefined ? [] : now.filter((event) => event.recurrenceId !== recurrenceId);
  if (events.length < now.length) return { events, skipped: [] };
  const seen = recurrenceId === undefined ? shown(uid) : `${shown(uid)} at ${recurrenceId}`;
  const wanted =
    now.length === 0
      ? "the uid of an event of the calendar"
      : `an override: ${now.flatMap((event) => event.recurrenceId ?? []).join(", ") || "it has none"}`;
  return { code: "event-unknown", detail: `the calendar has no event ${seen}, wanted ${wanted}`, seen, wanted };
}

function cutBody({ body, uid }: Extract<EventEdit, { kind: "put" }>): Blocks | EventFault {
  const text = body.kind === "json" ? eventText(body.event, uid) : decodeBody(body.bytes, charsetOf(body.contentType));
  if (typeof text !== "string") return text;
  const blocks = readBlocks(text);
  if (typeof blocks !== "string") return blocks;
  return { detail: blocks, seen: `${text.length} characters`, wanted: "BEGIN:VCALENDAR to END:VCALENDAR with one event" };
}

function zonesOf(body: Blocks | EventFault | undefined): readonly Block[] {
  return body === undefined || "detail" in body ? [] : body.timezones;
}

function readWithin(
  { events, broken }: Pick<Blocks, "events" | "broken">,
  { blocks }: EditedZones,
  engineKey: string,
): Next & Pick<EditedCalendar, "timezones"> {
  const read = readEvents(scanBlocks({ properties: [], timezones: blocks, events, broken }, engineKey), []);
  return read.kind === "refused" ? { events: [], timezones: [], skipped: read.skipped } : read;
}

/** An app's own event is taken whole or not at all: nothing of it is left out in silence. */
function faultOf(
  { uid, body }: Extract<EventEdit, { kind: "put" }>,
  { events, skipped }: Reading,
  blocks: Blocks,
  now: readonly ReadEvent[],
): EventFault | undefined {
  const sent = blocks.events.length + blocks.broken.filter(({ block }) => block.name === "VEVENT").length;
  const [note] = skipped;
  if (note !== undefined && (body.kind === "json" || events.length < sent))
    return {
      detail: note.line > 0 && body.kind === "ics" ? `line ${note.line}: ${note.reason}` : note.reason,
      seen: note.code,
      wanted: "an event without faults",
    };
  if (events.length === 0)
    return { detail: "the body has no VEVENT, wanted one event", seen: "no VEVENT", wanted: "one event with its overrides" };
  const other = events.find((event) => event.sourceUid !== uid);
  if (other !== undefined) {
    const seen = other.sourceUid === "" ? "no UID" : shown(other.sourceUid);
    return { detail: `the body has an event with ${seen}, wanted the UID ${shown(uid)}`, seen, wanted: shown(uid) };
  }
  const isMaster = ({ recurrenceId }: ReadEvent): boolean => recurrenceId === undefined;
  if (now.some(isMaster) && !events.some(isMaster)) {
    const wanted = "the master with all its overrides";
    return { detail: `the body has only overrides of ${shown(uid)}, wanted ${wanted}`, seen: "only overrides", wanted };
  }
  return undefined;
}

/** Events whose zones mean something else now are read again, so that all say what one whole PUT would. */
function readMoved(
  events: readonly ReadEvent[],
  edited: ReadonlySet<string>,
  zones: EditedZones,
  engineKey: string,
): Pick<EditedCalendar, "read" | "timezones"> {
  const isMoved = ({ uid, text }: ReadEvent): boolean => !edited.has(uid) && usesZone(text, zones.moved);
  const moved = events.filter(isMoved);
  const cut = readBlocks(["BEGIN:VCALENDAR", ...moved.map(({ text }) => text), "END:VCALENDAR"].join("\n"));
  const again = readWithin(typeof cut === "string" ? { events: [], broken: [] } : cut, zones, engineKey);
  const found = new Map(again.events.map((event) => [identityOf(event), event]));
  return {
    read: events.map((event) => (isMoved(event) ? { ...event, ...found.get(identityOf(event)) } : event)),
    timezones: again.timezones,
  };
}

function identityOf({ uid, recurrenceId = "" }: ReadEvent): string {
  return `${recurrenceId}\n${uid}`;
}
