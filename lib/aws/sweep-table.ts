/** The table in segments, for the look that mends: a calendar's items share one key and so one segment, and so do a feed's. */
import { Calendar } from "../contract/calendar.ts";
import { Checkpoint } from "../contract/checkpoint.ts";
import { Letter } from "../contract/letter.ts";
import { OwnersReservation } from "../contract/owners-reservation.ts";
import { Reservation } from "../contract/reservation.ts";
import type { FoundCalendar, StaleMark } from "../sync/mend-calendar.ts";
import type { Segment } from "../sync/mend-segments.ts";
import { calendarKey, checkpointKey, feedPointerKey } from "./calendar-items.ts";
import { readFeed } from "./feed-table.ts";
import type { Item } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** Runs, keys, links and closed letters need no mending. */
const WANTED = {
  expression:
    "(begins_with(#pk, :calendar) AND begins_with(#sk, :meta)) OR (begins_with(#pk, :feed) AND NOT begins_with(#sk, :link)) OR (begins_with(#pk, :letter) AND #state = :replaying) OR (begins_with(#pk, :reservation) AND (#state IN (:waiting, :sent) OR attribute_exists(#bookings)))",
  values: {
    ":calendar": "CAL#",
    ":meta": "META",
    ":feed": "FEED#",
    ":link": "LINK#",
    ":letter": "LETTER#",
    ":replaying": "replaying",
    ":reservation": "RESERVATION#",
    ":waiting": "waiting",
    ":sent": "sent",
  },
} as const;

export class SweepTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async scanSegment(segment: number, total: number): Promise<Segment> {
    const items = await this.table.scanSegment(WANTED, segment, total);
    const booked = items.filter((item) => String(item["pk"]).startsWith("RESERVATION#"));
    const groups = [...Map.groupBy(items, (item) => String(item["pk"]))];
    return {
      calendars: groups.filter(([pk]) => pk.startsWith("CAL#")).map(([pk, some]) => foundCalendar(pk, some)),
      feeds: groups.filter(([pk]) => pk.startsWith("FEED#")).flatMap(([, some]) => readFeed(some) ?? []),
      replaying: items.filter((item) => String(item["pk"]).startsWith("LETTER#")).map((item) => Letter.parse(item)),
      reservations: booked.filter(isOwners).map((item) => OwnersReservation.parse(item)),
      putOff: booked.filter((item) => !isOwners(item)).map((item) => Reservation.parse(item)),
    };
  }

  async pointingTo(feedId: string, calendarIds: readonly string[]): Promise<ReadonlySet<string>> {
    const items = await this.table.getAll(calendarIds.map((calendarId) => feedPointerKey(calendarId, feedId)));
    return new Set(items.map(({ calendarId }) => String(calendarId)));
  }

  async isRegistered(calendarId: string): Promise<boolean> {
    return (await this.table.get(calendarKey(calendarId), ["pk"])) !== undefined;
  }

  async markStale({ calendarId, lastSuccessAt }: Checkpoint, mark: StaleMark): Promise<void> {
    const asRead =
      lastSuccessAt === undefined
        ? { expression: "attribute_exists(#pk) AND attribute_not_exists(#lastSuccessAt)" }
        : { expression: "#lastSuccessAt = :asRead", values: { ":asRead": lastSuccessAt } };
    await this.table.update(checkpointKey(calendarId), { set: mark }, asRead);
  }
}

/** Tasks that were put off lie under the same prefix, and count how often they were. */
function isOwners(item: Item): boolean {
  return item["bookings"] === undefined;
}

function foundCalendar(pk: string, items: readonly Item[]): FoundCalendar {
  const calendarId = pk.slice("CAL#".length);
  const [meta, checkpoint] = [calendarKey(calendarId).sk, checkpointKey(calendarId).sk].map((sortKey) =>
    items.find((item) => item["sk"] === sortKey),
  );
  return {
    calendarId,
    calendar: meta === undefined ? undefined : Calendar.parse(meta),
    checkpoint: checkpoint === undefined ? undefined : Checkpoint.parse(checkpoint),
  };
}
