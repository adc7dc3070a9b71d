/** Examples of what operators do to a whole owner. */
import { calendarOfAnn, feedOfAnn } from "./ann.ts";
import type { RouteExample } from "./route-example.ts";

const ANN = { ownerId: "ann" };

export const ownerExamples: readonly RouteExample[] = [
  { operationId: "getOwner", prepare: async () => ({ params: ANN }) },
  { operationId: "suspendOwner", prepare: async (memory) => await calendarOfAnn(memory).then(() => ({ params: ANN, body: {} })) },
  {
    operationId: "resumeOwner",
    prepare: async (memory) => await calendarOfAnn(memory).then(() => ({ params: ANN, body: { dryRun: true } })),
  },
  {
    operationId: "eraseOwner",
    prepare: async (memory) => await feedOfAnn(memory).then(() => ({ params: ANN, body: { confirm: "ann" } })),
  },
];
