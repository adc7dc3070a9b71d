/** The records in segments, in memory: a calendar's are together, and so are a feed's. */
import { createHash } from "node:crypto";

import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { StaleMark } from "../../lib/sync/mend-calendar.ts";
import type { Segment, Sweep } from "../../lib/sync/mend-segments.ts";
import type { MemoryCalendars } from "./memory-calendars.ts";
import type { MemoryFeeds, MemoryLetters } from "./memory-feeds.ts";
import { MemoryOwnersReservations } from "./memory-schedules.ts";

/** Places of the names that were hashed before. */
const places = new Map<string, number>();

export class MemorySweep implements Sweep {
  private readonly calendars: MemoryCalendars;
  private readonly feeds: MemoryFeeds;
  private readonly letters: MemoryLetters;
  private readonly reserved: MemoryOwnersReservations;
  /** Tasks that wait on a schedule. */
  putOff: readonly Reservation[] = [];

  constructor(
    calendars: MemoryCalendars,
    feeds: MemoryFeeds,
    letters: MemoryLetters,
    reserved: MemoryOwnersReservations = new MemoryOwnersReservations(),
  ) {
    this.reserved = reserved;
    this.calendars = calendars;
    this.feeds = feeds;
    this.letters = letters;
  }

  async scanSegment(segment: number, total: number): Promise<Segment> {
    const isHere = (name: string): boolean => placeOf(name) % total === segment;
    const { metas, checkpoints } = this.calendars;
    const calendarIds = [...new Set([...metas.keys(), ...checkpoints.keys()])].filter((id) => isHere(`CAL#${id}`));
    const feeds = await Promise.all(
      [...this.feeds.metas.keys()].filter((id) => isHere(`FEED#${id}`)).map((id) => this.feeds.load(id)),
    );
    return structuredClone({
      calendars: calendarIds.map((calendarId) => ({
        calendarId,
        calendar: metas.get(calendarId),
        checkpoint: checkpoints.get(calendarId),
      })),
      feeds: feeds.filter((feed) => feed !== undefined),
      replaying: [...this.letters.stored.values()].filter(
        ({ letterId, state }) => state === "replaying" && isHere(`LETTER#${letterId}`),
      ),
      putOff: this.putOff.filter(({ taskId }) => isHere(`RESERVATION#${taskId}`)),
      reservations: [...this.reserved.stored.values()].filter(
        ({ reservationId, state }) => state !== "cancelled" && isHere(`RESERVATION#${reservationId}`),
      ),
    });
  }

  async pointingTo(feedId: string, calendarIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(calendarIds.filter((calendarId) => this.calendars.pointers.get(calendarId)?.has(feedId)));
  }

  async isRegistered(calendarId: string): Promise<boolean> {
    return this.calendars.metas.has(calendarId);
  }

  async markStale({ calendarId, lastSuccessAt }: Checkpoint, mark: StaleMark): Promise<void> {
    const stored = this.calendars.checkpoints.get(calendarId);
    if (stored === undefined || stored.lastSuccessAt !== lastSuccessAt) return;
    await this.calendars.putCheckpoint({ ...stored, ...mark });
  }
}

function placeOf(name: string): number {
  const place = places.get(name) ?? createHash("sha256").update(name).digest().readUInt32BE(0);
  places.set(name, place);
  return place;
}
