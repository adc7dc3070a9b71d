/** /v1/health: whether the API answers at all. */
import * as z from "zod";

import { route } from "./route.ts";
import type { Route } from "./route.ts";

const healthRoute = route({
  method: "GET",
  path: "/v1/health",
  operationId: "getHealth",
  summary: "Say whether the API answers",
  tag: "system",
  scope: "public",
  answers: { 200: { says: "It does.", schema: z.object({ status: z.literal("ok"), at: z.string() }) } },
  codes: [],
  run: (_input, { now }) => ({ status: 200, body: { status: "ok" as const, at: now().toISOString() } }),
});

export const systemRoutes: readonly Route[] = [healthRoute];
