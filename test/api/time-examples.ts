/** Examples of reservations, coming turns, business days and hosts. */
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { calendarOfAnn, feedOfAnn, pushOfAnn } from "./ann.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest, RouteExample } from "./route-example.ts";

const AT = "2026-05-07T09:00:00+09:00";

async function reservationOfAnn(memory: Memory): Promise<ExampleRequest> {
  const draft = { kind: "sync", calendarId: await calendarOfAnn(memory), at: AT } as const;
  const { reservationId } = await makeReservation(draft, memory.services, memory.services);
  return { params: { reservationId } };
}

export const timeExamples: readonly RouteExample[] = [
  {
    operationId: "makeReservation",
    prepare: async (memory) => ({ body: { kind: "export", feedId: (await feedOfAnn(memory)).feedId, at: AT } }),
  },
  {
    operationId: "listReservations",
    prepare: async (memory) => await reservationOfAnn(memory).then(() => ({ query: "limit=5" })),
  },
  { operationId: "getReservation", prepare: reservationOfAnn },
  {
    operationId: "moveReservation",
    prepare: async (memory) => ({ ...(await reservationOfAnn(memory)), body: { at: "2026-05-08T09:00:00Z" } }),
  },
  { operationId: "cancelReservation", prepare: reservationOfAnn },
  {
    operationId: "listComingTurns",
    prepare: async (memory) => ({ params: { calendarId: await calendarOfAnn(memory) }, query: "count=3&zone=Asia/Seoul" }),
  },
  {
    operationId: "findBusinessDay",
    prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) }, query: "find=next&day=2026-05-08" }),
  },
  { operationId: "listHosts", prepare: async (memory) => await calendarOfAnn(memory).then(() => ({})) },
  { operationId: "getHost", prepare: async () => ({ params: { host: "calendars.example" } }) },
  {
    operationId: "setHost",
    prepare: async () => ({
      params: { host: "calendars.example" },
      body: { startsPerSecond: 2, blackout: [{ kind: "weekly", from: "22:00", to: "06:00", zone: "Europe/Berlin" }] },
    }),
  },
];
