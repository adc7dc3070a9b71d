/** Which events of a calendar are asked for: the window of time, and the page of it. */
import type { EventsQuery } from "../contract/event-view.ts";
import { knownZone } from "../ics/zones.ts";
import { UTC, instantOf } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";
import { Refusal } from "./failure.ts";
import { shortHash } from "./object-keys.ts";
import { ENGINE_VERSION } from "./read-feed.ts";
import { shown } from "./refusals.ts";

export type EventWindow = {
  /** UTC ISO instants. */
  readonly from: string;
  readonly to: string;
  readonly zone: Zone;
};

const DAY_MS = 86_400_000;
const USUAL_MS = 31 * DAY_MS;
const LONGEST_DAYS = 400;

/**
 * @param ownZone what the calendar means its floating times in
 * @param today UTC date
 * Throws `query-invalid`.
 */
export function windowOf(query: EventsQuery, ownZone: string | undefined, today: string): EventWindow {
  const zone = zoneOf(query.zone, ownZone);
  const fromMs = instantIn(query.from ?? today, zone);
  const toMs = query.to === undefined ? fromMs + USUAL_MS : instantIn(query.to, zone);
  const from = new Date(fromMs).toISOString();
  if (toMs <= fromMs) throw invalid("to", query.to ?? "", `an instant after ${from}`);
  if (toMs - fromMs > LONGEST_DAYS * DAY_MS) throw invalid("to", query.to ?? "", `at most ${LONGEST_DAYS} days after from`);
  return { from, to: new Date(toMs).toISOString(), zone };
}

/** What a calendar says of itself may be nonsense; what a caller says has to mean something. */
function zoneOf(named: string | undefined, ownZone: string | undefined): Zone {
  const zone = knownZone(named ?? ownZone ?? "UTC");
  if (zone === undefined && named !== undefined) throw invalid("zone", named, "an IANA time zone such as Europe/Berlin");
  return zone ?? UTC;
}

/** A date begins at midnight in the zone. */
function instantIn(text: string, zone: Zone): number {
  return text.includes("T") ? Date.parse(text) : instantOf(zone, Date.parse(text));
}

/** The same for the same answer, found without reading any events. @param tag of the calendar or feed as a whole */
export function pageTag(query: EventsQuery, tag: string, today: string): string {
  const { from = today, to = "", zone = "", expand, limit, cursor = "" } = query;
  const hash = shortHash(JSON.stringify([ENGINE_VERSION, from, to, zone, expand, limit, cursor]));
  return `${tag.slice(0, -1)}.${hash}"`;
}

/** The parts of a cursor. Throws `query-invalid` where it has not one for each pattern. */
export function readEventCursor(cursor: string, patterns: readonly RegExp[]): string[] {
  const parts = cursor.split(".").map((part) => Buffer.from(part, "base64url").toString());
  const isOurs = parts.length === patterns.length && patterns.every((pattern, at) => pattern.test(parts[at] ?? ""));
  if (isOurs && writeEventCursor(parts) === cursor) return parts;
  const wanted = "the cursor of the page before; ask for the first page again, without one";
  throw invalid("cursor", `${cursor.length} characters`, wanted);
}

export function writeEventCursor(parts: readonly string[]): string {
  return parts.map((part) => Buffer.from(part).toString("base64url")).join(".");
}

function invalid(name: string, value: string, wanted: string): Refusal {
  const what = `${name} is ${shown(value)}, wanted ${wanted}`;
  return new Refusal("query-invalid", what, "send the request again with that parameter corrected", {
    details: { seen: shown(value), wanted },
  });
}
