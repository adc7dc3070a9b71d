/** Examples of what an owner has and may have. */
import { feedOfAnn } from "./ann.ts";
import type { RouteExample } from "./route-example.ts";

const ANN = { ownerId: "ann" };

export const usageExamples: readonly RouteExample[] = [
  { operationId: "getUsage", prepare: async (memory) => await feedOfAnn(memory).then(() => ({})) },
  { operationId: "getQuota", prepare: async () => ({ params: ANN }) },
  { operationId: "setQuota", prepare: async () => ({ params: ANN, body: { calendars: 5 } }) },
];
