/** An example of work on many things. */
import { calendarOfAnn } from "./ann.ts";
import type { RouteExample } from "./route-example.ts";

export const bulkExamples: readonly RouteExample[] = [
  {
    operationId: "runBulk",
    prepare: async (memory) => await calendarOfAnn(memory).then(() => ({ body: { action: "pause", filter: { kind: "url" } } })),
  },
];
