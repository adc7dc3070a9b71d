/** Owners reserve syncs and exports, move and cancel them, whatever stands and whoever comes between; the look makes what schedule is missing. */
import type { OwnersReservation, ReservationDraft } from "../../lib/contract/owners-reservation.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { makeFeed } from "./drill-feed.ts";
import type { Drill } from "./drill.ts";
import { ReservationBook } from "./reservation-book.ts";
import { look, mendEach } from "./sweeping.ts";

const MINUTE_MS = 60_000;
/** A call that is so late was lost. */
const LOST_MS = 15 * MINUTE_MS;

export async function drillReservations(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const feedId = await makeFeed(drill, [pupil.calendarId]);
  const book = new ReservationBook(drill);
  await drillMaking(book, pupil.calendarId, feedId);
  const sync: Draft = () => ({ kind: "sync", calendarId: pupil.calendarId, at: book.at() });
  await drillMoving(book, sync);
  await drillCancelling(book, sync);
  await drillMending(book, sync);
  book.clear();
}

type Draft = () => ReservationDraft;

async function drillMaking(book: ReservationBook, calendarId: string, feedId: string): Promise<void> {
  const { drill } = book;
  const { world } = drill.simulation;
  const push = drill.weather.pushCalendars[0] ?? "none";
  const owner = world.calendars.metas.get(calendarId)?.ownerId ?? "none";
  const rows: readonly (readonly [draft: ReservationDraft, askedBy: string | undefined, refused: string | undefined])[] = [
    [{ kind: "sync", calendarId, at: book.at() }, undefined, undefined],
    [{ kind: "sync", calendarId, at: book.at() }, owner, undefined],
    [{ kind: "sync", calendarId, at: book.at() }, "somebody", "calendar-unknown"],
    [{ kind: "sync", calendarId: "nobody", at: book.at() }, undefined, "calendar-unknown"],
    [{ kind: "sync", calendarId: push, at: book.at() }, undefined, "source-kind-wrong"],
    [{ kind: "export", feedId, at: book.at() }, undefined, undefined],
    [{ kind: "export", feedId, at: book.at() }, owner, undefined],
    [{ kind: "export", feedId, at: book.at() }, "somebody", "feed-unknown"],
    [{ kind: "export", feedId: "nobody", at: book.at() }, undefined, "feed-unknown"],
    [{ kind: "sync", calendarId, at: book.at(-1) }, undefined, "reservation-time-invalid"],
  ];
  for (const [draft, askedBy, wanted] of rows) {
    book.clear();
    const { result, refused } = await book.ask("reserve", async (ports) => {
      return await makeReservation(draft, ports, drill.context(), askedBy);
    });
    const what = `${JSON.stringify(draft)} asked for by ${askedBy ?? "an operator"}`;
    book.must(refused === wanted, `${what} is refused as ${refused}, wanted ${wanted}`);
    const { stored } = world.ownersReservations;
    book.must(stored.size === (wanted === undefined ? 1 : 0), `${what} left ${stored.size} reservations`);
    if (result !== undefined) mustWait(book, result, draft.at, what);
  }
  await breakOffEverywhere(drill, {
    name: "reserve",
    before: async () => await Promise.resolve(book.clear()),
    work: async (ports) => {
      await makeReservation({ kind: "sync", calendarId, at: book.at(2) }, ports, drill.context());
    },
    after: async (where) => {
      // What nobody was told of may be half made, until the look a quarter of an hour later.
      drill.simulation.skip(LOST_MS + MINUTE_MS);
      await look(drill);
      const all = [...world.ownersReservations.stored.values()];
      for (const one of all) mustWait(book, one, one.at, where);
      book.must(all.length > 0, `somebody reserved a sync, and nothing says so: ${where}`);
    },
  });
  book.clear();
}

/** It is there, as it was asked for, and its schedule calls at its time. */
function mustWait(book: ReservationBook, reservation: OwnersReservation, at: string, where: string): void {
  const stored = book.stored(reservation);
  const isThere = stored?.state === "waiting" && stored.revision === reservation.revision && stored.at === at;
  book.must(isThere, `a reservation for ${at} is ${stored?.state} for ${stored?.at}: ${where}`);
  book.must(book.callsAt(reservation) === at, `a reservation for ${at} is called at ${book.callsAt(reservation)}: ${where}`);
}

const CLOSED: readonly Partial<OwnersReservation>[] = [{ state: "sent" }, { state: "sent", sent: "sent" }];

async function drillMoving(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  const move = async (id: string, at: string): ReturnType<typeof book.ask<OwnersReservation>> =>
    await book.ask("move", async (ports, now) => await moveReservation(id, at, ports, now));
  const unknown = await move("nobody", book.at(2));
  book.must(unknown.refused === "reservation-unknown", `a reservation of nobody was moved: ${unknown.refused}`);
  for (const facts of [...CLOSED, { state: "cancelled" } as const]) {
    const closed = await book.put(draft(), facts);
    const { refused, calls } = await move(closed.reservationId, book.at(2));
    book.must(refused === "reservation-closed", `one that is ${closed.state} was moved: ${refused}`);
    book.must(calls.join() === "ownersReservations.load", `one that is ${closed.state} was moved by ${calls.join(", ")}`);
  }
  const made = await book.make(draft());
  const later = book.at(3);
  const { result } = await move(made.reservationId, later);
  book.must(result?.at === later && result.revision === made.revision + 1, `it was moved to ${result?.at}, wanted ${later}`);
  if (result !== undefined) mustWait(book, result, later, "it was moved");
  book.must(book.callsAt(made) === undefined, "a reservation that was moved is called at its old time as well");
  await drillMovedMeanwhile(book, draft);
  let moving = made;
  await breakOffEverywhere(drill, {
    name: "move",
    before: async () => {
      book.clear();
      moving = await book.make(draft());
    },
    work: async (ports) => await moveReservation(moving.reservationId, later, ports, drill.simulation.world.clock.now()),
    after: (where) => {
      const stored = book.stored(moving);
      if (stored !== undefined) mustWait(book, stored, later, where);
      book.must(stored !== undefined && stored.revision > moving.revision, `nothing was moved: ${where}`);
    },
  });
}

/** Exactly one of those who change it at once is first; the other one hears of it, unless both want the same. */
async function drillMovedMeanwhile(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  type Rival = (reservationId: string, ports: Parameters<typeof cancelReservation>[1], now: Date) => Promise<unknown>;
  const cancel: Rival = async (...of) => await cancelReservation(...of);
  const [sooner, later] = [book.at(2), book.at(3)];
  const moveTo =
    (at: string): Rival =>
    async (id, ports, now) =>
      await moveReservation(id, at, ports, now);
  const rows: readonly (readonly [name: string, rival: Rival, refused: string | undefined])[] = [
    ["cancel", cancel, "reservation-closed"],
    ["move it to another time", moveTo(sooner), "reservation-closed"],
    ["move it to the same time", moveTo(later), undefined],
  ];
  for (const [name, rival, wanted] of rows) {
    for (const from of [draft().at, later]) {
      book.clear();
      const made = await book.make({ ...draft(), at: from });
      const now = drill.simulation.world.clock.now();
      const work = async (ports: Parameters<Rival>[1]): Promise<void> => void (await rival(made.reservationId, ports, now));
      await interpose(drill, { at: "ownersReservations.change", rival: { name, work } }, async () => {
        await drill.ask("move", async (ports) => await moveReservation(made.reservationId, later, ports, now));
      });
      book.must(drill.refused === wanted, `who came after somebody to ${name} is refused as ${drill.refused}`);
      const stored = book.stored(made);
      if (stored?.state === "waiting") mustWait(book, stored, wanted === undefined ? later : sooner, name);
      else mustBeCancelled(book, made, name);
    }
  }
}

async function drillCancelling(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  const cancel = async (id: string): ReturnType<typeof book.ask<OwnersReservation>> =>
    await book.ask("cancel", async (ports, now) => await cancelReservation(id, ports, now));
  const unknown = await cancel("nobody");
  book.must(unknown.refused === "reservation-unknown", `a reservation of nobody was cancelled: ${unknown.refused}`);
  for (const facts of CLOSED) {
    const { reservationId } = await book.put(draft(), facts);
    const { refused } = await cancel(reservationId);
    book.must(refused === "reservation-closed", `one that was sent was cancelled: ${refused}`);
  }
  const made = await book.make(draft());
  const first = await cancel(made.reservationId);
  mustBeCancelled(book, made, "it was cancelled");
  drill.hours(1);
  const again = await cancel(made.reservationId);
  const isSame = again.result?.settledAt === first.result?.settledAt && again.result?.state === "cancelled";
  book.must(isSame, `cancelled at ${first.result?.settledAt}, and again at ${again.result?.settledAt}`);
  book.must(!again.calls.includes("ownersReservations.change"), "one that was cancelled was cancelled again");
  const meant = await book.make(draft());
  const rival = { name: "call", work: async (): Promise<void> => await Promise.resolve(claim(book, meant)) };
  await interpose(drill, { at: "ownersReservations.change", rival }, async () => {
    await drill.ask("cancel", async (ports) => {
      await cancelReservation(meant.reservationId, ports, drill.simulation.world.clock.now());
    });
  });
  book.must(drill.refused === "reservation-closed", `one that was sent first was cancelled: ${drill.refused}`);
  let cancelling = made;
  await breakOffEverywhere(drill, {
    name: "cancel",
    before: async () => {
      cancelling = await book.make(draft());
    },
    work: async (ports) => await cancelReservation(cancelling.reservationId, ports, drill.simulation.world.clock.now()),
    after: (where) => mustBeCancelled(book, cancelling, where),
  });
}

function claim(book: ReservationBook, reservation: OwnersReservation): void {
  const { stored } = book.drill.simulation.world.ownersReservations;
  stored.set(reservation.reservationId, { ...reservation, state: "sent", taskId: "claimed" });
}

function mustBeCancelled(book: ReservationBook, reservation: OwnersReservation, where: string): void {
  const stored = book.stored(reservation);
  book.must(stored?.state === "cancelled" && stored.settledAt !== undefined, `it is ${stored?.state}: ${where}`);
  book.must(book.callsAt(reservation) === undefined, `a reservation that was cancelled is called: ${where}`);
}

/** A schedule that was never made, or whose call was lost; who settled it meanwhile has the last word. */
async function drillMending(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  const { reservationSchedules, ownersReservations } = drill.simulation.world;
  let made = await book.make(draft());
  const lose = async (facts: Partial<OwnersReservation> = {}): Promise<void> => {
    book.clear();
    made = await book.put(draft(), { createdAt: new Date(drill.simulation.nowMs - LOST_MS - 1).toISOString(), ...facts });
    reservationSchedules.standing.clear();
  };
  const isCalled = (): void => {
    book.must(book.callsAt(made) !== undefined, "a reservation without a schedule has none after the look");
    ownersReservations.stored.clear();
  };
  const makes = { finds: { "make-schedule": 1 }, writes: ["reservationSchedules.make"], after: isCalled };
  await mendEach(drill, [
    { name: "a reservation without a schedule", make: async () => await lose(), ...makes },
    {
      name: "a reservation that was claimed and never sent",
      make: async () => await lose({ state: "sent", at: book.at(-1) }),
      ...makes,
    },
    { name: "a reservation that is cancelled", make: async () => await lose({ state: "cancelled" }), finds: {}, writes: [] },
    {
      name: "a reservation that was made just now",
      make: async () => await lose({ createdAt: drill.simulation.world.clock.now().toISOString() }),
      finds: {},
      writes: [],
    },
  ]);
  const meanwhile = async (name: string, work: () => void): Promise<void> => {
    await lose();
    const rival = { name, work: async (): Promise<void> => await Promise.resolve(work()) };
    await interpose(drill, { at: "ownersReservations.load", rival }, async () => {
      const { report, writes } = await look(drill);
      book.must(Object.keys(report).length === 0 && writes.length === 0, `${name} meanwhile: a look writes ${writes.join(", ")}`);
    });
  };
  await meanwhile("it is cancelled", () => {
    ownersReservations.stored.set(made.reservationId, { ...made, state: "cancelled" });
  });
  await meanwhile("it expires", () => ownersReservations.stored.clear());
}
