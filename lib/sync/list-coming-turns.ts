/** List a calendar's coming turns, its reservations among them. */
import type { Host } from "../contract/host.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { ComingTurns, ComingTurnsQuery } from "../contract/time-view.ts";
import { comingTurns } from "../core/coming-turns.ts";
import { localDay } from "../core/wall-clock.ts";
import { UTC } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { everyItem } from "./every-item.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { OwnersReservationBook } from "./make-reservation.ts";
import { readHolidays } from "./read-holidays.ts";
import type { HolidayPorts } from "./read-holidays.ts";

export type ComingPorts = HolidayPorts & {
  readonly hosts: { host(name: string): Promise<Host> };
  readonly ownersReservations: Pick<OwnersReservationBook, "list">;
};

/** Those that are over come first, for they are listed by time. */
const RESERVATIONS_AT_ONCE = 200;

/** Throws `calendar-unknown`. */
export async function listComingTurns(
  calendarId: string,
  query: ComingTurnsQuery,
  ports: ComingPorts,
  now: Date,
): Promise<ComingTurns> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { calendar, checkpoint } = loaded;
  const host = checkpoint.host === undefined ? undefined : await ports.hosts.host(checkpoint.host);
  const { businessDays } = calendar;
  const zone = ianaZone(businessDays?.zone ?? "UTC") ?? UTC;
  const known = businessDays === undefined ? undefined : await readHolidays(businessDays, localDay(zone, now.getTime()), ports);
  const reservations = await waitingOf(calendar.ownerId, calendarId, ports);
  const coming = {
    calendar,
    checkpoint,
    host,
    holidays: known?.days ?? new Set<string>(),
    doubt: known?.doubt?.code,
    reservations,
  };
  return comingTurns(coming, now, query);
}

async function waitingOf(ownerId: string, calendarId: string, { ownersReservations }: ComingPorts): Promise<OwnersReservation[]> {
  const waiting: OwnersReservation[] = [];
  const listed = everyItem(async (page) => await ownersReservations.list(ownerId, page), RESERVATIONS_AT_ONCE);
  for await (const one of listed) {
    if (one.state === "waiting" && one.target.kind === "sync" && one.target.calendarId === calendarId) waiting.push(one);
  }
  return waiting;
}
