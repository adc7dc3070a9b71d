/** /v1/reservations: one sync or export at a time that somebody chose. */
import { pageOf } from "../contract/page.ts";
import { ReservationDraft, ReservationMove, ReservationPageQuery, ReservationView } from "../contract/owners-reservation.ts";
import { reservationView } from "../core/owners-reservations.ts";
import { cancelReservation } from "../sync/cancel-reservation.ts";
import { makeReservation } from "../sync/make-reservation.ts";
import { moveReservation } from "../sync/move-reservation.ts";
import { callerIdOf } from "./caller.ts";
import { listReservations, showReservation } from "./reservation-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const makeRoute = route({
  method: "POST",
  path: "/v1/reservations",
  operationId: "makeReservation",
  summary: "Reserve one sync or export for a time",
  description:
    "Pace, windows, business days and pause hold for it as for every task: it begins at that time or as soon after it as they let it.",
  tag: "reservations",
  scope: "owner",
  body: { schema: ReservationDraft },
  answers: {
    201: { says: "The reservation, which waits.", schema: ReservationView, headers: { location: "Where it is read." } },
  },
  codes: ["reservation-time-invalid", "calendar-unknown", "feed-unknown", "source-kind-wrong"],
  isolation: "whose calendar or feed it is the use case compares with the key's owner",
  run: async ({ body }, services, caller) => {
    const made = await makeReservation(body, services, services, callerIdOf(caller));
    const headers = { location: `/v1/reservations/${made.reservationId}` };
    return { status: 201, body: reservationView(made), headers };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/reservations",
  operationId: "listReservations",
  summary: "List one owner's reservations by the time they are for",
  description: "Those that were sent or cancelled are kept for 90 days.",
  tag: "reservations",
  scope: "owner",
  query: ReservationPageQuery,
  answers: { 200: { says: "One page; a filter leaves it shorter.", schema: pageOf(ReservationView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor, ...filter } }, services) => {
    return { status: 200, body: await listReservations(owner, filter, { limit, cursor }, services) };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/reservations/{reservationId}",
  operationId: "getReservation",
  summary: "Look at a reservation and at what became of it",
  tag: "reservations",
  scope: "owner",
  answers: { 200: { says: "The reservation.", schema: ReservationView } },
  codes: [],
  run: async ({ params: { reservationId } }, services) => {
    return { status: 200, body: await showReservation(reservationId, services) };
  },
});

const moveRoute = route({
  method: "PATCH",
  path: "/v1/reservations/{reservationId}",
  operationId: "moveReservation",
  summary: "Move a reservation that still waits to another time",
  tag: "reservations",
  scope: "owner",
  body: { schema: ReservationMove },
  answers: { 200: { says: "The reservation at its new time.", schema: ReservationView } },
  codes: ["reservation-time-invalid", "reservation-closed"],
  run: async ({ params: { reservationId }, body: { at } }, services) => {
    return { status: 200, body: reservationView(await moveReservation(reservationId, at, services, services.now())) };
  },
});

const cancelRoute = route({
  method: "DELETE",
  path: "/v1/reservations/{reservationId}",
  operationId: "cancelReservation",
  summary: "Cancel a reservation that still waits",
  description: "Either it was sent before, and then it is refused, or it is never sent.",
  tag: "reservations",
  scope: "owner",
  answers: { 200: { says: "The cancelled reservation.", schema: ReservationView } },
  codes: ["reservation-closed"],
  run: async ({ params: { reservationId } }, services) => {
    return { status: 200, body: reservationView(await cancelReservation(reservationId, services, services.now())) };
  },
});

export const reservationRoutes: readonly Route[] = [makeRoute, listRoute, showRoute, moveRoute, cancelRoute];
