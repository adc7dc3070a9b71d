/** Examples of the routes of changes. */
import { pushOfAnn } from "./ann.ts";
import type { RouteExample } from "./route-example.ts";

export const changeExamples: readonly RouteExample[] = [
  {
    operationId: "listChanges",
    prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) }, query: "from=0" }),
  },
];
