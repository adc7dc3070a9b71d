/** What an import would see of a body, by the very code that imports run. */
import type { Skipped } from "../contract/snapshot.ts";
import { unescapeText } from "../ics/content-line.ts";
import { expand } from "../ics/expand.ts";
import type { ListedOccurrence } from "../ics/expand.ts";
import { readEvents, scanFeed } from "./read-feed.ts";
import type { FeedRefusal } from "./read-feed.ts";

export type InspectOptions = {
  /** UTC ISO instants; without both nothing is expanded. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
  /** IANA name: zone of floating times and dates, before X-WR-TIMEZONE. */
  readonly floating?: string | undefined;
};

export type Inspection = {
  readonly kind: "inspection";
  readonly calendar: { readonly name?: string | undefined; readonly timeZone?: string | undefined };
  /** VEVENTs that an import keeps. Occurrences have the UID as the source wrote it, empty where it has none. */
  readonly events: number;
  readonly skipped: readonly Skipped[];
  readonly occurrences: readonly Omit<ListedOccurrence, "recurrenceId">[];
  readonly total: number;
  readonly capped: boolean;
};

const LIMIT = 500;

export function inspectFeed(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: InspectOptions,
): Inspection | FeedRefusal {
  const scan = scanFeed(bytes, contentType, "inspect");
  if (scan.kind === "refused") return scan;
  const read = readEvents(scan, []);
  if (read.kind === "refused") return read;
  const { name, timeZone } = read.properties;
  const { from, to, limit = LIMIT, floating } = options;
  const events = read.events.map(({ uid, sourceUid, text }) => ({ uid, text, listedUid: shownUid(sourceUid) }));
  const expansion =
    from === undefined || to === undefined
      ? { occurrences: [], total: 0, capped: false, isPartial: false }
      : expand({ timezones: read.timezones, events, timeZone }, { from, to, limit, floating });
  return {
    kind: "inspection",
    calendar: { ...(name === undefined ? {} : { name }), ...(timeZone === undefined ? {} : { timeZone }) },
    events: read.events.length,
    skipped: read.skipped,
    total: expansion.total,
    capped: expansion.capped,
    occurrences: expansion.occurrences.map(({ uid, startUtc, endUtc, allDay }) => ({ uid, startUtc, endUtc, allDay })),
  };
}

/** As plain text; an escape that RFC 5545 3.3.11 does not have is a blank, as libical reads it. */
function shownUid(uid: string): string {
  return unescapeText(uid.replaceAll(/\\[^\\;,Nn]/gu, " "));
}
