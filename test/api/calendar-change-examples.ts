/** Examples of what is done to a calendar as a whole. */
import { calendarOfAnn, pushOfAnn } from "./ann.ts";
import type { RouteExample } from "./route-example.ts";

export const calendarChangeExamples: readonly RouteExample[] = [
  {
    operationId: "patchCalendar",
    prepare: async (memory) => ({
      params: { calendarId: await calendarOfAnn(memory) },
      body: { name: "New", intervalMinutes: 30, externalId: "room-7", metadata: { floor: "2", wing: null } },
    }),
  },
  { operationId: "refreshCalendar", prepare: async (memory) => ({ params: { calendarId: await calendarOfAnn(memory) } }) },
  {
    operationId: "clearCalendar",
    prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) }, headers: { "if-match": '"1"' } }),
  },
];
