/** A calendar's content at one version, put together from what was read. */
import type { Calendar } from "../contract/calendar.ts";
import type { Snapshot, SnapshotEvent } from "../contract/snapshot.ts";
import { ENGINE_VERSION } from "./read-feed.ts";
import type { FeedRead, FeedScan } from "./read-feed.ts";

/** Skipped components listed in a snapshot; their whole number is in the checkpoint. */
const SKIPPED_LISTED = 200;

export type SnapshotParts = {
  readonly calendar: Calendar;
  readonly version: number;
  readonly scan: Pick<FeedScan, "contentHash">;
  readonly read: Pick<FeedRead, "properties" | "timezones" | "skipped">;
  /** UTC instant at which the source was asked. */
  readonly takenAt: string;
  readonly events: readonly SnapshotEvent[];
  /** Key of the snapshot that this one follows. */
  readonly previousKey?: string | undefined;
};

export function newSnapshot({ calendar, version, scan, read, takenAt, events, previousKey }: SnapshotParts): Snapshot {
  return {
    version: 1,
    calendarId: calendar.calendarId,
    calendarVersion: version,
    engine: ENGINE_VERSION,
    takenAt,
    contentHash: scan.contentHash,
    ...(previousKey === undefined ? {} : { previousKey }),
    properties: read.properties,
    timezones: [...read.timezones],
    eventCount: events.length,
    skipped: read.skipped.slice(0, SKIPPED_LISTED),
    events: [...events],
  };
}

/** Whether two versions say the same of the calendar itself and of how many events it has; events are compared elsewhere. */
export function sameFacts(one: Snapshot, other: Snapshot): boolean {
  const facts = ({ properties, timezones, eventCount }: Snapshot): string => JSON.stringify([properties, timezones, eventCount]);
  return facts(one) === facts(other);
}
