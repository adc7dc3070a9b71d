/** Look over one part of the table, each day once over the whole, and mend what was left half done. */
import type { Letter } from "../contract/letter.ts";
import type { Reservation } from "../contract/reservation.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { arrivalOf } from "../core/alert-groups.ts";
import { moved } from "../core/letters.ts";
import { isBookingLost, isFeedOld, isUnanswered } from "../core/mend.ts";
import type { FoundFeed } from "../core/mend.ts";
import { bookedAgain } from "../core/reservations.ts";
import type { Reservations } from "./book-task.ts";
import type { FeedBook } from "./export-feed.ts";
import { isSettled } from "./purge-feed.ts";
import { mendCalendar } from "./mend-calendar.ts";
import type { FoundCalendar, MendCalendarPorts, MendedCalendars, StaleBook } from "./mend-calendar.ts";
import { mendReservation } from "./mend-reservation.ts";
import type { MendReservationPorts } from "./mend-reservation.ts";
import { raiseAlert } from "./raise-alert.ts";
import type { LetterBook } from "./record-letter.ts";
import type { CalendarRegistry, FeedRegistry } from "./registry.ts";

/** What lies in one segment; read without a lock, and a moment old. */
export type Segment = {
  readonly calendars: readonly FoundCalendar[];
  readonly feeds: readonly FoundFeed[];
  /** Letters whose task was sent again and has not ended. */
  readonly replaying: readonly Letter[];
  /** Reservations that wait, or were sent. */
  readonly reservations: readonly OwnersReservation[];
  /** Tasks that were put off and not called yet. */
  readonly putOff: readonly Reservation[];
};
export interface Sweep extends StaleBook {
  /** Every item is in one of the `total` segments, all items of one calendar or feed in the same. */
  scanSegment(segment: number, total: number): Promise<Segment>;
  /** Those of the calendars whose reverse pointer to the feed is there. */
  pointingTo(feedId: string, calendarIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether the calendar's registration is there. */
  isRegistered(calendarId: string): Promise<boolean>;
}
export type MendPorts = MendCalendarPorts &
  MendReservationPorts & {
    readonly records: Sweep;
    readonly calendars: MendedCalendars & Pick<CalendarRegistry, "putFeedPointer">;
    readonly feeds: Pick<FeedBook, "load" | "calendars"> & Pick<FeedRegistry, "deleteMember">;
    readonly letters: LetterBook;
    readonly reservations: Pick<Reservations, "book">;
  };
export type MendContext = { readonly now: () => Date; readonly deadline: Date };
/** How often each thing was mended. */
export type MendReport = Readonly<Record<string, number>>;

/** The minutes of a day: a segment for each. */
export const SEGMENT_COUNT = 1440;

/** Mends the segments of these minutes, as many as the deadline allows; what is left out has its turn a day later. */
export async function mendSegments(minutes: readonly number[], ports: MendPorts, context: MendContext): Promise<MendReport> {
  const counts = new Map<string, number>();
  for (const minute of minutes) {
    if (context.now() >= context.deadline) break;
    const found = await ports.records.scanSegment(minute % SEGMENT_COUNT, SEGMENT_COUNT);
    for await (const mend of mendsOf(found, ports, context)) counts.set(mend, (counts.get(mend) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** What is not looked at before the deadline has its turn a day later. */
async function* mendsOf(
  { calendars, feeds, replaying, reservations, putOff }: Segment,
  ports: MendPorts,
  { now, deadline }: MendContext,
): AsyncGenerator<string> {
  const looks: readonly ((at: Date) => Promise<readonly string[]>)[] = [
    ...calendars.map((one) => async (at: Date) => await mendCalendar(one, ports, at)),
    ...feeds.map((one) => async (at: Date) => await mendFeed(one, ports, at)),
    ...replaying.map((one) => async (at: Date) => await reopen(one, ports, at)),
    ...reservations.map((one) => async (at: Date) => await mendReservation(one, ports, at)),
    ...putOff.map((one) => async (at: Date) => await bookAgain(one, ports, at)),
  ];
  for (const look of looks) {
    if (now() >= deadline) return;
    yield* await look(now());
  }
}

/** A schedule of that name is left as it is: one that waits for the end of a pause is none too many. */
async function bookAgain(found: Reservation, { reservations }: MendPorts, now: Date): Promise<string[]> {
  if (!isBookingLost(found, now.toISOString())) return [];
  await reservations.book(bookedAgain(found, now.getTime()));
  return ["book-again"];
}

async function mendFeed(found: FoundFeed, ports: MendPorts, now: Date): Promise<string[]> {
  const { feedId, state, removedAt } = found.feed;
  // Its follow-up was lost; whoever builds it finds that it is removed and clears it away.
  if (state === "removed") return isSettled(removedAt, now) ? await sendExport(feedId, [], ports, now) : [];
  const ids = found.members.map(({ calendarId }) => calendarId);
  const [pointing, calendars] = [await ports.records.pointingTo(feedId, ids), await ports.feeds.calendars(ids)];
  const lost = ids.filter((calendarId) => calendars.has(calendarId) && !pointing.has(calendarId));
  const gone = ids.filter((calendarId) => !calendars.has(calendarId));
  const isOld = isFeedOld(found, calendars, now.toISOString());
  if (lost.length === 0 && gone.length === 0 && !isOld) return [];
  return await mendMembers(feedId, [...lost, ...gone], calendars, ports, now);
}

/** Reads the feed again, for what was seen is a moment old. */
async function mendMembers(
  feedId: string,
  suspects: readonly string[],
  calendars: Awaited<ReturnType<FeedBook["calendars"]>>,
  ports: MendPorts,
  now: Date,
): Promise<string[]> {
  const loaded = await ports.feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") return [];
  const members = new Set(loaded.members.map(({ calendarId }) => calendarId));
  const mends: string[] = [];
  for (const calendarId of suspects.filter((suspect) => members.has(suspect))) {
    if (calendars.has(calendarId)) {
      await ports.calendars.putFeedPointer(calendarId, feedId);
      mends.push("put-pointer");
    } else if (!(await ports.records.isRegistered(calendarId))) {
      // A removal that stopped half-way: registration goes first, membership after it.
      await ports.feeds.deleteMember(feedId, calendarId);
      mends.push("delete-member");
    }
  }
  if (mends.length === 0 && !isFeedOld(loaded, calendars, now.toISOString())) return mends;
  return await sendExport(feedId, mends, ports, now);
}

async function sendExport(feedId: string, mends: readonly string[], ports: MendPorts, now: Date): Promise<string[]> {
  const taskId = `${feedId}!${now.toISOString()}`;
  await ports.exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "mend" }], 0);
  return [...mends, "export-feed"];
}

/** People are told before the letter says that it is open: a crash between the two tells them twice, never not at all. */
async function reopen(found: Letter, { letters, ...ports }: MendPorts, now: Date): Promise<string[]> {
  const at = now.toISOString();
  if (!isUnanswered(found, at)) return [];
  const letter = await letters.get(found.letterId);
  if (letter === undefined || !isUnanswered(letter, at)) return [];
  const opened = moved(letter, "open", { at, who: "tick", why: "its replay was sent a day ago and has not ended" });
  await raiseAlert(arrivalOf(opened), ports, now);
  return (await letters.put(opened)) ? ["reopen-letter"] : [];
}
