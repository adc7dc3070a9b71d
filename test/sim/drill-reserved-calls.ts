/** The schedule of a reservation calls: what waits is sent once, and who follows it sees what came of it. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { OwnersReservation, ReservationDraft } from "../../lib/contract/owners-reservation.ts";
import { TaskBody } from "../../lib/contract/task.ts";
import type { Task } from "../../lib/contract/task.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import { takeCall, takeOwnCall } from "../../lib/sync/take-call.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import { makeFeed } from "./drill-feed.ts";
import type { Drill, Pupil } from "./drill.ts";
import { ReservationBook } from "./reservation-book.ts";

type Draft = () => ReservationDraft;

export async function drillReservedCalls(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const feedId = await makeFeed(drill, [pupil.calendarId]);
  const book = new ReservationBook(drill);
  const sync: Draft = () => ({ kind: "sync", calendarId: pupil.calendarId, at: book.at() });
  const exported: Draft = () => ({ kind: "export", feedId, at: book.at() });
  await drillStates(book, sync);
  await drillStates(book, exported);
  await drillSyncs(book, pupil, sync);
  await drillExports(book, feedId, exported);
  await drillCalledMeanwhile(book, sync);
  await drillCalledBrokenOff(book, sync);
  await drillCalledBrokenOff(book, exported);
  await drillRepeats(book, sync);
  book.clear();
}

/** Only what waits under the call's revision is sent, or what somebody claimed for it who died. */
async function drillStates(book: ReservationBook, draft: Draft): Promise<void> {
  const nobody = await book.call({ reservationId: "nobody", revision: 1 });
  book.must(nobody.result === "closed", `a reservation of nobody was called for: ${nobody.result}`);
  const rows: readonly (readonly [facts: Partial<OwnersReservation>, wanted: "sent" | "closed"])[] = [
    [{}, "sent"],
    [{ state: "sent" }, "sent"],
    [{ state: "sent", sent: "sent" }, "closed"],
    [{ state: "cancelled" }, "closed"],
    [{ revision: 2 }, "closed"],
  ];
  for (const [facts, wanted] of rows) {
    const made = await book.put(draft(), facts);
    const { result, calls } = await book.call({ ...made, revision: 1 });
    const what = `a ${made.target.kind} that is ${JSON.stringify(facts)}`;
    const sent = calls.filter((method) => method.includes(".send")).length;
    book.must(result === wanted && sent === (wanted === "sent" ? 1 : 0), `${what} was ${result}, and sent ${sent} times`);
    const claims = calls.filter((method) => method === "ownersReservations.change").length;
    book.must(claims === (facts.state === undefined && wanted === "sent" ? 1 : 0), `${what} was claimed ${claims} times`);
    if (wanted === "sent") mustBeSent(book, made, "it was called");
  }
}

function mustBeSent(book: ReservationBook, reservation: OwnersReservation, where: string): void {
  const stored = book.stored(reservation);
  const isSent = stored?.state === "sent" && stored.sent === "sent" && stored.settledAt !== undefined;
  book.must(isSent, `a reservation is ${stored?.state} (${stored?.sent}): ${where}`);
  const { calendars } = book.drill.simulation.world;
  if (reservation.target.kind === "export")
    return book.must(stored?.ended !== undefined, `a feed was built for its owner, and nothing says how that ended: ${where}`);
  const { status = "none" } = calendars.runs.get(`${reservation.target.calendarId} ${stored?.taskId}`) ?? {};
  book.must(["unchanged", "imported"].includes(status), `its run is ${status}: ${where}`);
}

/** Whoever follows it has a run from the first moment on; a calendar that is not to be polled ends it. */
async function drillSyncs(book: ReservationBook, pupil: Pupil, draft: Draft): Promise<void> {
  const { drill } = book;
  const { metas, runs } = drill.simulation.world.calendars;
  const { calendarId, calendar } = pupil;
  const made = await book.make(draft());
  const taskId = `${made.at}~${made.reservationId}`;
  const now = drill.simulation.world.clock.now();
  await callsOf(
    drill,
    "followed call",
    async (ports) => await takeCall(made, ports, now),
    (method) => {
      const status = runs.get(`${calendarId} ${taskId}`)?.status;
      if (method === "urgent.sendUrgent") book.must(status === "queued", `a sync is on its way and its run is ${status}`);
    },
  );
  const rows: readonly (readonly [state: Calendar["state"], sent: OwnersReservation["sent"], runs: number])[] = [
    ["paused", "paused", 1],
    ["suspended", "paused", 1],
    ["removed", "gone", 0],
  ];
  for (const [state, sent, count] of rows) {
    const one = await book.make(draft());
    metas.set(calendarId, { ...calendar, state });
    const { result, calls } = await book.call(one);
    metas.set(calendarId, calendar);
    book.must(result === sent && book.stored(one)?.sent === sent, `a sync of a calendar that is ${state} was ${result}`);
    const status = runs.get(`${calendarId} ${one.at}~${one.reservationId}`)?.status;
    const isEnded = status !== "queued" && (status !== undefined) === count > 0;
    book.must(isEnded, `the run of a sync of a calendar that is ${state} is ${status}`);
    const writes = calls.filter((method) => method === "calendars.putRun").length;
    book.must(writes === count, `a sync of a calendar that is ${state} wrote ${writes} runs`);
  }
}

async function drillExports(book: ReservationBook, feedId: string, draft: Draft): Promise<void> {
  const { metas } = book.drill.simulation.world.feeds;
  const feed = metas.get(feedId);
  if (feed === undefined) throw new Error(`feed ${feedId} is gone in the midst of a drill`);
  for (const stand of [
    (): void => void metas.set(feedId, { ...feed, state: "removed" }),
    (): void => void metas.delete(feedId),
  ]) {
    const made = await book.make(draft());
    stand();
    const { result, calls } = await book.call(made);
    metas.set(feedId, feed);
    book.must(result === "gone" && book.stored(made)?.sent === "gone", `an export of a feed that is gone was ${result}`);
    book.must(!calls.includes("exports.sendExports"), "a feed that is gone is to be built");
  }
  // A worker may be quicker than whoever sent for it.
  const made = await book.make(draft());
  const ended = { status: "exported", at: book.at(0) };
  const rival = {
    name: "build",
    work: async (ports: Ports): Promise<void> => await ports.ownersReservations.end(made.reservationId, ended),
  };
  const now = book.drill.simulation.world.clock.now();
  await interpose(book.drill, { at: "ownersReservations.settle", rival }, async () => {
    await book.drill.ask("call", async (ports) => await takeCall(made, ports, now));
  });
  mustBeSent(book, made, "its feed was built before it was noted that it was sent");
}

/** Two calls at once, or somebody who moves or cancels it: who is first on its record wins. */
async function drillCalledMeanwhile(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  const { stored } = drill.simulation.world.ownersReservations;
  type Work = (made: OwnersReservation, ports: Ports, now: Date) => Promise<unknown>;
  const claim: Work = async (made) =>
    await Promise.resolve(stored.set(made.reservationId, { ...made, state: "sent", taskId: `${made.at}~${made.reservationId}` }));
  const rows: readonly (readonly [name: string, rival: Work, wanted: string, sent: number])[] = [
    ["cancels it", async ({ reservationId }, ports, now) => await cancelReservation(reservationId, ports, now), "closed", 0],
    [
      "moves it",
      async ({ reservationId }, ports, now) => await moveReservation(reservationId, book.at(3), ports, now),
      "closed",
      0,
    ],
    ["sends it", async (made, ports, now) => await takeCall(made, ports, now), "closed", 1],
    ["claims it and dies", claim, "sent", 1],
  ];
  for (const [name, rival, wanted, sent] of rows) {
    const made = await book.make(draft());
    const now = drill.simulation.world.clock.now();
    const before = tasksOf(book, made);
    let end: string | undefined;
    const work = async (ports: Ports): Promise<void> => void (await rival(made, ports, now));
    await interpose(drill, { at: "ownersReservations.change", rival: { name, work } }, async () => {
      await drill.ask("call", async (ports) => {
        end = await takeCall(made, ports, now);
      });
    });
    book.must(end === wanted, `a call while somebody ${name} was ${end}, wanted ${wanted}`);
    const count = tasksOf(book, made) - before;
    book.must(count === sent, `a call while somebody ${name} was sent ${count} times, wanted ${sent}`);
  }
}

/** Requests that its calendar's source was asked. */
function tasksOf({ drill }: ReservationBook, { target }: OwnersReservation): number {
  const source = target.kind === "sync" ? drill.weather.sourceOf(target.calendarId) : undefined;
  return source?.served.length ?? 0;
}

/** However often Scheduler has to call, it is one task, and it is sent. */
async function drillCalledBrokenOff(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  let made = await book.make(draft());
  const name = `${made.target.kind} call`;
  const ids = new Set<string>();
  const { imports, urgent, exports } = drill.simulation.world;
  const noteTasks = (): void => {
    for (const queue of [imports, urgent, exports])
      for (const { body } of queue.messages.values()) if (isReserved(TaskBody.parse(body))) ids.add(TaskBody.parse(body).taskId);
  };
  await breakOffEverywhere(drill, {
    name,
    before: async () => {
      ids.clear();
      made = await book.make(draft());
    },
    work: async (ports) => {
      await takeCall(made, ports, drill.simulation.world.clock.now());
      noteTasks();
    },
    after: (where) => {
      mustBeSent(book, made, where);
      book.must(ids.size <= 1, `a reservation was sent as ${ids.size} tasks: ${where}`);
    },
  });
}

function isReserved({ reason }: Task): boolean {
  return reason === "reservation";
}

/** Fan-out knows by its call what calls it. */
async function drillRepeats(book: ReservationBook, draft: Draft): Promise<void> {
  const { drill } = book;
  const { repeats } = drill.simulation.desk;
  repeats.standing.add("somebody.nothing");
  const made = await book.make(draft());
  await drill.ask("own calls", async (ports) => {
    const { reservationId, revision } = made;
    const end = await takeOwnCall({ reservationId, revision }, ports, drill.context());
    book.must(end === "sent", `the call of a reservation was ${end}`);
    const repeated = await takeOwnCall({ repeatId: "nothing", ownerId: "somebody", dueAt: book.at(0) }, ports, drill.context());
    book.must(repeated === "gone", `the call of a repeat that is gone was ${repeated}`);
  });
  book.must(repeats.standing.size === 0, "a repeat that is gone is still called");
}
