/** `calferry reservation`: one sync or export at a time that somebody chose. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { listReservations, showReservation } from "../api/reservation-views.ts";
import { ReservationDraft, ReservationMove } from "../contract/owners-reservation.ts";
import type { ReservationView } from "../contract/owners-reservation.ts";
import { Refusal } from "../core/failure.ts";
import { cancelReservation } from "../sync/cancel-reservation.ts";
import { makeReservation } from "../sync/make-reservation.ts";
import { moveReservation } from "../sync/move-reservation.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import { recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type MakeOptions = { readonly calendar?: string; readonly feed?: string; readonly at: string };
type ListOptions = { readonly owner: string; readonly calendar?: string; readonly feed?: string };

const COLUMNS = [{ head: "ID" }, { head: "AT" }, { head: "WHAT", width: 24 }, { head: "STATE", width: 20 }];

export function addReservationCommands(program: Command, terminal: Terminal): void {
  const reservation = program
    .command("reservation")
    .summary("a sync or export at a time; coming turns and why")
    .description("a sync or export at a time: make, list, show, move, cancel")
    .addHelpText("after", "\nExample:\n  calferry reservation list --local");
  addMake(reservation, terminal);
  addList(reservation, terminal);
  reservation
    .command("show")
    .argument("<id>", "the reservation")
    .description("one of them, and what became of it")
    .addHelpText("after", "\nExample:\n  calferry reservation show r4t0q8x2m7c1a5ze")
    .action(async (id: string, _options: unknown, command: Command) => {
      await answer(terminal, command, async (connection) => await showReservation(id, connection), tellReservation);
    });
  addMove(reservation, terminal);
  addCancel(reservation, terminal);
}

function addMake(reservation: Command, terminal: Terminal): void {
  reservation
    .command("make")
    .description("sync a calendar, or build a feed, once at a time of yours")
    .option("--calendar <id>", "the calendar to sync")
    .option("--feed <id>", "the feed to build")
    .requiredOption("--at <instant>", "with its offset: 2026-12-24T09:00:00+01:00, or ...Z")
    .addHelpText(
      "after",
      "\nExample:\n  calferry reservation make --calendar k3v0q8x2m7c1a5ze \\\n    --at 2026-12-24T09:00:00+01:00",
    )
    .action(async (options: MakeOptions, command: Command) => {
      const draft = draftOf(options);
      const ask = async (connection: Connection): Promise<ReservationView> => {
        const { reservationId } = await makeReservation(draft, connection, connection);
        return await showReservation(reservationId, connection);
      };
      await answer(terminal, command, ask, tellReservation);
    });
}

function addList(reservation: Command, terminal: Terminal): void {
  reservation
    .command("list")
    .description("one owner's, by the time they are for; those that are over too")
    .option("--owner <name>", "whose", "default")
    .option("--calendar <id>", "syncs of this calendar alone")
    .option("--feed <id>", "exports of this feed alone")
    .addHelpText("after", "\nExample:\n  calferry reservation list --calendar k3v0q8x2m7c1a5ze")
    .action(async ({ owner, calendar: calendarId, feed: feedId }: ListOptions, command: Command) => {
      const ask = async (connection: Connection): Promise<ReservationView[]> =>
        await everyPage((page) => listReservations(owner, { calendarId, feedId }, page, connection));
      await answer(terminal, command, ask, tellReservations);
    });
}

function addMove(reservation: Command, terminal: Terminal): void {
  reservation
    .command("move")
    .argument("<id>", "the reservation, which still waits")
    .description("to another time")
    .requiredOption("--at <instant>", "with its offset: 2026-12-24T09:00:00+01:00, or ...Z")
    .addHelpText("after", "\nExample:\n  calferry reservation move r4t0q8x2m7c1a5ze --at 2026-12-24T10:00:00Z")
    .action(async (id: string, options: { readonly at: string }, command: Command) => {
      const { at } = readInput(ReservationMove, { at: options.at }, "arguments");
      const ask = async (connection: Connection): Promise<ReservationView> => {
        await moveReservation(id, at, connection, connection.now());
        return await showReservation(id, connection);
      };
      await answer(terminal, command, ask, tellReservation);
    });
}

function addCancel(reservation: Command, terminal: Terminal): void {
  reservation
    .command("cancel")
    .argument("<id>", "the reservation, which still waits")
    .description("it is never sent; one that was sent before is refused")
    .addHelpText("after", "\nExample:\n  calferry reservation cancel r4t0q8x2m7c1a5ze")
    .action(async (id: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<ReservationView> => {
        await cancelReservation(id, connection, connection.now());
        return await showReservation(id, connection);
      };
      await answer(terminal, command, ask, tellReservation);
    });
}

function draftOf({ calendar: calendarId, feed: feedId, at }: MakeOptions): ReservationDraft {
  if ((calendarId === undefined) === (feedId === undefined)) {
    const seen = calendarId === undefined ? "neither --calendar nor --feed" : "--calendar and --feed";
    throw new Refusal("usage-wrong", `${seen} was given, wanted one of them`, "see: calferry reservation make --help");
  }
  const draft = calendarId === undefined ? { kind: "export", feedId, at } : { kind: "sync", calendarId, at };
  return readInput(ReservationDraft, draft, "arguments");
}

function tellReservation(view: ReservationView): string {
  return recordOf({
    reservation: view.reservationId,
    owner: view.ownerId === "default" ? undefined : view.ownerId,
    what: whatOf(view),
    at: view.at,
    state: stateOf(view),
    run: view.runId,
    settled: view.settledAt,
  });
}

function tellReservations(views: readonly ReservationView[]): string {
  const rows = views.map((view) => [
    view.reservationId,
    view.at.slice(0, "2026-05-06T01:00:00".length),
    whatOf(view),
    stateOf(view),
  ]);
  return tableOf(COLUMNS, rows, "no reservations; make one with: calferry reservation make");
}

function whatOf({ kind, calendarId, feedId }: ReservationView): string {
  return `${kind} ${calendarId ?? feedId ?? ""}`;
}

function stateOf({ state, outcome }: ReservationView): string {
  return outcome === undefined ? state : `${state}: ${outcome}`;
}
