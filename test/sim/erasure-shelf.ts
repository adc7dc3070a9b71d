/** What is stored of owners, as an erasure finds it and takes it away; whatever goes before its time is complained of. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { Repeat } from "../../lib/contract/repeat.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { EraseOwnerPorts } from "../../lib/sync/erase-owner.ts";
import type { ErasureBook, ErasureObjects, OwnedThing, Remains, TracedItem } from "../../lib/sync/erasure.ts";

type Place = { readonly limit: number; readonly cursor: string | undefined };
type Page<Item> = { readonly items: readonly Item[]; readonly cursor: string | undefined };

/** A page of the table ends by its bytes before it has all that was asked for. */
const PAGE = 20;
export const REMEMBERED = "what may be left of ";
const LEAVING: ReadonlySet<string> = new Set(["calendar", "feed", "download", "key"]);

export class ErasureShelf implements ErasureBook, ErasureObjects {
  readonly things = new Map<string, { readonly ownerId: string; readonly thing: OwnedThing }>();
  readonly traces = new Map<string, TracedItem>();
  readonly remains = new Map<string, { readonly ownerId: string; readonly remains: Remains }>();
  /** Objects, records below things, and schedules, by the kind and the id of what has them. */
  readonly objects = new Set<string>();
  readonly below = new Set<string>();
  readonly schedules = new Set<string>();
  /** What went before its time. */
  readonly complaints: string[] = [];
  private readonly stopped = new Set<string>();
  /** What once was so; somebody else may have ended it meanwhile. */
  private readonly scheduled = new Set<string>();
  private readonly written = new Set<string>();
  private readonly known = new Set<string>();

  clear(): void {
    const { things, traces, remains, objects, below, schedules, stopped, known } = this;
    for (const store of [things, traces, remains, objects, below, schedules, stopped, known]) store.clear();
  }

  putThing(ownerId: string, thing: OwnedThing): void {
    const name = nameOf(thing);
    this.things.set(name, { ownerId, thing });
    if (LEAVING.has(thing.kind)) this.leave(name);
    const isCron = thing.kind === "calendar" && thing.calendar.schedule?.kind === "cron";
    if (isCron || thing.kind === "reservation" || thing.kind === "repeat") this.schedule(name);
  }

  putTrace(item: TracedItem): void {
    this.traces.set(item.id, item);
    if (item.letterId !== undefined) {
      this.objects.add(`letter ${item.letterId}`);
      this.written.add(`letter ${item.letterId}`);
    }
    if (item.booking !== undefined) this.schedule(`booking ${item.booking.taskId}`);
  }

  /** An object of it, and a record below it. */
  leave(name: string): void {
    this.objects.add(name);
    this.below.add(name);
  }

  /** Everything there is, in order; what is only remembered is said to be. */
  lines(): readonly string[] {
    const { things, traces, remains, objects, below, schedules } = this;
    return [
      ...things.keys(),
      ...[...traces.values()].map((item) => JSON.stringify(item)),
      ...[...remains.keys()].map((name) => `${REMEMBERED}${name}`),
      ...[...objects].map((name) => `objects of ${name}`),
      ...[...below].map((name) => `records below ${name}`),
      ...[...schedules].map((name) => `schedule of ${name}`),
    ].toSorted();
  }

  async owned(
    ownerId: string,
    place: Place,
  ): Promise<{ readonly things: readonly OwnedThing[]; readonly cursor: string | undefined }> {
    const own = [...this.things].filter(([, one]) => one.ownerId === ownerId);
    const { items, cursor } = this.page(
      own.map(([name, { thing }]) => [name, thing]),
      place,
    );
    return { things: items, cursor };
  }

  async remember(ownerId: string, remains: Remains): Promise<void> {
    this.must(LEAVING.has(remains.kind), `${nameOf(remains)} leaves nothing behind, and was remembered`);
    this.remains.set(nameOf(remains), { ownerId, remains });
    this.known.add(nameOf(remains));
  }

  async remembered(ownerId: string): Promise<readonly Remains[]> {
    return [...this.remains.values()].filter((one) => one.ownerId === ownerId).map(({ remains }) => remains);
  }

  async forget(_ownerId: string, remains: Remains): Promise<void> {
    const name = nameOf(remains);
    this.must(!this.objects.has(name) && !this.below.has(name), `${name} was forgotten before all that it left was gone`);
    this.remains.delete(name);
  }

  async stop(thing: OwnedThing): Promise<void> {
    const name = nameOf(thing);
    const isKnown = !LEAVING.has(thing.kind) || this.known.has(name);
    this.must(isKnown, `${name} was stopped before what it leaves was remembered`);
    this.stopped.add(name);
  }

  async delete(thing: OwnedThing): Promise<void> {
    const name = nameOf(thing);
    this.must(this.stopped.has(name), `${name} was deleted before it was stopped`);
    this.must(!this.schedules.has(name), `${name} was deleted before its schedule, which it alone names`);
    this.things.delete(name);
    this.below.delete(name);
  }

  async deleteRemains(remains: Remains): Promise<void> {
    this.below.delete(nameOf(remains));
  }

  async look(_ownerId: string, place: Place): Promise<Page<TracedItem>> {
    return this.page([...this.traces], place);
  }

  async deleteTraced({ id, letterId, booking }: TracedItem): Promise<void> {
    this.must(!this.objects.has(`letter ${letterId}`), `letter ${letterId} was deleted before its body`);
    this.must(
      !this.schedules.has(`booking ${booking?.taskId}`),
      `a booking was deleted before its schedule, which it alone names`,
    );
    this.traces.delete(id);
  }

  async deleteObjects({ kind, id }: Remains | { readonly kind: "letter"; readonly id: string }): Promise<void> {
    const name = `${kind} ${id}`;
    this.must(!this.things.has(name), `${name} lost its objects while it was still to be found`);
    this.must(kind !== "letter" || this.written.has(name), `${name} is none, and its body was to be deleted`);
    this.objects.delete(name);
  }

  async dropCron({ calendarId }: Pick<Calendar, "calendarId">): Promise<void> {
    this.dropOf(`calendar ${calendarId}`);
  }

  async dropReservation({ reservationId }: OwnersReservation): Promise<void> {
    this.dropOf(`reservation ${reservationId}`);
  }

  async dropRepeat({ repeatId }: Pick<Repeat, "repeatId">): Promise<void> {
    this.dropOf(`repeat ${repeatId}`);
  }

  async dropBooking({ taskId }: Reservation): Promise<void> {
    this.drop(`booking ${taskId}`);
  }

  private schedule(name: string): void {
    this.schedules.add(name);
    this.scheduled.add(name);
  }

  /** A thing's own. */
  private dropOf(name: string): void {
    this.must(this.stopped.has(name), `${name} lost its schedule before it was stopped, so that an edit may give it another`);
    this.drop(name);
  }

  private drop(name: string): void {
    this.must(this.scheduled.has(name), `${name} never had a schedule, and it was to be dropped`);
    this.schedules.delete(name);
  }

  private page<Item>(all: readonly (readonly [key: string, item: Item])[], { limit, cursor }: Place): Page<Item> {
    this.must(cursor !== "" && cursor !== "undefined", "a part began at a place that no part before gave");
    const left = all.toSorted(([one], [other]) => (one < other ? -1 : 1)).filter(([key]) => cursor === undefined || key > cursor);
    const page = left.slice(0, Math.min(limit, PAGE));
    return { items: page.map(([, item]) => item), cursor: page.length < left.length ? page.at(-1)?.[0] : undefined };
  }

  private must(isSo: boolean, otherwise: string): void {
    if (!isSo) this.complaints.push(otherwise);
  }
}

/** The shelf is everything but what is said of the owner itself. */
export function erasurePorts(shelf: ErasureShelf, ownerRecords: EraseOwnerPorts["ownerRecords"]): EraseOwnerPorts {
  return {
    ownerRecords,
    erasure: shelf,
    erasureObjects: shelf,
    crons: { drop: async (calendar) => await shelf.dropCron(calendar) },
    reservationSchedules: { drop: async (reservation) => await shelf.dropReservation(reservation) },
    repeatSchedules: { drop: async (repeat) => await shelf.dropRepeat(repeat) },
    reservations: { dropBooking: async (booking) => await shelf.dropBooking(booking) },
  };
}

function nameOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}
